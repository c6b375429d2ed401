"""Segments of a long video that several processes render: which is whose, and which are done.

A segment is claimed under a lease, by whoever finds it free. Claiming and finishing one are
transactions with a check that its task still runs under the very claim that cut it: helpers of an
attempt that was cancelled, lost or overtaken are fenced off with it. Renewing a lease is a plain
write, at a quarter of the price; all that a late renewal can do is keep others from a segment
nobody wants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dh_core.clock import Clock, system_clock
from dh_core.errors import TransitionRefused
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.tasks.records import Claim, run_key, task_key

LEASE_SECONDS: Final = 15
"""After this without a sign of life a segment is anybody's again. Renewed at half of it."""
_KEPT_SECONDS: Final = 86_400
_WRITES_MOST: Final = 50
"""Per transaction; DynamoDB takes 100 (TransactWriteItems)."""


class SegmentState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One segment, counted from 0. `worker`: who has it, or made it."""

    number: int
    state: SegmentState
    worker: str | None
    lease_until: int

    def is_free(self, now: float) -> bool:
        """Whether it waits, or whoever had it has gone silent."""
        expired = self.state is SegmentState.CLAIMED and self.lease_until < now
        return self.state is SegmentState.WAITING or expired


class SegmentStore:
    """`claim` is always the task's: that of the worker which cut the video into segments."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def open(self, claim: Claim, count: int) -> None:
        """Offer segments 0 to `count` - 1. Raises TransitionRefused."""
        expires_at = int(self._clock()) + _KEPT_SECONDS
        puts: list[Write] = [
            {
                "Put": {
                    "Item": _key(claim, number)
                    | {"number": number, "state": SegmentState.WAITING, "expires_at": expires_at}
                }
            }
            for number in range(count)
        ]
        for start in range(0, count, _WRITES_MOST):
            self._fenced(claim, *puts[start : start + _WRITES_MOST])

    def all(self, claim: Claim) -> list[SegmentRecord]:
        """Every segment of this claim, in order."""
        return [
            _record(item)
            for item in self._table.query(
                KeyConditionExpression="PK = :task AND begins_with(SK, :segments)",
                ExpressionAttributeValues={
                    ":task": task_key(claim.task_id)["PK"],
                    ":segments": _prefix(claim),
                },
                ConsistentRead=True,
            )
        ]

    def has_free(self, claim: Claim) -> bool:
        """Whether there is a segment to be taken."""
        return any(one.is_free(self._clock()) for one in self.all(claim))

    def take(
        self, claim: Claim, worker: str, known: Sequence[SegmentRecord], start: int = 0
    ) -> int | None:
        """Claim a free one of the `known`, looking from number `start` on and round; its number.

        None when none is free. Raises TransitionRefused when the task has moved on.
        """
        for record in [*known[start:], *known[:start]]:
            if record.is_free(self._clock()) and self._take(claim, worker, record.number):
                return record.number
        return None

    def renew(self, claim: Claim, number: int, worker: str) -> bool:
        """Push the lease on; False when the segment is not this worker's any more."""
        try:
            self._table.update(
                {
                    "Key": _key(claim, number),
                    "UpdateExpression": "SET lease_until = :until",
                    **_held(worker, {":until": int(self._clock()) + LEASE_SECONDS}),
                }
            )
        except ConditionFailed:
            return False
        return True

    def release(self, claim: Claim, number: int, worker: str) -> bool:
        """Give a segment back unfinished; False when it is not this worker's any more."""
        try:
            self._table.update(
                {
                    "Key": _key(claim, number),
                    "UpdateExpression": "SET #state = :waiting REMOVE worker, lease_until",
                    **_held(worker, {":waiting": SegmentState.WAITING}),
                }
            )
        except ConditionFailed:
            return False
        return True

    def finish(self, claim: Claim, number: int, worker: str) -> bool:
        """Say that it is made and stored; False when it is not this worker's any more.

        Raises TransitionRefused when the task has moved on.
        """
        update: Write = {
            "Update": {
                "Key": _key(claim, number),
                "UpdateExpression": "SET #state = :done REMOVE lease_until",
                **_held(worker, {":done": SegmentState.DONE}),
            }
        }
        return self._fenced(claim, update)

    def _take(self, claim: Claim, worker: str, number: int) -> bool:
        now = int(self._clock())
        update: Write = {
            "Update": {
                "Key": _key(claim, number),
                "UpdateExpression": "SET #state = :claimed, worker = :worker, lease_until = :until",
                "ConditionExpression": "#state = :waiting "
                "OR (#state = :claimed AND lease_until < :now)",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": {
                    ":waiting": SegmentState.WAITING,
                    ":claimed": SegmentState.CLAIMED,
                    ":worker": worker,
                    ":until": now + LEASE_SECONDS,
                    ":now": now,
                },
            }
        }
        return self._fenced(claim, update)

    def _fenced(self, claim: Claim, *writes: Write) -> bool:
        """Carry the writes out while the task is the claim's; False when one of them lost."""
        check: Write = {
            "ConditionCheck": {
                "Key": run_key(claim.task_id),
                "ConditionExpression": "worker = :owner",
                "ExpressionAttributeValues": {":owner": claim.worker},
            }
        }
        try:
            self._table.transact(lambda: [check, *writes])
        except ConditionFailed as lost:
            if 0 in lost.failed:
                raise TransitionRefused from lost
            return False
        return True


def _held(worker: str, values: Item) -> Item:
    """The condition on a segment that this worker has it."""
    return {
        "ConditionExpression": "#state = :claimed AND worker = :worker",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {
            ":claimed": SegmentState.CLAIMED,
            ":worker": worker,
            **values,
        },
    }


def _prefix(claim: Claim) -> str:
    # By the run as well: a restarted parent begins anew, whatever its first run left.
    return f"SEGMENT#{claim.output_folder}#"


def _key(claim: Claim, number: int) -> Item:
    return {"PK": task_key(claim.task_id)["PK"], "SK": f"{_prefix(claim)}{number:04d}"}


def _record(item: Item) -> SegmentRecord:
    return SegmentRecord(
        number=int(item["number"]),
        state=SegmentState(item["state"]),
        worker=item.get("worker"),
        lease_until=int(item.get("lease_until", 0)),
    )
