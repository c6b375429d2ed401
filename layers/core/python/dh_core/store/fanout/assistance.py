"""Which Batch job helps a task, noted on the task's item: asked for once per claim."""

from __future__ import annotations

from dh_core.errors import TransitionRefused
from dh_core.store.table import ConditionFailed, Item, Table
from dh_core.store.tasks.records import Claim, task_key
from dh_core.tasks.states import Phase


class AssistanceStore:
    """For the dispatcher, which alone submits jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, claim: Claim) -> bool:
        """True for whoever is to submit the job: the first to ask while the task runs so."""
        condition = _while_running(claim)
        condition["ConditionExpression"] += (
            " AND (attribute_not_exists(assisted_worker) OR assisted_worker <> :owner)"
        )
        try:
            self._table.update(
                {
                    "Key": task_key(claim.task_id),
                    "UpdateExpression": "SET assisted_worker = :owner REMOVE assist_job_id",
                    **condition,
                }
            )
        except ConditionFailed:
            return False
        return True

    def record_job(self, claim: Claim, job_id: str) -> None:
        """Note the job. Raises TransitionRefused when the task has moved on."""
        condition = _while_running(claim)
        condition["ExpressionAttributeValues"][":job"] = job_id
        try:
            self._table.update(
                {
                    "Key": task_key(claim.task_id),
                    "UpdateExpression": "SET assist_job_id = :job",
                    **condition,
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost

    def give_up(self, claim: Claim) -> None:
        """Let the next message try again: the job could not be submitted."""
        try:
            self._table.update(
                {
                    "Key": task_key(claim.task_id),
                    "UpdateExpression": "REMOVE assisted_worker",
                    **_while_running(claim),
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost


def _while_running(claim: Claim) -> Item:
    """The condition on a task's item that it runs under this claim."""
    return {
        "ConditionExpression": "phase = :running AND attempt = :attempt AND worker = :owner",
        "ExpressionAttributeValues": {
            ":running": Phase.RUNNING,
            ":attempt": claim.attempt,
            ":owner": claim.worker,
        },
    }
