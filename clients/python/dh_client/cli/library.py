"""`dh voices`, `templates`, `files`, `read`, `estimate`, `usage`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from dh_client.cli import output, settings
from dh_client.client import Client
from dh_client.generated.types import FileType

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]


def voices(
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """List your voices and the built-in ones."""
    with settings.client(server, key) as client:
        found = every(lambda cursor: client.list_voices(cursor=cursor), "voices")
    _show(found, ("voice_id", "name", "category", "language", "gender"), as_json)


def templates(
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """List your templates."""
    with settings.client(server, key) as client:
        found = every(lambda cursor: client.list_templates(cursor=cursor), "templates")
    _show(found, ("template_id", "title_text", "created_at"), as_json)


def files(
    kind: Annotated[FileType | None, typer.Option("--type", help="Only one kind")] = None,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """List your uploads."""
    with settings.client(server, key) as client:
        found = every(lambda cursor: client.list_files(kind, cursor=cursor), "files")
    _show(found, ("filename", "file_type", "file_size", "created_at"), as_json)


def read(
    text: Annotated[str, typer.Argument(help="What would be said")],
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Show how a text will be read; your own readings come from /pronunciations."""
    with settings.client(server, key) as client:
        found = client.preview_text(text=text)
    if as_json:
        output.document(found)
        return
    output.line(found["spoken_text"])
    output.line(" ".join(" ".join(word["pinyin"]) or word["text"] for word in found["words"]))
    output.line(f"about {found['estimated_seconds']:.1f} s")


def estimate(
    text: Annotated[str, typer.Argument(help="What would be said")],
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Say how long a text's speech will be, how long it takes to make, and what it costs."""
    with settings.client(server, key) as client:
        told = client.estimate("voice", text=text)
    if as_json:
        output.document(told)
        return
    work, cost = told["work_seconds"], told["cost"]
    output.line(f"speech: about {told['speech_seconds']} s")
    output.line(f"work: {'not known yet' if work is None else f'about {work} s'}")
    if cost:
        output.line(f"cost: {cost['amount']} {cost['currency']}")


def usage(
    first: Day = None,
    last: Day = None,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Show what was used, by day."""
    with settings.client(server, key) as client:
        found = _usage(client, first, last)
    if as_json:
        output.document(found)
        return
    total = {"date": "total", **found["total"]}
    columns = ("date", "attempts", "cpu_seconds", "gpu_seconds", "output_seconds", "video_seconds")
    output.table([*found["days"], total], columns)


def _usage(client: Client, first: datetime | None, last: datetime | None) -> Any:
    return client.usage(first.date() if first else None, last.date() if last else None)


def every(page: Callable[[str | None], Any], name: str) -> list[Mapping[str, Any]]:
    """The entries of all pages."""
    found: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = page(cursor)
        found += answer[name]
        if (cursor := answer["next_cursor"]) is None:
            return found


def _show(rows: list[Mapping[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    output.document(rows) if as_json else output.table(rows, columns)
