"""An owner's list of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dh_core.access.cursors import Position
from dh_core.specs.task_types import TaskType
from dh_core.store.table import Filters, Page, Table
from dh_core.store.tasks.creation import task_partition
from dh_core.store.tasks.reading import read_listed
from dh_core.store.tasks.records import TaskRecord
from dh_core.tasks.states import Status, phases_of


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which of an owner's tasks: times are ISO as `clock.iso` writes them, both ends excluded."""

    type: TaskType | None = None
    status: Status | None = None
    created_after: str | None = None
    created_before: str | None = None

    def attributes(self) -> Filters:
        filters: dict[str, str | Sequence[str]] = {}
        if self.type:
            filters["type"] = self.type
        if self.status:
            filters["phase"] = phases_of(self.status)
        return filters

    def between(self) -> tuple[str, str] | None:
        """Bounds of `created_at#task_id`. '$' sorts right after '#', '~' after every digit."""
        if self.created_after is None and self.created_before is None:
            return None
        return (
            f"{self.created_after}$" if self.created_after else "0",
            self.created_before if self.created_before else "~",
        )


def newest_tasks(
    table: Table, owner: str, wanted: TaskFilter, *, limit: int, cursor: Position | None
) -> Page[TaskRecord]:
    """An owner's tasks, newest first. A page may be short before the end, see `Table.newest`."""
    between = wanted.between()
    if between is not None and between[0] > between[1]:
        return Page((), None)  # DynamoDB takes no range that is turned round
    page = table.newest(
        task_partition(owner),
        limit=limit,
        cursor=cursor,
        filters=wanted.attributes(),
        between=between,
    )
    return Page(tuple(read_listed(table, page.records)), page.cursor)
