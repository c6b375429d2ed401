"""Moving a task from phase to phase: the one place that writes `phase`, by `tasks.MOVES`.

Every move reads the record, checks the move, and writes it back on condition that phase, attempt
and worker are still what was read. Losing that condition is a normal outcome: another event, a
cancel or a newer attempt came first, and the mover gets TransitionRefused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dh_core.clock import Clock, iso
from dh_core.errors import TransitionRefused
from dh_core.store.counters import counter_write
from dh_core.store.deliveries import delivery_write
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.task_records import (
    Claim,
    TaskRecord,
    lease_attributes,
    read_record,
    status_counts,
    task_key,
)
from dh_core.tasks import MOVES, Phase, Transition

_RACE_RETRIES = 5


class TaskMover:
    """Carries out transitions."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, task_id: str) -> TaskRecord | None:
        item = self._table.get(task_key(task_id))
        return read_record(item) if item else None

    def move(
        self,
        task_id: str,
        transition: Transition,
        *,
        seen: TaskRecord | None = None,
        attempt: int | None = None,
        claim: Claim | None = None,
        lease_seconds: int | None = None,
        sets: Mapping[str, Any] | None = None,
        adds: Mapping[str, int] | None = None,
        removes: tuple[str, ...] = (),
        also: Sequence[Write] = (),
    ) -> TaskRecord:
        for _ in range(_RACE_RETRIES):
            task = seen or self.get(task_id)
            if task is None or not _is_allowed(task, transition, attempt, claim):
                raise TransitionRefused
            target = MOVES[transition].target
            update = self._update(task, target, lease_seconds, sets or {}, adds or {}, removes)
            counts = status_counts(task.phase, target)
            try:
                if counts or also:
                    more = [*also, *self._notice(task, target)]
                    self._table.transact(partial(_together, update, counts, more))
                else:
                    self._table.update(update)
            except ConditionFailed as lost:
                if seen is not None:
                    # The mover decided by more than this method checks; it must not go on.
                    raise TransitionRefused from lost
                # Somebody moved the task between our read and our write: look again.
                continue
            moved = self.get(task_id)
            if moved is None:
                raise TransitionRefused
            return moved
        raise TransitionRefused

    def _notice(self, task: TaskRecord, target: Phase) -> list[Write]:
        if not (target.is_terminal and task.callback_url):
            return []
        return [delivery_write(task, self._clock())]

    def _update(
        self,
        task: TaskRecord,
        target: Phase,
        lease_seconds: int | None,
        sets: Mapping[str, Any],
        adds: Mapping[str, int],
        removes: tuple[str, ...],
    ) -> Write:
        now = self._clock()
        changes: Item = {"phase": target, "updated_at": iso(now), **sets}
        dropped = removes
        if target.is_terminal:
            dropped = (*removes, "GSI2PK", "GSI2SK", "lease_until")
        elif lease_seconds is not None:
            changes |= lease_attributes(task.task_id, int(now) + lease_seconds)
        names = {f"#s{i}": name for i, name in enumerate(changes)}
        values: Item = {f":s{i}": value for i, value in enumerate(changes.values())}
        expression = "SET " + ", ".join(f"#s{i} = :s{i}" for i in range(len(changes)))
        if adds:
            names |= {f"#a{i}": name for i, name in enumerate(adds)}
            values |= {f":a{i}": value for i, value in enumerate(adds.values())}
            expression += " ADD " + ", ".join(f"#a{i} :a{i}" for i in range(len(adds)))
        if dropped:
            names |= {f"#r{i}": name for i, name in enumerate(dropped)}
            expression += " REMOVE " + ", ".join(f"#r{i}" for i in range(len(dropped)))
        condition = "phase = :phase AND attempt = :attempt"
        values |= {":phase": task.phase, ":attempt": task.attempt}
        if task.worker:
            condition += " AND worker = :worker"
            values[":worker"] = task.worker
        return {
            "Key": task_key(task.task_id),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }


def _together(update: Write, counts: Mapping[str, int], also: Sequence[Write]) -> list[Write]:
    counted = [counter_write(counts)] if counts else []
    return [{"Update": update}, *counted, *also]


def _is_allowed(
    task: TaskRecord, transition: Transition, attempt: int | None, claim: Claim | None
) -> bool:
    move = MOVES[transition]
    if move.fenced and attempt is None and claim is None:
        raise ValueError(f"{transition} needs the mover's attempt")
    if task.phase not in move.sources:
        return False
    if claim is not None:
        return (task.attempt, task.worker) == (claim.attempt, claim.worker)
    return attempt is None or task.attempt == attempt
