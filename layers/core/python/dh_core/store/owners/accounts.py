"""Whether an owner's account is being deleted, and how far that has come.

The item stays for a while after the end, so that a client can still ask what became of it. It holds
a lease in an index partition of its own, by which the sweep finds a deletion that nobody goes on
with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from dh_core.clock import Clock, iso, new_id, system_clock
from dh_core.store.table import ConditionFailed, Item, Table
from dh_core.tasks.quota_windows import DAY

DELETING: Final = "deleting"
DELETED: Final = "deleted"
FIRST_STEP: Final = "1.tasks"
SETTLE: Final = "settle"
"""Waiting between the two passes; the steps are `functions.dispatch.account_deletion`'s."""
_KEPT_SECONDS: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class AccountDeletion:
    """`removed` counts what is gone by now; `step` is where the next batch goes on."""

    deletion_id: str
    owner: str
    state: Literal["deleting", "deleted"]
    step: str
    started_at: str
    ended_at: str | None
    removed: int
    lease_until: int


def deletion_key(owner: str) -> Item:
    return {"PK": f"ACCOUNT#{owner}", "SK": "DELETION"}


def is_deleting(item: Item) -> bool:
    return bool(item["SK"] == "DELETION" and item["state"] == DELETING)


class AccountStore:
    """Begins, reads and advances deletions."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def begin_deletion(self, owner: str, *, lease_seconds: int) -> AccountDeletion:
        """Start deleting, unless it goes on already; the answer is the deletion that does."""
        now = self._clock()
        try:
            item = self._table.update(
                {
                    "Key": deletion_key(owner),
                    "UpdateExpression": "SET deletion_id = :id, #owner = :owner, #state = :state, "
                    "#step = :step, started_at = :now, removed = :none, lease_until = :lease, "
                    "GSI2PK = :list, GSI2SK = :sort REMOVE ended_at, expires_at",
                    "ConditionExpression": "attribute_not_exists(PK) OR #state = :deleted",
                    "ExpressionAttributeNames": _NAMES,
                    "ExpressionAttributeValues": {
                        ":id": new_id(),
                        ":owner": owner,
                        ":state": DELETING,
                        ":deleted": DELETED,
                        ":step": FIRST_STEP,
                        ":now": iso(now),
                        ":none": 0,
                        **_lease(owner, int(now) + lease_seconds),
                        ":list": _LEASES,
                    },
                }
            )
        except ConditionFailed:
            return self._must_get(owner)
        return _record(item)

    def deletion(self, owner: str) -> AccountDeletion | None:
        item = self._table.get(deletion_key(owner))
        return _record(item) if item else None

    def advance(
        self, seen: AccountDeletion, *, step: str, removed: int, lease_seconds: int
    ) -> AccountDeletion | None:
        """Note what a batch did; None when another worker was quicker."""
        return self._update(
            seen,
            "SET #step = :step, lease_until = :lease, GSI2SK = :sort ADD removed :removed",
            {
                ":step": step,
                ":removed": removed,
                **_lease(seen.owner, int(self._clock()) + lease_seconds),
            },
            {"#step": "step"},
        )

    def finish(self, seen: AccountDeletion) -> AccountDeletion | None:
        """Nothing is left: lift the ban on new tasks and files."""
        now = self._clock()
        return self._update(
            seen,
            "SET #state = :state, ended_at = :now, expires_at = :ttl, lease_until = :none "
            "REMOVE GSI2PK, GSI2SK",
            {
                ":state": DELETED,
                ":now": iso(now),
                ":ttl": int(now) + _KEPT_SECONDS,
                ":none": 0,
            },
            {"#state": "state"},
        )

    def is_due(self, deletion: AccountDeletion) -> bool:
        """Whether its lease has run out."""
        return deletion.lease_until < self._clock()

    def expired(self) -> Iterator[AccountDeletion]:
        """Deletions that nobody has gone on with for too long."""
        for item in self._table.query(
            IndexName="GSI2",
            KeyConditionExpression="GSI2PK = :list AND GSI2SK < :now",
            ExpressionAttributeValues={":list": _LEASES, ":now": f"{int(self._clock()):012d}"},
        ):
            yield _record(item)

    def _update(
        self, seen: AccountDeletion, expression: str, values: Item, names: Item
    ) -> AccountDeletion | None:
        try:
            item = self._table.update(
                {
                    "Key": deletion_key(seen.owner),
                    "UpdateExpression": expression,
                    # Two workers at once do the same twice, which is harmless; only one moves on.
                    "ConditionExpression": "deletion_id = :id AND #seen_step = :seen_step "
                    "AND lease_until = :seen_lease AND removed = :seen_removed",
                    "ExpressionAttributeNames": names | {"#seen_step": "step"},
                    "ExpressionAttributeValues": values
                    | {
                        ":id": seen.deletion_id,
                        ":seen_step": seen.step,
                        ":seen_lease": seen.lease_until,
                        ":seen_removed": seen.removed,
                    },
                }
            )
        except ConditionFailed:
            return None
        return _record(item)

    def _must_get(self, owner: str) -> AccountDeletion:
        found = self.deletion(owner)
        if found is None:
            raise LookupError("the account's deletion ended while it was asked for")
        return found


_LEASES = "DELETIONS"
_NAMES = {"#owner": "owner", "#state": "state", "#step": "step"}


def _lease(owner: str, until: int) -> dict[str, Any]:
    return {":lease": until, ":sort": f"{until:012d}#{owner}"}


def _record(item: Item) -> AccountDeletion:
    return AccountDeletion(
        deletion_id=item["deletion_id"],
        owner=item["owner"],
        state=item["state"],
        step=item["step"],
        started_at=item["started_at"],
        ended_at=item.get("ended_at"),
        removed=int(item["removed"]),
        lease_until=int(item["lease_until"]),
    )
