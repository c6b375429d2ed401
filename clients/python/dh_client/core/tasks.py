"""Creating tasks, and what a task's state says."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from dh_client.core.session import Session
from dh_client.core.uploads import OnTransfer, Unfinished, upload
from dh_client.core.wire import Flow, Send
from dh_client.creation import Creation
from dh_client.errors import InvalidInput, TaskCancelled, TaskFailed
from dh_client.generated.creations import CREATIONS
from dh_client.generated.types import Status

_ENDED: Final = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """How far a task is. `progress` is 0…100; `result` is set once it is completed."""

    task_id: str
    status: Status
    progress: int
    stage: str | None = None
    preview_url: str | None = None
    """While a film is made: an HLS playlist of what is there, for any player, for an hour."""
    result: dict[str, Any] | None = None
    error_message: str | None = None
    error_code: str | None = None
    task_type: str | None = None
    eta_seconds: int | None = None
    queue_position: int | None = None
    next_poll_ms: int | None = None
    wait_seconds: int = 0
    """How long the server can wait for the next change."""
    uuid: str | None = None
    created_at: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The server's whole answer."""

    @property
    def has_ended(self) -> bool:
        return self.status in _ENDED

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Reads an answer; what this client does not know of stays in `document`."""
        known = (name for name in cls.__slots__ if name in document)
        return cls(**{name: document[name] for name in known}, document=document)

    @property
    def files(self) -> dict[str, str]:
        """What the task made, by kind: `video`, `audio`, `srt`, …; the values are routes."""
        routes = {
            name.removesuffix("_url"): value
            for name, value in (self.result or {}).items()
            if name.endswith("_url") and isinstance(value, str)
        }
        return {kind: route for kind, route in routes.items() if "/download/" in route}

    @property
    def main_file(self) -> str | None:
        """The route of what the task was asked for."""
        files = self.files
        first = (files.get(kind) for kind in ("video", "audio", "download", "preview"))
        return next((route for route in first if route), next(iter(files.values()), None))

    def checked(self) -> Self:
        """This, if the task is completed or still going. Raises TaskFailed."""
        if self.status == "cancelled":
            raise TaskCancelled("The task was cancelled.", task_id=self.task_id, code="cancelled")
        if self.status == "failed":
            said = self.error_message or "The task failed; create it again."
            raise TaskFailed(said, task_id=self.task_id, code=self.error_code or "")
        return self


OnStatus = Callable[[TaskStatus], None]


def create(
    session: Session,
    unfinished: Unfinished,
    task_type: str,
    fields: Mapping[str, Any],
    *,
    key: str | None,
    on_transfer: OnTransfer,
    **parameters: str,
) -> Flow[str]:
    """Start a task; returns its id. A Path among the fields is a file that is uploaded first."""
    creation = known(task_type)
    check_names(creation, fields)
    body: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, Path):
            described = creation.field(name)
            if described is None or described.upload is None:
                raise InvalidInput(f"{name} takes no file.")
            body[name] = yield from upload(
                session, unfinished, value, described.upload, on_transfer
            )
        elif value is not None:
            body[name] = value
    request = Send(
        creation.method,
        session.address(creation.route.format(**parameters)),
        {"Idempotency-Key": key or uuid.uuid4().hex},
        json=body,
    )
    # The key makes a repetition answer the task of the first time.
    return str((yield from session.ask(request, may_repeat=True)).json()["task_id"])


def known(task_type: str) -> Creation:
    """Raises InvalidInput with the nearest name."""
    if creation := CREATIONS.get(task_type):
        return creation
    raise InvalidInput(f"There is no task type {task_type}. {nearest(task_type, CREATIONS)}")


def check_names(creation: Creation, names: Iterable[str], *, beside: Iterable[str] = ()) -> None:
    """Raises InvalidInput if the creation takes no field of such a name, nor is it `beside`."""
    taken = [*(one.name for one in creation.fields), *beside]
    for name in names:
        if name not in taken:
            raise InvalidInput(
                f"{creation.task_type} takes no field {name}. {nearest(name, taken)}"
            )


def nearest(name: str, names: Iterable[str]) -> str:
    """What was probably meant, or else all there is."""
    choice = list(names)
    close = difflib.get_close_matches(name, choice, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else f"There are {', '.join(choice)}."


def status(session: Session, task_id: str, wait: int | None = None) -> Flow[TaskStatus]:
    params = {"wait": None if wait is None else str(wait)}
    return TaskStatus.of((yield from session.get(f"/tasks/{task_id}/status", params)))
