"""A small client of our own HTTP API: upload, create, follow, cancel, download."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import httpx

MediaKind = Literal["video", "audio", "image"]

TERMINAL: Final = frozenset({"completed", "failed", "cancelled"})
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_SLOWEST_POLL_SECONDS = 1.0


class ApiError(Exception):
    """The server refused a request; `status` is the HTTP status, `code` the API's own."""

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """One answer of the status route. `progress` is 0…100; `result` is set when completed."""

    task_id: str
    status: str
    progress: int
    stage: str | None
    result: dict[str, Any] | None
    error_message: str | None
    error_code: str | None
    next_poll_ms: int | None

    @property
    def has_ended(self) -> bool:
        return self.status in TERMINAL

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            task_id=body["task_id"],
            status=body["status"],
            progress=int(body["progress"]),
            stage=body.get("stage"),
            result=body.get("result"),
            error_message=body.get("error_message"),
            error_code=body.get("error_code"),
            next_poll_ms=body.get("next_poll_ms"),
        )


class _Bearer(httpx.Auth):
    """Sends the credential to the API only: the bucket must not see it, and would refuse it."""

    def __init__(self, credential: str, base_url: httpx.URL) -> None:
        self._credential = credential
        self._netloc = base_url.netloc

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.url.netloc == self._netloc:
            request.headers["Authorization"] = f"Bearer {self._credential}"
        yield request


class ApiClient:
    """Context manager. `base_url` is the server's origin (`http://127.0.0.1:8000`).

    `credential` is an access token or an API key, for a server that asks for one.

    Every method raises ApiError when the server refuses and httpx.TransportError when it cannot
    be reached.
    """

    def __init__(
        self,
        base_url: str,
        transport: httpx.BaseTransport | None = None,
        *,
        credential: str | None = None,
    ) -> None:
        # An environment's proxy would swallow requests to loopback.
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api",
            timeout=_TIMEOUT,
            transport=transport,
            auth=_Bearer(credential, httpx.URL(base_url)) if credential else None,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, route: str) -> dict[str, Any]:
        """The JSON document at a route."""
        return self._json("GET", route)

    def post(
        self, route: str, body: Mapping[str, Any], *, key: str | None = None
    ) -> dict[str, Any]:
        """The answer to a JSON document. `key`: of idempotency, for what is created."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._json("POST", route, json=dict(body), headers=headers)

    def upload(self, path: Path, kind: MediaKind) -> str:
        """Send a file by presigned POST; returns the name under which tasks refer to it."""
        announced = self.register_upload(path, kind)
        self.send_file(path, announced)
        return str(announced["file_info"]["filename"])

    def register_upload(self, path: Path, kind: MediaKind) -> dict[str, Any]:
        """Ask where a file may be sent; answers `file_info` and `upload`."""
        body = {"filename": path.name, "file_size": path.stat().st_size}
        return self._json("POST", f"/upload/{kind}", json=body)

    def send_file(self, path: Path, announced: Mapping[str, Any]) -> None:
        """POST a file's bytes straight to the bucket, as the presigned form says."""
        target = announced["upload"]
        with path.open("rb") as file:
            # A form part's own type is free; the policy pins the one among the fields.
            part = (path.name, file, target["fields"].get("Content-Type", ""))
            _check(self._http.post(target["url"], data=target["fields"], files={"file": part}))

    def create(self, route: str, body: Mapping[str, Any]) -> str:
        """Create a task at `route` (`digital-human/create`); returns its id."""
        return str(self._json("POST", f"/tasks/{route}", json=dict(body))["task_id"])

    def prepare_avatar(self, body: Mapping[str, Any]) -> str:
        """Prepare a sample video ahead; returns the task's id."""
        return str(self._json("POST", "/avatars", json=dict(body))["task_id"])

    def save_voice(self, body: Mapping[str, Any]) -> str:
        """Save a voice; returns its id, which is also its task's."""
        return str(self._json("POST", "/voices", json=dict(body))["voice_id"])

    def delete(self, route: str) -> None:
        """Delete what a route names."""
        self._json("DELETE", route)

    def status(self, task_id: str) -> TaskStatus:
        return TaskStatus.of(self._json("GET", f"/tasks/{task_id}/status"))

    def cancel(self, task_id: str) -> None:
        self._json("POST", f"/tasks/{task_id}/cancel")

    def wait(
        self,
        task_id: str,
        on_status: Callable[[TaskStatus], None] = lambda _: None,
        timeout: float | None = None,
    ) -> TaskStatus:
        """Poll until the task has ended; raises TimeoutError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            status = self.status(task_id)
            on_status(status)
            if status.has_ended:
                return status
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"task {task_id} is still {status.status}")
            # The server's figure suits thousands of phones; here one person watches.
            time.sleep(min((status.next_poll_ms or 1000) / 1000, _SLOWEST_POLL_SECONDS))

    def download(self, url: str, output: Path) -> None:
        """Save a result (`/download/generated/video/…`); nothing stays behind on failure."""
        draft = output.with_name(f"{output.name}.part")
        try:
            with draft.open("wb") as file:
                for block in self.read(url):
                    file.write(block)
            draft.replace(output)
        finally:
            draft.unlink(missing_ok=True)

    def read(self, url: str) -> Iterator[bytes]:
        """A result, block by block."""
        route = url.removeprefix("/api")
        with self._http.stream("GET", route, follow_redirects=True) as response:
            if response.is_error:
                response.read()
            _check(response)
            yield from response.iter_bytes()

    def _json(self, method: str, route: str, **options: Any) -> dict[str, Any]:
        body: dict[str, Any] = _check(self._http.request(method, route, **options)).json()
        return body


def _check(response: httpx.Response) -> httpx.Response:
    """Raise ApiError with the server's own words unless the answer is a success."""
    if response.is_success:
        return response
    message, code = f"{response.status_code} {response.reason_phrase}", ""
    if "json" in response.headers.get("content-type", ""):
        body = response.json()
        message, code = body.get("error", message), body.get("code", "")
    raise ApiError(message, code=code, status=response.status_code)
