"""What commands print: tables for people, the server's documents for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def document(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def line(text: object) -> None:
    sys.stdout.write(f"{text}\n")


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """The columns of the rows; cells are cut only where a terminal is too narrow."""
    console = Console(highlight=False)
    shown = Table(box=None, pad_edge=False)
    for column in columns:
        shown.add_column(column.replace("_", " "), overflow="fold", no_wrap=column.endswith("id"))
    for row in rows:
        shown.add_row(*[_cell(row.get(column)) for column in columns])
    if not console.is_terminal:
        # Nobody watches: a row is a line, however long.
        console.width = 10_000
    console.print(shown)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return "" if value is None else str(value)
