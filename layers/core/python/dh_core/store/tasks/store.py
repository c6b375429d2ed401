"""Task records: what the API, the dispatcher and the jobs may ask of them and do to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dh_core.access.cursors import Position
from dh_core.clock import Clock, new_id, system_clock
from dh_core.cloud.metrics import Metrics
from dh_core.errors import TransitionRefused
from dh_core.specs.base import InputFile, TaskSpec
from dh_core.store.moderation.withheld import WITHHELD, Withheld, withheld_attributes
from dh_core.store.table import ConditionFailed, Page, Table, Write
from dh_core.store.tasks.creation import Prepared, TaskCreation
from dh_core.store.tasks.listing import TaskFilter, newest_tasks
from dh_core.store.tasks.metrics import TaskMetrics
from dh_core.store.tasks.moves import TaskMover
from dh_core.store.tasks.reading import read_spec, read_tasks
from dh_core.store.tasks.records import (
    Claim,
    Created,
    NewTask,
    TaskRecord,
    WaitingClaim,
    idempotency_item_key,
    idempotency_partition,
    input_name,
    lease_partitions,
    task_key,
)
from dh_core.store.tasks.upkeep import TaskUpkeep
from dh_core.tasks.lanes import Lane
from dh_core.tasks.states import Phase, Transition
from dh_core.tasks.usage import Usage

_ALMOST: Final = 99
"""Percent, of a task whose result is not shown yet."""


class TaskStore(TaskUpkeep):
    """Creates, reads and moves tasks."""

    def __init__(
        self, table: Table, clock: Clock = system_clock, metrics: Metrics | None = None
    ) -> None:
        super().__init__(table, clock)
        self._metrics = TaskMetrics(metrics or Metrics(), clock)
        self._creation = TaskCreation(table, clock)
        self._mover = TaskMover(table, clock, self._metrics)

    def prepare(
        self, owner: str, lane: Lane, *, uuid: str | None, key: str | None, digest: str
    ) -> Prepared:
        """What must be known before a task is created. Raises Conflict."""
        return self._creation.prepare(owner, lane, uuid=uuid, key=key, digest=digest)

    def create(self, new: NewTask) -> Created:
        """Record a task once. Raises Conflict, InputsChanged and TooManyAtWork."""
        created = self._creation.create(new)
        if created.is_new:
            self._metrics.created(created.task)
        return created

    def get(self, task_id: str) -> TaskRecord | None:
        return self._mover.get(task_id)

    def spec(self, task_id: str) -> TaskSpec:
        """What its job is to do. Raises TransitionRefused when the task is gone."""
        return read_spec(self._table, task_id)

    def find_by_uuid(self, owner: str, uuid: str) -> TaskRecord | None:
        """The task whose result carries this uuid."""
        partition = idempotency_partition(owner, "uuid", uuid)
        found = self._table.get(idempotency_item_key(partition))
        return self.get(found["task_id"]) if found else None

    def newest(
        self, owner: str, wanted: TaskFilter, *, limit: int, cursor: Position | None
    ) -> Page[TaskRecord]:
        """An owner's tasks, newest first."""
        return newest_tasks(self._table, owner, wanted, limit=limit, cursor=cursor)

    def many(self, task_ids: Sequence[str]) -> dict[str, TaskRecord]:
        """Those of many tasks that exist, whoever owns them."""
        return read_tasks(self._table, task_ids)

    def expired(self) -> Iterator[TaskRecord]:
        """Active tasks whose lease ran out, oldest first within each shard."""
        now = int(self._clock())
        for partition in lease_partitions():
            for item in self._table.query(
                IndexName="GSI2",
                KeyConditionExpression="GSI2PK = :shard AND GSI2SK < :now",
                ExpressionAttributeValues={":shard": partition, ":now": f"{now:012d}"},
                ProjectionExpression="task_id",
            ):
                task = self.get(item["task_id"])
                # The index lags behind: the lease may have been renewed.
                if task is not None and not task.phase.is_terminal and task.lease_until < now:
                    yield task

    def input_arrived(self, task_id: str, file: InputFile, lease_seconds: int) -> TaskRecord | None:
        """Strike a file off the task's list; returns the task when it became `queued` by that.

        Safe to repeat: a task that already waits for nothing is queued again only from
        `waiting_inputs`.
        """
        try:
            item = self._table.update(
                {
                    "Key": task_key(task_id),
                    "UpdateExpression": "DELETE awaited :file",
                    "ConditionExpression": "phase = :waiting",
                    "ExpressionAttributeValues": {
                        ":file": {input_name(file)},
                        ":waiting": Phase.WAITING_INPUTS,
                    },
                }
            )
        except ConditionFailed:
            return None
        if item.get("awaited"):
            return None
        try:
            return self.queue_complete_inputs(task_id, lease_seconds)
        except TransitionRefused:
            return None

    def queue_complete_inputs(self, task_id: str, lease_seconds: int) -> TaskRecord:
        """`waiting_inputs` → `queued`. Raises TransitionRefused."""
        return self._mover.move(task_id, Transition.INPUTS_ARRIVED, lease_seconds=lease_seconds)

    def dispatch(self, task_id: str, lease_seconds: int) -> TaskRecord:
        """`queued` → `submitted` under a new attempt. Raises TransitionRefused."""
        return self._mover.move(
            task_id,
            Transition.DISPATCH,
            lease_seconds=lease_seconds,
            adds={"attempt": 1},
            removes=("worker", "job_id", "run", "stage", "assisted_worker", "assist_job_id"),
        )

    def start(self, task_id: str, attempt: int, run: int, lease_seconds: int) -> Claim:
        """A job takes its attempt. Raises TransitionRefused for an old attempt or run."""
        task = self.get(task_id)
        if task is None or task.attempt != attempt:
            raise TransitionRefused
        if run <= task.run:
            raise TransitionRefused
        claim = Claim(task_id, attempt, new_id(), run)
        self._mover.move(
            task_id,
            Transition.RESTART if task.phase is Phase.RUNNING else Transition.START,
            seen=task,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"worker": claim.worker, "run": run},
        )
        return claim

    def claim_waiting(self, task_id: str, attempt: int, lease_seconds: int) -> WaitingClaim:
        """A warm worker takes a task that waits for its job, under the attempt after `attempt`.

        The job finds its attempt outdated. It is no loss. Raises TransitionRefused unless the task
        still waits under `attempt`, and ValueError for a task that only a newer release can read.
        """
        task = self.get(task_id)
        if task is None:
            raise TransitionRefused
        self.spec(task_id)
        claim = Claim(task_id, attempt + 1, new_id(), run=1)
        self._mover.move(
            task_id,
            Transition.CLAIM_WAITING,
            seen=task,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"worker": claim.worker, "run": claim.run},
            adds={"attempt": 1},
            # The worker's own job belongs to another task, and must not be ended for this one.
            removes=("job_id", "stage"),
        )
        return WaitingClaim(claim, superseded_job=task.job_id)

    def complete(
        self,
        claim: Claim,
        result: Mapping[str, Any],
        *,
        usage: Usage | None = None,
        also: Sequence[Write] = (),
    ) -> TaskRecord:
        """Make the result visible; what the attempt used, and `also`, in the same transaction.

        Raises TransitionRefused when fenced off.
        """
        return self._mover.move(
            claim.task_id,
            Transition.COMPLETE,
            claim=claim,
            sets={"result": json.dumps(result), "progress": 100},
            usage=usage,
            also=also,
        )

    def withhold(
        self,
        claim: Claim,
        result: Mapping[str, Any],
        *,
        lease_seconds: int,
        usage: Usage | None = None,
        also: Sequence[Write] = (),
        replaces: str | None = None,
    ) -> TaskRecord:
        """As `complete`, but nobody sees the result before `release`. Raises TransitionRefused."""
        withheld = Withheld(dict(result), int(self._clock()), replaces, tuple(also))
        return self._mover.move(
            claim.task_id,
            Transition.WITHHOLD,
            claim=claim,
            lease_seconds=lease_seconds,
            sets={**withheld_attributes(withheld), "progress": _ALMOST},
            usage=usage,
        )

    def release(self, seen: TaskRecord) -> TaskRecord:
        """Make a withheld result visible, with what was to be written beside it.

        Raises TransitionRefused, and ValueError for a task that withholds nothing.
        """
        if seen.withheld is None:
            raise ValueError("nothing is withheld")
        return self._mover.move(
            seen.task_id,
            Transition.RELEASE,
            seen=seen,
            sets={"result": json.dumps(seen.withheld.result), "progress": 100},
            removes=WITHHELD,
            also=seen.withheld.also,
        )

    def requeue(
        self,
        task_id: str,
        attempt: int,
        lease_seconds: int,
        *,
        lost: bool = True,
        seen: TaskRecord | None = None,
    ) -> TaskRecord:
        """Give an attempt's task back to the queue. Raises TransitionRefused.

        `lost` counts against the retries; an attempt that never got a machine does not. With `seen`
        only while the same run holds it. Its job stays on record until it is dispatched again.
        """
        return self._mover.move(
            task_id,
            Transition.REQUEUE,
            seen=seen,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"progress": 0},
            adds={"losses": 1} if lost else None,
            removes=("worker", "stage"),
        )

    def await_restart(self, seen: TaskRecord, lease_seconds: int) -> TaskRecord:
        """A run was lost whose job AWS Batch brings back: wait for that, under the same attempt.

        Raises TransitionRefused unless the same run still holds the task.
        """
        return self._mover.move(
            seen.task_id,
            Transition.AWAIT_RESTART,
            seen=seen,
            attempt=seen.attempt,
            lease_seconds=lease_seconds,
            sets={"progress": 0},
            removes=("worker", "stage"),
        )

    def fail(
        self,
        task_id: str,
        *,
        code: str,
        message: str,
        attempt: int | None = None,
        claim: Claim | None = None,
        usage: Usage | None = None,
    ) -> TaskRecord:
        """End a task as failed; with `attempt` or `claim`, only while that one is current."""
        return self._mover.move(
            task_id,
            Transition.FAIL,
            attempt=attempt,
            claim=claim,
            sets={"error_code": code, "error_message": message},
            removes=WITHHELD,
            usage=usage,
        )

    def cancel(self, task_id: str) -> TaskRecord:
        """End a task as cancelled. Raises TransitionRefused when it has ended already."""
        return self._mover.move(task_id, Transition.CANCEL, removes=WITHHELD)
