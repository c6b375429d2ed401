"""What is there: tasks, voices, templates, uploads, usage."""

from __future__ import annotations

from datetime import date
from typing import Any

from dh_client.core.session import Session
from dh_client.core.wire import Flow, Send
from dh_client.generated.types import (
    FilesResponse,
    FileType,
    Status,
    TasksResponse,
    TaskType,
    TemplatesResponse,
    UsageResponse,
    VoicesResponse,
)


def page(
    session: Session, route: str, limit: int | None, cursor: str | None, **filters: str | None
) -> Flow[Any]:
    """One page of a list."""
    count = None if limit is None else str(limit)
    return (yield from session.get(route, {"limit": count, "cursor": cursor, **filters}))


def tasks(
    session: Session,
    task_type: TaskType | None,
    status: Status | None,
    limit: int | None,
    cursor: str | None,
) -> Flow[TasksResponse]:
    found: TasksResponse = yield from page(
        session, "/tasks", limit, cursor, type=task_type, status=status
    )
    return found


def voices(session: Session, limit: int | None, cursor: str | None) -> Flow[VoicesResponse]:
    found: VoicesResponse = yield from page(session, "/voices", limit, cursor)
    return found


def templates(session: Session, limit: int | None, cursor: str | None) -> Flow[TemplatesResponse]:
    found: TemplatesResponse = yield from page(session, "/templates/list", limit, cursor)
    return found


def files(
    session: Session, kind: FileType | None, limit: int | None, cursor: str | None
) -> Flow[FilesResponse]:
    found: FilesResponse = yield from page(session, "/files/list", limit, cursor, type=kind)
    return found


def usage(session: Session, first: date | None, last: date | None) -> Flow[UsageResponse]:
    days = {
        "from": None if first is None else first.isoformat(),
        "to": None if last is None else last.isoformat(),
    }
    found: UsageResponse = yield from session.get("/usage", days)
    return found


def delete(session: Session, route: str) -> Flow[Any]:
    return (yield from session.ask(Send("DELETE", session.address(route)))).json()
