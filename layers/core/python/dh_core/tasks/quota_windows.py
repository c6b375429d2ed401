"""The windows of time in which quotas are counted: fixed, UTC. Pure.

A minute's window starts on the minute, a day's at midnight. A client may so spend two minutes'
requests around a full minute; in return a count is one number, and its window tells when to retry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

MINUTE: Final = 60
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Window:
    """`start` in seconds since the epoch, `length` in seconds."""

    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    def retry_after(self, now: float) -> int:
        """Whole seconds until the next window has begun, at least one."""
        return max(math.ceil(self.end - now), 1)


def window_at(now: float, length: int) -> Window:
    """The window that `now` falls into."""
    return Window(int(now // length) * length, length)


def day_of(now: float) -> date:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(now, tz=UTC).date()
