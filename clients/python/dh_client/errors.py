"""What can go wrong, one class per kind. Every message is a sentence that can be shown.

DhError
├── ConnectionFailed        the server cannot be reached, or the line broke too often
├── InvalidInput            what was given cannot be sent: no such file, no such field
├── WaitTimeout             the task had not ended in time (also a TimeoutError)
├── WaitStopped             the caller asked to wait no longer
├── TaskFailed              the task ended without a result; `code` says why
│   └── TaskCancelled
└── ApiError                the server refused: `status`, `code`, `request_id`
    ├── InvalidRequest      400, 405, 413, 422
    ├── NotSignedIn         401
    ├── NotAllowed          403
    ├── NotFound            404, 410
    ├── Conflict            409
    ├── TooManyRequests     429, with `retry_after` seconds
    └── ServerFailed        500 and more
"""

from __future__ import annotations

from collections.abc import Sequence

from dh_client.generated.types import FieldProblem


class DhError(Exception):
    """Any failure of this client. `str()` of it is a sentence to show."""

    code = ""


class ConnectionFailed(DhError):
    """The server cannot be reached."""

    code = "connection_failed"


class InvalidInput(DhError):
    """What was given cannot be sent."""

    code = "invalid_input"


class WaitTimeout(DhError, TimeoutError):
    """The task had not ended in time; it goes on."""

    code = "wait_timeout"


class WaitStopped(DhError):
    """The caller asked to wait no longer; the task goes on."""

    code = "wait_stopped"


class TaskFailed(DhError):
    """The task ended without a result. `code` is its `error_code`."""

    def __init__(self, message: str, *, task_id: str, code: str = "") -> None:
        super().__init__(message)
        self.task_id = task_id
        self.code = code


class TaskCancelled(TaskFailed):
    """The task was cancelled."""


class ApiError(DhError):
    """The server refused. `code` is stable, `request_id` is in the server's log.

    `details` names every wrong field; `retryable`: the same request may succeed later.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        retry_after: float | None = None,
        details: Sequence[FieldProblem] = (),
        retryable: bool = False,
        docs_url: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.details = list(details)
        self.retryable = retryable
        self.docs_url = docs_url


class InvalidRequest(ApiError):
    """The request is not right; the message says what to change."""


class NotSignedIn(ApiError):
    """There is no credential, or it is not valid (any more)."""


class NotAllowed(ApiError):
    """The credential does not allow that."""


class NotFound(ApiError):
    """There is nothing of yours by that name."""


class Conflict(ApiError):
    """The request contradicts the state of things."""


class TooManyRequests(ApiError):
    """A limit was reached; `retry_after` says when to come again."""


class ServerFailed(ApiError):
    """Something went wrong on the server's side."""


_BY_STATUS: dict[int, type[ApiError]] = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    429: TooManyRequests,
}


def error_class(status: int) -> type[ApiError]:
    """The class for an HTTP status."""
    return _BY_STATUS.get(status, ServerFailed if status >= 500 else InvalidRequest)
