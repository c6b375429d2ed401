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
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dh_client.async_client import AsyncClient
from dh_client.cli import exits, output, settings
from dh_client.cli.create import read
from dh_client.core.tasks import check_names, known
from dh_client.creation import Creation
from dh_client.errors import DhError, InvalidInput, NotFound
from dh_client.generated.types import FileType

_TYPE: Final = "task_type"
_SAVE_AS: Final = "save_as"


@dataclass(frozen=True, slots=True)
class Row:
    """One task that is wanted."""

    number: int
    creation: Creation
    fields: Mapping[str, Any]
    save_as: str
    mark: str
    """Of the row's content: what was changed is another row."""


@dataclass(slots=True)
class Outcome:
    """What became of a row."""

    row: int
    mark: str
    task_id: str = ""
    status: str = ""
    file: str = ""
    error: str = ""

    @property
    def is_done(self) -> bool:
        return self.status == "completed" and Path(self.file).is_file()


@dataclass(slots=True)
class Results:
    """The file of outcomes; every change is on the disk before the next request."""

    path: Path
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @classmethod
    def beside(cls, table: Path) -> Results:
        found = cls(table.with_suffix(".results.csv"))
        if found.path.is_file():
            with found.path.open(encoding="utf-8-sig", newline="") as file:
                for line in csv.DictReader(file):
                    number = int(line.pop("row"))
                    found.outcomes[number] = Outcome(number, **line)
        return found

    def of(self, row: Row) -> Outcome:
        """What is known of a row: nothing, if it was changed."""
        known_of = self.outcomes.get(row.number)
        if known_of is None or known_of.mark != row.mark:
            known_of = self.outcomes[row.number] = Outcome(row.number, row.mark)
        return known_of

    def write(self) -> None:
        draft = self.path.with_name(f"{self.path.name}.part")
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [one.name for one in fields(Outcome)])
            writer.writeheader()
            writer.writerows(asdict(one) for _, one in sorted(self.outcomes.items()))
        draft.replace(self.path)


def batch(
    table: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A header, then a task a row")],
    task_type: Annotated[
        str, typer.Option("--type", help="What rows make that have no task_type")
    ] = "digital_human",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="For results (default: FILE/)")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=50, help="Tasks at once")] = 4,
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
    asyncio.run(_Run(results, folder, retry_failed).all(rows, server, key, parallel))
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


@dataclass(slots=True)
class _Run:
    results: Results
    folder: Path
    retry_failed: bool
    uploads: dict[tuple[Path, FileType | None], asyncio.Task[str]] = field(default_factory=dict)

    async def all(self, rows: list[Row], server: str, key: str | None, parallel: int) -> None:
        room = asyncio.Semaphore(parallel)
        async with settings.async_client(server, key) as client:

            async def one(row: Row) -> None:
                async with room:
                    await self._row(client, row)

            await asyncio.gather(*[one(row) for row in rows])

    async def _row(self, client: AsyncClient, row: Row) -> None:
        outcome = self.results.of(row)
        if outcome.is_done or (outcome.status == "failed" and not self.retry_failed):
            return
        try:
            await self._make(client, row, outcome)
        except DhError as error:
            outcome.error = str(error)
            # What did not reach the server, or not in time, is tried again by the next run.
            if exits.status_of(error) in (exits.REFUSED, exits.FAILED):
                outcome.status = "failed"
        self.results.write()
        said = outcome.error or outcome.file
        typer.echo(f"row {row.number}: {outcome.status or 'not made'}: {said}", err=True)

    async def _make(self, client: AsyncClient, row: Row, outcome: Outcome) -> None:
        if outcome.status == "failed":
            outcome.task_id = ""
        if not await self._is_known(client, outcome.task_id):
            outcome.task_id = await client.create(
                row.creation.task_type, await self._uploaded(client, row)
            )
        outcome.status, outcome.error = "created", ""
        self.results.write()
        state = (await client.wait(outcome.task_id)).checked()
        outcome.file = str(await self._save(client, row, state.main_file))
        outcome.status = "completed"

    async def _is_known(self, client: AsyncClient, task_id: str) -> bool:
        """Whether an earlier run made this task, and the server still has it."""
        if not task_id:
            return False
        try:
            await client.status(task_id)
        except NotFound:
            return False
        return True

    async def _save(self, client: AsyncClient, row: Row, route: str | None) -> Path:
        if route is None:
            raise InvalidInput("The task made no file that can be saved.")
        name = str((await client.get(route, redirect="false"))["filename"])
        target = self.folder / (row.save_as or f"{row.number}{Path(name).suffix}")
        return await client.download(route, target)

    async def _uploaded(self, client: AsyncClient, row: Row) -> dict[str, Any]:
        """The row's fields with the names of uploads in place of files."""
        sent: dict[str, Any] = dict(row.fields)
        for name, value in row.fields.items():
            described = row.creation.field(name)
            if isinstance(value, Path) and described is not None:
                one = (value, described.upload)
                if one not in self.uploads:
                    self.uploads[one] = asyncio.create_task(client.upload(*one))
                sent[name] = await self.uploads[one]
        return sent
