"""Writes to a task that are no move: its lease, its progress, its job, its cost, its removal."""

from __future__ import annotations

from dh_core.clock import Clock, iso, system_clock
from dh_core.errors import TransitionRefused
from dh_core.store.counters import counter_write, task_counter
from dh_core.store.owners.usage import UsageStore
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.tasks.moves import APPEND_EVENT, event_values
from dh_core.store.tasks.records import (
    Claim,
    TaskRecord,
    event_item,
    idempotency_item_key,
    lease_attributes,
    read_record,
    task_key,
    usage_additions,
)
from dh_core.tasks.states import Phase
from dh_core.tasks.usage import Usage


class TaskUpkeep:
    """The part of `TaskStore` that leaves a task's phase alone."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock
        self._usage = UsageStore(table, clock)

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

    def heartbeat(
        self,
        claim: Claim,
        *,
        stage: str,
        progress: int,
        lease_seconds: int,
        entered: bool = False,
    ) -> None:
        """Renew the lease and say how far the job is; a stage just `entered` goes into the history.

        Raises TransitionRefused when fenced off.
        """
        now = self._clock()
        lease = int(now) + lease_seconds
        append = ""
        event: Item = {}
        if entered:
            append = f", {APPEND_EVENT}"
            event = event_values(event_item(iso(now), Phase.RUNNING, claim.attempt, stage=stage))
        try:
            self._table.update(
                {
                    "Key": task_key(claim.task_id),
                    "UpdateExpression": "SET #stage = :stage, progress = :progress, "
                    "updated_at = :now, lease_until = :lease, GSI2PK = :shard, GSI2SK = :sort"
                    + append,
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
                        **event,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost

    def renew(self, task: TaskRecord, lease_seconds: int) -> None:
        """Push a lease on without a move: the sweep has just enqueued the task again."""
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

    def record_usage(self, task_id: str, owner: str, usage: Usage) -> None:
        """Of an attempt that did not end its task: it was lost, or the task was cancelled."""
        additions = usage_additions(usage)
        if not additions:
            return
        update: Write = {
            "Update": {
                "Key": task_key(task_id),
                "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n in additions),
                "ConditionExpression": "attribute_exists(PK)",
                "ExpressionAttributeNames": {f"#{n}": n for n in additions},
                "ExpressionAttributeValues": {f":{n}": v for n, v in additions.items()},
            }
        }
        day = self._usage.day_write(owner, usage)
        try:
            self._table.transact(lambda: [update, day])
        except ConditionFailed:
            # The task was deleted; what it cost was spent all the same.
            self._table.transact(lambda: [day])

    def delete(self, task: TaskRecord) -> bool:
        """Forget an ended task, with its idempotency keys, its delivery and its segments.

        False when it is gone. Its files go first.
        """
        if not task.phase.is_terminal:
            raise ValueError("only a task that has ended may be deleted")
        own = task_key(task.task_id)
        self._table.delete_partition(own["PK"], but=own["SK"])
        deletes: list[Write] = [
            {
                "Delete": {
                    "Key": own,
                    "ConditionExpression": "attribute_exists(PK)",
                }
            },
            *({"Delete": {"Key": idempotency_item_key(key)}} for key in task.idempotency_keys),
        ]
        count = {task_counter(task.status): -1}
        try:
            self._table.transact(lambda: [*deletes, counter_write(count)])
        except ConditionFailed:
            return False
        return True
