"""The rows of `dh batch`: asked for and followed together, each with an outcome on the disk."""

from __future__ import annotations

import asyncio
import csv
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import typer

from dh_client.async_client import AsyncClient
from dh_client.cli import exits, settings
from dh_client.creation import Creation
from dh_client.errors import ApiError, DhError, InvalidInput, NotFound
from dh_client.generated.types import BatchTask, FileType

_LOOK_SECONDS: Final = 2.0
_REFUSED_SECONDS: Final = 10.0
"""Until what was refused for a reason that passes (too many tasks at work) is asked for again."""


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


@dataclass(slots=True)
class Run:
    """One run of the command; what does not reach the server is left to the next one."""

    results: Results
    folder: Path
    retry_failed: bool
    _uploads: dict[tuple[Path, FileType | None], asyncio.Task[str]] = field(default_factory=dict)
    _waiting: deque[Row] = field(default_factory=deque)
    """What is to be asked for."""
    _batches: dict[str, dict[int, Row]] = field(default_factory=dict)
    """By the batch's id and their place in it: the rows whose tasks have not ended."""
    _ending: list[asyncio.Task[None]] = field(default_factory=list)

    async def all(self, rows: list[Row], server: str, key: str | None, parallel: int) -> None:
        """Bring every row to an outcome, so many tasks at once."""
        async with settings.async_client(server, key) as client:
            for row in filter(self._is_wanted, rows):
                if await self._is_known(client, row):
                    self._end_later(client, row)
                else:
                    self._waiting.append(row)
            while self._waiting or self._batches:
                room = parallel - sum(map(len, self._batches.values()))
                pause = _LOOK_SECONDS
                if asked := [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]:
                    pause = await self._ask(client, asked)
                if self._waiting or self._batches:
                    await asyncio.sleep(pause)
                for batch_id in list(self._batches):
                    await self._look(client, batch_id)
            await asyncio.gather(*self._ending)

    def _is_wanted(self, row: Row) -> bool:
        outcome = self.results.of(row)
        return not outcome.is_done and (outcome.status != "failed" or self.retry_failed)

    async def _is_known(self, client: AsyncClient, row: Row) -> bool:
        """Whether an earlier run made its task, and the server still has it."""
        outcome = self.results.of(row)
        if not outcome.task_id or outcome.status == "failed":
            return False
        try:
            await client.status(outcome.task_id)
        except NotFound:
            return False
        return True

    async def _ask(self, client: AsyncClient, rows: list[Row]) -> float:
        """Have the tasks of some rows made by one request; answers how long to wait then."""
        bodies = await asyncio.gather(*[self._body(client, row) for row in rows])
        sent = [(row, body) for row, body in zip(rows, bodies, strict=True) if body is not None]
        if not sent:
            return 0.0
        try:
            made = await client.create_batch([body for _, body in sent])
        except DhError as error:
            for row, _ in sent:
                self._failed(row, error)
            return 0.0
        tasks = zip((row for row, _ in sent), made["tasks"], strict=True)
        begun = {task["index"]: row for row, task in tasks if self._is_made(row, task)}
        if begun:
            self._batches[made["batch_id"]] = begun
        self.results.write()
        return _REFUSED_SECONDS if len(begun) < len(sent) and self._waiting else _LOOK_SECONDS

    def _is_made(self, row: Row, task: BatchTask) -> bool:
        outcome, problem = self.results.of(row), task["error"]
        if problem is None:
            outcome.task_id, outcome.status, outcome.error = task["task_id"] or "", "created", ""
        elif problem["retryable"]:
            self._waiting.append(row)
        else:
            self._failed(row, ApiError(problem["error"], code=problem["code"]))
        return problem is None

    async def _body(self, client: AsyncClient, row: Row) -> dict[str, Any] | None:
        """The row's task with the names of uploads in place of files; None if one is refused."""
        body = {"task_type": row.creation.task_type, **row.fields}
        try:
            for name, value in row.fields.items():
                described = row.creation.field(name)
                if isinstance(value, Path) and described is not None:
                    one = (value, described.upload)
                    if one not in self._uploads:
                        self._uploads[one] = asyncio.create_task(client.upload(*one))
                    body[name] = await self._uploads[one]
        except DhError as error:
            self._failed(row, error)
            return None
        return body

    async def _look(self, client: AsyncClient, batch_id: str) -> None:
        """Take what has ended out of a batch."""
        rows = self._batches[batch_id]
        try:
            found = await client.batch(batch_id)
        except DhError as error:
            for row in self._batches.pop(batch_id).values():
                self._failed(row, error)
            return
        for task in found["tasks"]:
            if task["index"] in rows and task["status"] not in ("pending", "processing"):
                self._end_later(client, rows.pop(task["index"]))
        if not rows:
            del self._batches[batch_id]

    def _end_later(self, client: AsyncClient, row: Row) -> None:
        self._ending.append(asyncio.create_task(self._end(client, row)))

    async def _end(self, client: AsyncClient, row: Row) -> None:
        """Save what a row's task made, once it has ended."""
        outcome = self.results.of(row)
        try:
            state = (await client.wait(outcome.task_id)).checked()
            outcome.file = str(await self._save(client, row, state.main_file))
        except DhError as error:
            self._failed(row, error)
            return
        outcome.status, outcome.error = "completed", ""
        self._tell(row)

    async def _save(self, client: AsyncClient, row: Row, route: str | None) -> Path:
        if route is None:
            raise InvalidInput("The task made no file that can be saved.")
        name = str((await client.get(route, redirect="false"))["filename"])
        target = self.folder / (row.save_as or f"{row.number}{Path(name).suffix}")
        return await client.download(route, target)

    def _failed(self, row: Row, error: DhError) -> None:
        outcome = self.results.of(row)
        outcome.error = str(error)
        if exits.status_of(error) in (exits.REFUSED, exits.FAILED):
            outcome.status = "failed"
        self._tell(row)

    def _tell(self, row: Row) -> None:
        self.results.write()
        outcome = self.results.of(row)
        said = outcome.error or outcome.file
        typer.echo(f"row {row.number}: {outcome.status or 'not made'}: {said}", err=True)
