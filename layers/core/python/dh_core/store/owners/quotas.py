"""What an owner may do at most, counted in conditional writes: one number per window."""

from __future__ import annotations

from dataclasses import dataclass

from dh_core.clock import Clock, system_clock
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.tasks.quota_windows import MINUTE, Window, window_at


@dataclass(frozen=True, slots=True)
class RequestCount:
    """A request that was counted, or `refused`, in a window of `most`; so many are `left`."""

    window: Window
    most: int
    left: int
    refused: bool = False


class QuotaStore:
    """Counts requests. The tasks at work are counted by `at_work_write`."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def take_request(self, owner: str, per_minute: int) -> RequestCount:
        """Count a request, unless this one would be too many."""
        window = window_at(self._clock(), MINUTE)
        try:
            item = self._table.update(
                {
                    "Key": _rate_key(owner, window),
                    "UpdateExpression": "SET expires_at = :ttl ADD requests :one",
                    "ConditionExpression": "attribute_not_exists(requests) OR requests < :most",
                    "ExpressionAttributeValues": {
                        ":ttl": window.end + MINUTE,
                        ":one": 1,
                        ":most": per_minute,
                    },
                }
            )
        except ConditionFailed:
            return RequestCount(window, per_minute, 0, refused=True)
        return RequestCount(window, per_minute, max(per_minute - int(item["requests"]), 0))

    def requests(self, owner: str) -> tuple[int, Window]:
        """How many were counted in this window."""
        window = window_at(self._clock(), MINUTE)
        item = self._table.get(_rate_key(owner, window))
        return int(item["requests"]) if item else 0, window

    def at_work(self, owner: str) -> int:
        """How many of the owner's tasks wait or run, as far as they are counted."""
        item = self._table.get(_at_work_key(owner))
        return max(int(item["tasks"]), 0) if item else 0


def at_work_write(owner: str, change: int, *, most: int | None = None) -> Write:
    """An element of a transaction that counts a task in or out; fails where there are `most`."""
    update: Write = {
        "Key": _at_work_key(owner),
        "UpdateExpression": "ADD tasks :change",
        "ExpressionAttributeValues": {":change": change},
    }
    if most is not None:
        update["ConditionExpression"] = "attribute_not_exists(tasks) OR tasks < :most"
        update["ExpressionAttributeValues"] |= {":most": most}
    return {"Update": update}


def _rate_key(owner: str, window: Window) -> Item:
    return {"PK": f"RATE#{owner}", "SK": f"{window.start}"}


def _at_work_key(owner: str) -> Item:
    return {"PK": f"AT_WORK#{owner}", "SK": "AT_WORK"}
