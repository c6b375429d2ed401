"""Writes to a task that are no move: its lease, its progress, its job, its cost, its removal."""

from __future__ import annotations

from dh_core.clock import Clock, iso, system_clock
from dh_core.errors import TransitionRefused
from dh_core.store.counters import counter_write, task_counter
from dh_core.store.owners.usage import UsageStore
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.tasks.records import (
    Claim,
    TaskRecord,
    event_item,
    idempotency_item_key,
    lease_attributes,
    run_key,
    run_lease_attributes,
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

    def record_job(self, task_id: str, attempt: int, job_id: str, lease_seconds: int) -> None:
        """Note which job carries this attempt, and give it so long to begin.

        Raises TransitionRefused if the attempt is over.
        """
        lease = lease_attributes(task_id, int(self._clock()) + lease_seconds)
        try:
            self._record_job(
                task_id,
                attempt,
                Phase.SUBMITTED,
                "SET job_id = :job, lease_until = :lease, GSI2SK = :sort",
                {":job": job_id, ":lease": lease["lease_until"], ":sort": lease["GSI2SK"]},
            )
        except ConditionFailed:
            try:
                # It has begun by now, and the lease is its own.
                self._record_job(
                    task_id, attempt, Phase.RUNNING, "SET job_id = :job", {":job": job_id}
                )
            except ConditionFailed as lost:
                raise TransitionRefused from lost

    def _record_job(
        self, task_id: str, attempt: int, phase: Phase, expression: str, values: Item
    ) -> None:
        self._table.update(
            {
                "Key": task_key(task_id),
                "UpdateExpression": expression,
                "ConditionExpression": "attempt = :attempt AND phase = :phase",
                "ExpressionAttributeValues": {**values, ":attempt": attempt, ":phase": phase},
            }
        )

    def holds(self, claim: Claim) -> bool:
        """Whether the claim still holds its task. A read, at a fifth of a write's price."""
        run = self._table.get(run_key(claim.task_id))
        return run is not None and run["worker"] == claim.worker

    def heartbeat(
        self,
        claim: Claim,
        *,
        stage: str,
        progress: int,
        lease_seconds: int | None = None,
        entered: bool = False,
    ) -> None:
        """Say how far the job is; with `lease_seconds` renew the lease.

        A stage just `entered` goes into the history. Raises TransitionRefused when fenced off.
        """
        now = self._clock()
        sets = {"stage": stage, "progress": progress, "updated_at": iso(now)}
        if lease_seconds is not None:
            sets |= run_lease_attributes(claim.task_id, int(now) + lease_seconds)
        names = {f"#s{i}": name for i, name in enumerate(sets)}
        values: Item = {f":s{i}": value for i, value in enumerate(sets.values())}
        expression = "SET " + ", ".join(f"#s{i} = :s{i}" for i in range(len(sets)))
        if entered:
            event = event_item(iso(now), Phase.RUNNING, claim.attempt, stage=stage)
            expression += ", events = list_append(if_not_exists(events, :no_events), :event)"
            values |= {":no_events": [], ":event": [event]}
        try:
            self._table.update(
                {
                    "Key": run_key(claim.task_id),
                    "UpdateExpression": expression,
                    "ConditionExpression": "worker = :worker",
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": {**values, ":worker": claim.worker},
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost

    def show_preview(self, claim: Claim) -> None:
        """Say that what the run has made so far can be watched, until the run ends.

        Raises TransitionRefused when fenced off.
        """
        try:
            self._table.update(
                {
                    "Key": run_key(claim.task_id),
                    "UpdateExpression": "SET preview = :folder",
                    "ConditionExpression": "worker = :worker",
                    "ExpressionAttributeValues": {
                        ":folder": claim.output_folder,
                        ":worker": claim.worker,
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
