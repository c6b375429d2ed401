"""How a command ends: a status for scripts and a sentence for people."""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from dh_client.errors import (
    ApiError,
    ConnectionFailed,
    DhError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TaskFailed,
    WaitStopped,
    WaitTimeout,
)

REFUSED: Final = 1
USAGE: Final = 2
FAILED: Final = 6
INTERRUPTED: Final = 130

_STATUS: Final[tuple[tuple[type[DhError], int], ...]] = (
    (InvalidInput, USAGE),
    (NotSignedIn, 3),
    (NotAllowed, 3),
    (NotFound, 4),
    (ConnectionFailed, 5),
    (TaskFailed, FAILED),
    (WaitTimeout, 7),
    (WaitStopped, 7),
)

MEANINGS: Final = (
    "Exit status: 0 done; 1 refused, or a row of a batch is not done; 2 wrong use; 3 not signed in "
    "or not allowed; 4 there is nothing by that name; 5 the server cannot be reached; 6 the task "
    "failed or was cancelled; 7 it had not ended in time; 130 interrupted."
)


def status_of(error: DhError) -> int:
    """The exit status for an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), REFUSED)


def tell(error: Exception, *, as_json: bool) -> None:
    """Say on standard error what went wrong."""
    said: dict[str, Any] = {"error": str(error), "code": getattr(error, "code", "")}
    lines = [f"dh: {error}"]
    if isinstance(error, ApiError):
        said |= {"request_id": error.request_id, "details": error.details}
        lines += [f"    {one['reason']}" for one in error.details if one["reason"] != str(error)]
    text = json.dumps(said, ensure_ascii=False) if as_json else "\n".join(lines)
    sys.stderr.write(f"{text}\n")
