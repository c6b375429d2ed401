"""`dh batch FILE.csv`: a task for each row, resumable.

What became of each row is written beside the table, into FILE.results.csv, as it happens. The same
command again goes on: completed rows are left alone, running ones are followed, changed ones are
made anew. A file that several rows name is uploaded once.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dh_client.cli import exits, output, settings
from dh_client.cli.batch_run import Results, Row, Run
from dh_client.cli.create import read
from dh_client.core.tasks import check_names, known
from dh_client.errors import InvalidInput

_TYPE: Final = "task_type"
_SAVE_AS: Final = "save_as"


def batch(
    table: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A header, then a task a row")],
    task_type: Annotated[
        str, typer.Option("--type", help="What rows make that have no task_type")
    ] = "digital_human",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="For results (default: FILE/)")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=100, help="Tasks at once")] = 20,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make failed rows anew")] = (
        False
    ),
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Make a task of each row of a table. The same command again goes on where it was.

    Columns are fields of the task, as `dh create TYPE --help` lists them (`speech_text`), with
    task_type and save_as, the result's name, if you like. Files are found from the table's folder.
    """
    rows = rows_of(table, task_type.replace("-", "_"))
    results = Results.beside(table)
    folder = out or table.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(Run(results, folder, retry_failed).all(rows, server, key, parallel))
    made = [results.of(row) for row in rows]
    if as_json:
        output.document([asdict(one) for one in made])
    else:
        done = sum(one.is_done for one in made)
        output.line(f"{done} of {len(made)} rows are done; see {results.path}")
    if not all(one.is_done for one in made):
        raise typer.Exit(exits.REFUSED)


def rows_of(table: Path, task_type: str) -> list[Row]:
    """The rows, every cell of which can be sent. Raises InvalidInput before anything is made."""
    if not table.is_file():
        raise InvalidInput(f"There is no file {table}.")
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file, restkey="", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{table} is not a CSV table in UTF-8 ({error}).") from error
    found = [
        _row(number, cells, task_type, table.parent) for number, cells in enumerate(lines, start=1)
    ]
    if not found:
        raise InvalidInput(f"{table} has no rows below its header.")
    return found


def _row(number: int, cells: Mapping[str, Any], task_type: str, folder: Path) -> Row:
    try:
        if "" in cells:
            raise InvalidInput("It has more cells than the header; quote texts with commas.")
        given = {name.strip(): (cell or "").strip() for name, cell in cells.items()}
        creation = known((given.pop(_TYPE, "") or task_type).replace("-", "_"))
        if "{" in creation.route:
            raise InvalidInput(f"{creation.task_type} cannot be made in a batch.")
        save_as = given.pop(_SAVE_AS, "")
        # A column may be another type's, as long as the row leaves it empty.
        filled = [name for name, cell in given.items() if cell]
        check_names(creation, filled, beside=(_TYPE, _SAVE_AS))
        fields_ = read(creation, given, folder)
        missing = [one.name for one in creation.fields if one.required and one.name not in fields_]
        if missing:
            raise InvalidInput(f"{missing[0]} is empty; {creation.task_type} needs it.")
    except InvalidInput as error:
        raise InvalidInput(f"Row {number}: {error}") from error
    said = repr((creation.task_type, sorted(given.items()), save_as))
    mark = hashlib.sha256(said.encode()).hexdigest()[:16]
    return Row(number, creation, fields_, save_as, mark)
