"""Moving a task from phase to phase: the one place that writes `phase`, by `tasks.MOVES`.

Every move reads the record, checks the move, and writes it back on condition that phase, attempt
and worker are still what was read. Losing that condition is a normal outcome: another event, a
cancel or a newer attempt came first, and the mover gets TransitionRefused.

What must move with a task moves in the same write: the counts, its history, its run's item, and at
its end its uses of its inputs and its place among the owner's tasks at work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from dh_core.clock import Clock, iso
from dh_core.errors import TransitionRefused
from dh_core.store.counters import CounterStore, counter_write
from dh_core.store.files import use_key, wait_key
from dh_core.store.owners.quotas import at_work_write
from dh_core.store.owners.usage import UsageStore
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.tasks.metrics import TaskMetrics
from dh_core.store.tasks.reading import read_task
from dh_core.store.tasks.records import (
    Claim,
    TaskRecord,
    event_item,
    history_items,
    lease_attributes,
    run_key,
    run_lease_attributes,
    status_counts,
    task_key,
    usage_additions,
)
from dh_core.store.webhooks.records import end_write, run_write
from dh_core.tasks.lanes import Lane
from dh_core.tasks.states import MOVES, WAITING, Phase, Transition, queue_change
from dh_core.tasks.usage import Usage

_RACE_RETRIES = 5
_EVENTS_MOST: Final = 100
"""A task that goes round and round keeps its beginning and its end; an item holds 400 KB."""


class TaskMover:
    """Carries out transitions."""

    def __init__(self, table: Table, clock: Clock, metrics: TaskMetrics) -> None:
        self._table = table
        self._clock = clock
        self._metrics = metrics
        self._usage = UsageStore(table, clock)

    def get(self, task_id: str) -> TaskRecord | None:
        return read_task(self._table, task_id)

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
        usage: Usage | None = None,
        also: Sequence[Write] = (),
    ) -> TaskRecord:
        """Carry a transition out, once it is allowed; `usage` is that of the attempt which ends."""
        for _ in range(_RACE_RETRIES):
            task = seen or self.get(task_id)
            if task is None or not _is_allowed(task, transition, attempt, claim):
                raise TransitionRefused
            target = MOVES[transition].target
            lane = task.lane
            changes = self._changes(task, target, lane, lease_seconds) | dict(sets or {})
            added = dict(adds or {}) | usage_additions(usage)
            update = self._update(task, target, changes, added, removes)
            counts = status_counts(task.phase, target, lane)
            beside = (
                *also,
                *self._run_writes(task, target, changes, lease_seconds),
                *(self._ending_writes(task, target) if target.is_terminal else ()),
            )
            if usage is not None and usage.nonzero():
                beside = (*beside, self._usage.day_write(task.owner, usage))
            try:
                if counts or beside:
                    self._table.transact(partial(_together, update, counts, beside))
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
            self._metrics.moved(transition, lane, task, moved)
            return moved
        raise TransitionRefused

    def _changes(
        self, task: TaskRecord, target: Phase, lane: Lane, lease_seconds: int | None
    ) -> Item:
        """What a move sets, whoever makes it."""
        now = self._clock()
        changes: Item = {"phase": target, "updated_at": iso(now)}
        if task.phase is Phase.RUNNING:
            # What its run said last, which goes with the run.
            changes["progress"] = task.progress
        if lease_seconds is not None and target in WAITING:
            changes |= lease_attributes(task.task_id, int(now) + lease_seconds)
        enters = queue_change(task.phase, target) == "enqueued"
        if target is Phase.QUEUED or enters:
            changes["queued_at"] = int(now)
        if enters:
            changes["sequence_number"] = CounterStore(self._table).next_sequence_number(lane)
        if target is Phase.RUNNING:
            changes["started_at"] = int(now)
        return changes

    def _run_writes(
        self, task: TaskRecord, target: Phase, changes: Item, lease_seconds: int | None
    ) -> list[Write]:
        """A run is there while its task runs: whoever writes to it holds the task."""
        if target is Phase.RUNNING:
            until = int(self._clock()) + (lease_seconds or 0)
            run: Item = {
                **run_key(task.task_id),
                **run_lease_attributes(task.task_id, until),
                "task_id": task.task_id,
                "worker": changes["worker"],
                "progress": 0,
                "updated_at": changes["updated_at"],
                "expires_at": task.expires_at,
            }
            writes: list[Write] = [{"Put": {"Item": run}}]
            if task.run_events and task.started_at is None:
                # Told of once, however often it must be started again.
                writes.append(run_write(task, self._clock()))
            return writes
        if task.phase is Phase.RUNNING:
            return [{"Delete": {"Key": run_key(task.task_id)}}]
        return []

    def _ending_writes(self, task: TaskRecord, target: Phase) -> list[Write]:
        """It needs its inputs no more, is not at work any more, and its callback is to be told."""
        writes: list[Write] = []
        for name in task.inputs:
            file_type, _, filename = name.partition("/")
            for key in (use_key, wait_key) if name in task.missing else (use_key,):
                named = key(task.owner, file_type, filename, task.task_id)
                writes.append({"Delete": {"Key": named}})
        if task.counted:
            writes.append(at_work_write(task.owner, -1))
        if task.calls_back(target.status):
            writes.append(end_write(task, self._clock()))
        return writes

    def _update(
        self,
        task: TaskRecord,
        target: Phase,
        changes: Mapping[str, Any],
        adds: Mapping[str, int],
        removes: tuple[str, ...],
    ) -> Write:
        dropped = removes
        if target not in WAITING:
            dropped = (*removes, "GSI2PK", "GSI2SK", "lease_until")
        names = {f"#s{i}": name for i, name in enumerate(changes)}
        values: Item = {f":s{i}": value for i, value in enumerate(changes.values())}
        expression = "SET " + ", ".join(f"#s{i} = :s{i}" for i in range(len(changes)))
        if target.is_terminal or len(task.events) < _EVENTS_MOST:
            event = event_item(
                changes["updated_at"],
                target,
                task.attempt + adds.get("attempt", 0),
                error_code=changes.get("error_code"),
            )
            # Whole, with the stages that the run entered. One that it enters just now is left out.
            history = history_items(task.events[:_EVENTS_MOST])
            expression += ", events = :events"
            values[":events"] = [*history, event]
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
