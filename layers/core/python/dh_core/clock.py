"""Time and identifiers, in one place so that tests can hold them still."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Seconds since the epoch, UTC."""

system_clock: Clock = time.time


def iso(epoch_seconds: float) -> str:
    """ISO 8601 in UTC with `Z` and milliseconds: sorts as text in the order of time."""
    moment = datetime.fromtimestamp(epoch_seconds, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """A random (version 4) UUID, as the seed API's task ids look."""
    return str(uuid.uuid4())


def short_id() -> str:
    """Twelve random hex digits, for generated file names."""
    return uuid.uuid4().hex[:12]
