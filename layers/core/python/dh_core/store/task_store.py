"""Task records: what the API, the dispatcher and the jobs may ask of them and do to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dh_core.clock import Clock, iso, new_id, system_clock
from dh_core.errors import TransitionRefused
from dh_core.specs import InputFile
from dh_core.store.table import ConditionFailed, Table, Write
from dh_core.store.task_creation import TaskCreation, claim_key
from dh_core.store.task_moves import TaskMover
from dh_core.store.task_records import (
    LEASE_SHARDS,
    Claim,
    Created,
    NewTask,
    TaskRecord,
    input_name,
    lease_attributes,
    read_record,
    task_key,
)
from dh_core.tasks import Phase, Transition


class TaskStore:
    """Creates, reads and moves tasks."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock
        self._mover = TaskMover(table, clock)

    def create(self, new: NewTask) -> Created:
        """Record a task once. Raises MethodConflict and InputsChanged, see `TaskCreation`."""
        return TaskCreation(self._table, self._clock).create(new)

    def get(self, task_id: str) -> TaskRecord | None:
        return self._mover.get(task_id)

    def find_by_uuid(self, owner: str, uuid: str) -> TaskRecord | None:
        """The task whose result carries this uuid."""
        claim = self._table.get({"PK": claim_key(owner, f"uuid:{uuid}"), "SK": "CLAIM"})
        return self.get(claim["task_id"]) if claim else None

    def expired(self) -> Iterator[TaskRecord]:
        """Active tasks whose lease ran out, oldest first within each shard."""
        now = f"{int(self._clock()):012d}"
        for shard in range(LEASE_SHARDS):
            for item in self._table.query(
                IndexName="GSI2",
                KeyConditionExpression="GSI2PK = :shard AND GSI2SK < :now",
                ExpressionAttributeValues={":shard": f"LEASE#{shard}", ":now": now},
            ):
                yield read_record(item)

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
            removes=("worker", "job_id", "run", "stage"),
        )

    def record_job(self, task_id: str, attempt: int, job_id: str) -> TaskRecord:
        """Note which job carries this attempt. Raises TransitionRefused if it is over."""
        try:
            item = self._table.update(
                {
                    "Key": task_key(task_id),
                    "UpdateExpression": "SET job_id = :job",
                    "ConditionExpression": "attempt = :attempt AND phase IN (:submitted, :running)",
                    "ExpressionAttributeValues": {
                        ":job": job_id,
                        ":attempt": attempt,
                        ":submitted": Phase.SUBMITTED,
                        ":running": Phase.RUNNING,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost
        return read_record(item)

    def start(self, task_id: str, attempt: int, run: int, lease_seconds: int) -> Claim:
        """A job takes its attempt. Raises TransitionRefused for an old attempt or run."""
        task = self.get(task_id)
        if task is None or task.attempt != attempt:
            raise TransitionRefused
        restarts = task.phase is Phase.RUNNING
        if restarts and run <= task.run:
            raise TransitionRefused
        claim = Claim(task_id, attempt, new_id(), run)
        self._mover.move(
            task_id,
            Transition.RESTART if restarts else Transition.START,
            seen=task,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"worker": claim.worker, "run": run},
        )
        return claim

    def heartbeat(self, claim: Claim, *, stage: str, progress: int, lease_seconds: int) -> None:
        """Renew the lease and say how far the job is. Raises TransitionRefused when fenced off."""
        now = self._clock()
        lease = int(now) + lease_seconds
        try:
            self._table.update(
                {
                    "Key": task_key(claim.task_id),
                    "UpdateExpression": "SET #stage = :stage, progress = :progress, "
                    "updated_at = :now, lease_until = :lease, GSI2PK = :shard, GSI2SK = :sort",
                    "ConditionExpression": "phase = :running AND attempt = :attempt "
                    "AND worker = :worker",
                    "ExpressionAttributeNames": {"#stage": "stage"},
                    "ExpressionAttributeValues": {
                        ":stage": stage,
                        ":progress": progress,
                        ":now": iso(now),
                        ":lease": lease,
                        ":shard": lease_attributes(claim.task_id, lease)["GSI2PK"],
                        ":sort": lease_attributes(claim.task_id, lease)["GSI2SK"],
                        ":running": Phase.RUNNING,
                        ":attempt": claim.attempt,
                        ":worker": claim.worker,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost

    def complete(
        self, claim: Claim, result: Mapping[str, Any], *, also: Sequence[Write] = ()
    ) -> TaskRecord:
        """Make the result visible, `also` in the same transaction.

        Raises TransitionRefused when fenced off.
        """
        return self._mover.move(
            claim.task_id,
            Transition.COMPLETE,
            claim=claim,
            sets={"result": json.dumps(result), "progress": 100},
            also=also,
        )

    def requeue(
        self, task_id: str, attempt: int, lease_seconds: int, *, lost: bool = True
    ) -> TaskRecord:
        """Give an attempt's task back to the queue. Raises TransitionRefused.

        `lost` counts against the retries; an attempt that never got a machine does not.
        """
        return self._mover.move(
            task_id,
            Transition.REQUEUE,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"progress": 0},
            adds={"losses": 1} if lost else None,
            removes=("worker", "job_id", "run", "stage"),
        )

    def fail(
        self,
        task_id: str,
        *,
        code: str,
        message: str,
        attempt: int | None = None,
        claim: Claim | None = None,
    ) -> TaskRecord:
        """End a task as failed; with `attempt` or `claim`, only while that one is current."""
        return self._mover.move(
            task_id,
            Transition.FAIL,
            attempt=attempt,
            claim=claim,
            sets={"error_code": code, "error_message": message},
        )

    def cancel(self, task_id: str) -> TaskRecord:
        """End a task as cancelled. Raises TransitionRefused when it has ended already."""
        return self._mover.move(task_id, Transition.CANCEL)

    def renew(self, task: TaskRecord, lease_seconds: int) -> None:
        """Push a lease on without a move: the sweep has just announced the task again."""
        lease = int(self._clock()) + lease_seconds
        try:
            self._table.update(
                {
                    "Key": task_key(task.task_id),
                    "UpdateExpression": "SET lease_until = :lease, GSI2SK = :sort",
                    "ConditionExpression": "phase = :phase AND lease_until = :seen",
                    "ExpressionAttributeValues": {
                        ":lease": lease,
                        ":sort": lease_attributes(task.task_id, lease)["GSI2SK"],
                        ":phase": task.phase,
                        ":seen": task.lease_until,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost
