"""What the moves of tasks say about the service, counted where they are made.

A move is one conditional write that somebody wins, so each is counted once; a process that dies
between the write and the line is counted not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from dh_core.clock import Clock
from dh_core.cloud import metrics
from dh_core.cloud.metrics import Metric, Metrics
from dh_core.errors import InternalJobError, JobError
from dh_core.store.tasks.records import TaskRecord
from dh_core.tasks.lanes import Lane
from dh_core.tasks.states import Phase, Transition

_ENDS: Final = {
    Phase.COMPLETED: metrics.TASKS_COMPLETED,
    Phase.FAILED: metrics.TASKS_FAILED,
    Phase.CANCELLED: metrics.TASKS_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class TaskMetrics:
    """Told of every task's creation and of every move that was carried out."""

    metrics: Metrics
    clock: Clock

    def created(self, task: TaskRecord) -> None:
        """A new task was recorded."""
        self.metrics.write({metrics.TASKS_ACCEPTED: 1}, task_type=task.type, task_id=task.task_id)

    def moved(
        self, transition: Transition, lane: Lane, before: TaskRecord, after: TaskRecord
    ) -> None:
        """`before` became `after`."""
        self.metrics.write(
            self._values(transition, before, after),
            task_id=before.task_id,
            task_type=before.type,
            attempt=str(after.attempt),
            lane=lane,
            **_failure(after),
        )

    def _values(
        self, transition: Transition, before: TaskRecord, after: TaskRecord
    ) -> dict[Metric, float]:
        now = self.clock()
        if transition in (Transition.START, Transition.CLAIM_WAITING):
            waited = max(now - before.queued_at, 0.0)
            return {
                metrics.WAIT_SECONDS: waited,
                metrics.WARM_STARTS: int(transition is Transition.CLAIM_WAITING),
            }
        if transition in (Transition.RESTART, Transition.AWAIT_RESTART):
            return {metrics.JOB_RESTARTS: 1}
        if transition is Transition.REQUEUE and after.losses > before.losses:
            return {metrics.LOST_ATTEMPTS: 1}
        ending = _ENDS.get(after.phase)
        if ending is None and transition is not Transition.WITHHOLD:
            return {}
        values: dict[Metric, float] = {} if ending is None else {ending: 1}
        if before.phase is Phase.RUNNING and before.started_at is not None:
            values[metrics.RUN_SECONDS] = max(now - before.started_at, 0.0)
        return values


def _failure(task: TaskRecord) -> dict[str, str]:
    code = task.error_code
    if code is None:
        return {}
    return {"error_code": code, "fault": "ours" if code in own_fault_codes() else "input"}


@cache
def own_fault_codes() -> frozenset[str]:
    """Codes of failures that no other input would have prevented: alarms count these."""
    return frozenset(_codes(InternalJobError))


def _codes(kind: type[JobError]) -> Iterator[str]:
    yield kind.code
    for finer in kind.__subclasses__():
        yield from _codes(finer)
