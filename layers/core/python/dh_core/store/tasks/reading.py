"""Reading tasks: while one runs it is two items, beside its spec (see `records`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dh_core.errors import TransitionRefused
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types import parse_spec
from dh_core.store.table import Item, Table
from dh_core.store.tasks.records import (
    TaskRecord,
    belong_together,
    read_record,
    run_key,
    spec_key,
    task_key,
)
from dh_core.tasks.states import Phase

_LOOKS: Final = 5
_KEYS_MOST: Final = 100
"""Of one BatchGetItem."""


def read_task(table: Table, task_id: str) -> TaskRecord | None:
    """One task, strongly consistent. If it moves between its items' readings, look again."""
    item: Item | None = None
    for _ in range(_LOOKS):
        found = {
            one["SK"]: one
            for one in table.batch_get([task_key(task_id), run_key(task_id)], consistent=True)
        }
        item = found.get("TASK")
        if item is None:
            return None
        run = found.get("RUN")
        if belong_together(item, run):
            return _record(item, run)
    return read_record(item) if item else None


def read_spec(table: Table, task_id: str) -> TaskSpec:
    """What a task's job is to do.

    Raises TransitionRefused when the task is gone, and pydantic.ValidationError (a ValueError) for
    a spec of a newer release.
    """
    # An older release kept it on the task's own item.
    found = table.get(spec_key(task_id)) or table.get(task_key(task_id))
    if found is None:
        raise TransitionRefused
    return parse_spec(found["spec"])


def read_tasks(table: Table, task_ids: Sequence[str]) -> dict[str, TaskRecord]:
    """Those of many tasks that exist, whoever owns them."""
    keys = [key(task_id) for task_id in dict.fromkeys(task_ids) for key in (task_key, run_key)]
    found = _get_all(table, keys)
    return _records(table, [item for item in found if item["SK"] == "TASK"], found)


def read_listed(table: Table, items: Sequence[Item]) -> list[TaskRecord]:
    """The tasks that an index lists, in its order; of those that run, their runs are fetched."""
    running = [item for item in items if Phase(item["phase"]) is Phase.RUNNING]
    runs = _get_all(table, [run_key(item["task_id"]) for item in running])
    return list(_records(table, items, runs).values())


def _records(table: Table, items: Iterable[Item], found: Iterable[Item]) -> dict[str, TaskRecord]:
    runs = {item["PK"]: item for item in found if item["SK"] == "RUN"}
    records: dict[str, TaskRecord | None] = {}
    for item in items:
        run = runs.get(item["PK"])
        records[item["task_id"]] = (
            _record(item, run) if belong_together(item, run) else read_task(table, item["task_id"])
        )
    return {task_id: record for task_id, record in records.items() if record is not None}


def _record(item: Item, run: Item | None) -> TaskRecord:
    # A run that is still there may be read beside a task that has just ended.
    return read_record(item, run if Phase(item["phase"]) is Phase.RUNNING else None)


def _get_all(table: Table, keys: Sequence[Item]) -> list[Item]:
    return [
        item
        for start in range(0, len(keys), _KEYS_MOST)
        for item in table.batch_get(keys[start : start + _KEYS_MOST], consistent=True)
    ]
