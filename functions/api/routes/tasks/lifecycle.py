"""Creating tasks, `GET /tasks/{task_id}/status`, cancel, delete, `POST /task/process`."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Header
from starlette.responses import Response

from dh_core.specs.task_types.avatar import AvatarSpec
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.voice import VoiceSpec
from functions.api.http.dependencies import CurrentCaller, CurrentStores
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
from functions.api.service.tasks import lifecycle

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
def status(
    stores: CurrentStores,
    caller: CurrentCaller,
    task_id: TaskId,
    if_none_match: Annotated[
        str | None, Header(max_length=1024, description="The ETag of an earlier answer")
    ] = None,
) -> Response:
    """How far a task is, and its result once it is completed.

    Ask again after `next_poll_ms`; with `If-None-Match` the answer is 304 while nothing changes.
    """
    state = lifecycle.status(stores, caller, task_id)
    etag = task_states.etag_of(state)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if entity_tags.matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    # Written here: FastAPI would validate and copy what was validated a moment ago.
    return Response(state.model_dump_json(), media_type="application/json", headers=headers)


@router.post(
    "/tasks/{task_id}/cancel",
    summary="Cancel a task · 取消任务",
    responses=errors("task_not_found", "task_already_ended", "conflict"),
)
def cancel(stores: CurrentStores, caller: CurrentCaller, task_id: TaskId) -> TaskResponse:
    """End a task that has not ended yet; what it was making is thrown away."""
    return lifecycle.cancel(stores, caller, task_id)


@router.delete(
    "/tasks/{task_id}",
    summary="Delete a task and its results · 删除任务",
    responses=errors("task_not_found", "task_not_ended"),
)
def delete(stores: CurrentStores, caller: CurrentCaller, task_id: TaskId) -> TaskDeletedResponse:
    """Delete an ended task and its results. One that has not ended must be cancelled first."""
    return lifecycle.delete_task(stores, caller, task_id)


@router.post(
    "/task/process",
    summary="Start a waiting task · 提交任务处理",
    responses=errors("task_not_found"),
)
def process(body: ProcessRequest, stores: CurrentStores, caller: CurrentCaller) -> TaskResponse:
    """Start a task that still waits. Tasks start by themselves, so this is never needed."""
    return lifecycle.process(stores, caller, body.task_id)
