"""Creating tasks, `GET /tasks/{task_id}/status`, cancel, delete, `POST /task/process`."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dh_core.errors import StreamUnavailable
from dh_core.specs.task_types.avatar import AvatarSpec
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.voice import VoiceSpec
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import CurrentCaller, CurrentStores, IsHead
from functions.api.http.error_responses import Responses, errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import TaskId
from functions.api.routes.tasks.creation import add_creation
from functions.api.schemas.tasks.lifecycle import (
    ProcessRequest,
    StatusResponse,
    TaskDeletedResponse,
    TaskResponse,
)
from functions.api.service.library import templates
from functions.api.service.shared import entity_tags, task_states
from functions.api.service.shared.context import Stores
from functions.api.service.tasks import lifecycle, waiting

router = LazyRouter(tags=["tasks"])

_ETAG: Final = {
    "ETag": {"description": "Changes when there is something new", "schema": {"type": "string"}}
}
_NOT_MODIFIED: Final[Responses] = {
    200: {"headers": _ETAG},
    304: {
        "description": "Nothing has changed since the answer with this ETag",
        "headers": _ETAG,
    },
}
_STREAM: Final[Responses] = {
    200: {"content": {"text/event-stream": {"schema": {}}}},
    204: {"description": "The task has ended, as Last-Event-ID says · 任务已结束"},
}


add_creation(router, "/tasks/voice/generate", VoiceSpec)
add_creation(router, "/tasks/digital-human/create", DigitalHumanSpec)
add_creation(router, "/tasks/template/create", TemplateSpec, answer=templates.created)
add_creation(router, "/tasks/video/compose", ComposeSpec)
add_creation(router, "/tasks/audio/extract", ExtractAudioSpec)
add_creation(router, "/avatars", AvatarSpec)


@router.get(
    "/tasks/{task_id}/status",
    summary="Ask for a task's status · 查询任务状态",
    response_model=StatusResponse,
    responses={**_NOT_MODIFIED, **errors("task_not_found")},
)
async def get_task_status(
    request: Request,
    stores: CurrentStores,
    caller: CurrentCaller,
    task_id: TaskId,
    wait: Annotated[
        int, Query(ge=0, le=60, description="Seconds to wait for the next change, at most")
    ] = 0,
    if_none_match: Annotated[
        str | None, Header(max_length=1024, description="The ETag of an earlier answer")
    ] = None,
) -> Response:
    """How far a task is, and its result once it is completed.

    Ask again after `next_poll_ms`; with `If-None-Match` the answer is 304 while nothing changes.
    With `wait` it comes at the next change (of what the ETag named, or else of now), if the server
    can wait: then by its `WAIT_SECONDS` at the latest.
    """
    state = await waiting.next_state(
        _reader(stores, caller, task_id),
        is_known=partial(entity_tags.matches, if_none_match) if if_none_match else None,
        seconds=min(wait, stores.settings.wait_seconds),
        is_gone=request.is_disconnected,
    )
    etag = task_states.etag_of(state)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if entity_tags.matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    # Written here: FastAPI would validate and copy what was validated a moment ago.
    return Response(state.model_dump_json(), media_type="application/json", headers=headers)


@router.get(
    "/tasks/{task_id}/status/stream",
    summary="Follow a task's status · 订阅任务状态",
    response_class=StreamingResponse,
    responses={**_STREAM, **errors("task_not_found", "stream_unavailable")},
)
async def stream_task_status(
    stores: CurrentStores,
    caller: CurrentCaller,
    is_head: IsHead,
    task_id: TaskId,
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="The id of the last event that arrived")
    ] = None,
) -> Response:
    """Server-sent events: the status now, and again with every change until the task has ended.

    The connection ends after five minutes at the latest; connect again with `Last-Event-ID`. 204:
    the task has ended, and you know it.
    """
    read = _reader(stores, caller, task_id)
    first = await read()
    if not stores.settings.wait_seconds:
        raise StreamUnavailable
    if first.status.is_terminal and last_event_id == waiting.event_id(first):
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if is_head:
        return Response(media_type="text/event-stream", headers=headers)
    events = waiting.states(read, first, last_event_id)
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _reader(stores: Stores, caller: Caller, task_id: str) -> waiting.Read:
    """Looks at the task in another thread: many may wait in this one."""

    async def read() -> StatusResponse:
        return await run_in_threadpool(lifecycle.status, stores, caller, task_id)

    return read


@router.post(
    "/tasks/{task_id}/cancel",
    summary="Cancel a task · 取消任务",
    responses=errors("task_not_found", "task_already_ended", "conflict"),
)
def cancel_task(stores: CurrentStores, caller: CurrentCaller, task_id: TaskId) -> TaskResponse:
    """End a task that has not ended yet; what it was making is thrown away."""
    return lifecycle.cancel(stores, caller, task_id)


@router.delete(
    "/tasks/{task_id}",
    summary="Delete a task and its results · 删除任务",
    responses=errors("task_not_found", "task_not_ended"),
)
def delete_task(
    stores: CurrentStores, caller: CurrentCaller, task_id: TaskId
) -> TaskDeletedResponse:
    """Delete an ended task and its results. One that has not ended must be cancelled first."""
    return lifecycle.delete_task(stores, caller, task_id)


@router.post(
    "/task/process",
    summary="Start a waiting task · 提交任务处理",
    responses=errors("task_not_found"),
)
def process_task(
    body: ProcessRequest, stores: CurrentStores, caller: CurrentCaller
) -> TaskResponse:
    """Start a task that still waits. Tasks start by themselves, so this is never needed."""
    return lifecycle.process(stores, caller, body.task_id)
