"""What an owner may do at most, counted in conditional writes: one number per window."""

from __future__ import annotations

from dh_core.clock import Clock, system_clock
from dh_core.store.table import ConditionFailed, Table, Write
from dh_core.tasks.quota_windows import MINUTE, Window, window_at


class QuotaStore:
    """Counts requests. The tasks at work are counted by `at_work_write`."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def take_request(self, owner: str, per_minute: int) -> Window | None:
        """Count a request; the window that is full, if this one would be too many."""
        window = window_at(self._clock(), MINUTE)
        try:
            self._table.update(
                {
                    "Key": {"PK": f"RATE#{owner}", "SK": f"{window.start}"},
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
            return window
        return None


def at_work_write(owner: str, change: int, *, most: int | None = None) -> Write:
    """An element of a transaction that counts a task in or out; fails where there are `most`."""
    update: Write = {
        "Key": {"PK": f"AT_WORK#{owner}", "SK": "AT_WORK"},
        "UpdateExpression": "ADD tasks :change",
        "ExpressionAttributeValues": {":change": change},
    }
    if most is not None:
        update["ConditionExpression"] = "attribute_not_exists(tasks) OR tasks < :most"
        update["ExpressionAttributeValues"] |= {":most": most}
    return {"Update": update}
