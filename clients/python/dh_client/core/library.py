"""What is there: tasks, voices, templates, uploads, usage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from dh_client.core.session import Session
from dh_client.core.wire import Flow, Send
from dh_client.generated.types import (
    FileResponse,
    FilesResponse,
    FileType,
    PronunciationResponse,
    PronunciationsResponse,
    Status,
    TasksResponse,
    TaskType,
    TemplatesResponse,
    TextPreviewResponse,
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


def file(session: Session, kind: FileType, filename: str) -> Flow[FileResponse]:
    found: FileResponse = yield from session.get(f"/files/{kind}/{quote(filename, safe='')}", {})
    return found


def usage(session: Session, first: date | None, last: date | None) -> Flow[UsageResponse]:
    days = {
        "from": None if first is None else first.isoformat(),
        "to": None if last is None else last.isoformat(),
    }
    found: UsageResponse = yield from session.get("/usage", days)
    return found


def preview_text(session: Session, fields: Mapping[str, Any]) -> Flow[TextPreviewResponse]:
    request = Send("POST", session.address("/tasks/voice/preview-text"), json=dict(fields))
    read: TextPreviewResponse = (yield from session.ask(request, may_repeat=True)).json()
    return read


def pronunciations(session: Session) -> Flow[PronunciationsResponse]:
    found: PronunciationsResponse = yield from session.get("/pronunciations")
    return found


def set_pronunciation(session: Session, word: str, reading: str) -> Flow[PronunciationResponse]:
    route = session.address(f"/pronunciations/{quote(word, safe='')}")
    kept: PronunciationResponse = (
        yield from session.ask(Send("PUT", route, json={"reading": reading}))
    ).json()
    return kept


def delete(session: Session, route: str) -> Flow[Any]:
    return (yield from session.ask(Send("DELETE", session.address(route)))).json()
