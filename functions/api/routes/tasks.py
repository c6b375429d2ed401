"""`POST /tasks/…` (five kinds), `GET /tasks/{task_id}/status`, cancel, `POST /task/process`."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Header
from starlette.responses import Response

from dh_core.tasks.states import TaskType
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import (
    CREATES_A_TASK,
    CREATES_OF_A_PERSON,
    SPEAKS,
    Responses,
    errors,
)
from functions.api.http.parameters import TaskId
from functions.api.http.routing import LateRouter
from functions.api.routes.creating import IdempotencyKey, create_task
from functions.api.schemas.requests import (
    AvatarRequest,
    ComposeRequest,
    DigitalHumanRequest,
    ExtractAudioRequest,
    TemplateRequest,
    VoiceRequest,
)
from functions.api.schemas.tasks import (
    ProcessRequest,
    StatusResponse,
    TaskDeletedResponse,
    TaskResponse,
)
from functions.api.schemas.templates import TemplateTaskResponse
from functions.api.service import removal, tasks, templates
from functions.api.service.shared import task_states

router = LateRouter(tags=["tasks"])

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


@router.post(
    "/tasks/voice/generate",
    summary="Create a voice task · 创建语音生成任务",
    responses=errors(*CREATES_OF_A_PERSON, *SPEAKS),
)
def create_voice(
    body: VoiceRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TaskResponse:
    """Speak a text, in the direction of a reference voice if one is given."""
    return create_task(stores, caller, TaskType.VOICE, body, idempotency_key)


@router.post(
    "/tasks/digital-human/create",
    summary="Create a digital-human task · 创建数字人生成任务",
    responses=errors(*CREATES_OF_A_PERSON, *SPEAKS),
)
def create_digital_human(
    body: DigitalHumanRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TaskResponse:
    """Make the person of a video speak a text (`speech_text`) or a recording (`speech_audio`)."""
    return create_task(stores, caller, TaskType.DIGITAL_HUMAN, body, idempotency_key)


@router.post(
    "/avatars",
    summary="Prepare a sample video · 预处理数字人形象",
    responses=errors(*CREATES_OF_A_PERSON),
)
def create_avatar(
    body: AvatarRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TaskResponse:
    """Prepare a sample video ahead: its digital-human tasks then skip that stage."""
    return create_task(stores, caller, TaskType.AVATAR, body, idempotency_key)


@router.post(
    "/tasks/template/create",
    summary="Create a template task · 创建数字人模板任务",
    responses=errors(*CREATES_OF_A_PERSON, *SPEAKS),
)
def create_template(
    body: TemplateRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TemplateTaskResponse:
    """Place a person's photo on a background under a title.

    The template bears the id of this task and is there when the task is completed.
    """
    created = create_task(stores, caller, TaskType.TEMPLATE, body, idempotency_key)
    return templates.created(created, created.task_id)


@router.post(
    "/tasks/video/compose",
    summary="Create a composition task · 创建视频合成任务",
    responses=errors(
        *CREATES_A_TASK,
        *SPEAKS,
        "template_not_found",
        "template_not_ready",
        "task_not_found",
        "audio_task_not_completed",
        "audio_task_without_audio",
    ),
)
def create_compose(
    body: ComposeRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TaskResponse:
    """Make the person of a template speak an audio or a text, with subtitles and music."""
    return create_task(stores, caller, TaskType.COMPOSE, body, idempotency_key)


@router.post(
    "/tasks/audio/extract",
    summary="Create an audio-extraction task · 创建音频提取任务",
    responses=errors(*CREATES_A_TASK),
)
def create_extract_audio(
    body: ExtractAudioRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> TaskResponse:
    """Take the sound out of a video."""
    return create_task(stores, caller, TaskType.EXTRACT_AUDIO, body, idempotency_key)


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
    state = tasks.status(stores, caller, task_id)
    etag = task_states.etag_of(state)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if task_states.matches(if_none_match, etag):
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
    return tasks.cancel(stores, caller, task_id)


@router.delete(
    "/tasks/{task_id}",
    summary="Delete a task and its results · 删除任务",
    responses=errors("task_not_found", "task_not_ended"),
)
def delete(stores: CurrentStores, caller: CurrentCaller, task_id: TaskId) -> TaskDeletedResponse:
    """Delete an ended task and its results. One that has not ended must be cancelled first."""
    return removal.delete_task(stores, caller, task_id)


@router.post(
    "/task/process",
    summary="Start a waiting task · 提交任务处理",
    responses=errors("task_not_found"),
)
def process(body: ProcessRequest, stores: CurrentStores, caller: CurrentCaller) -> TaskResponse:
    """Start a task that still waits. Tasks start by themselves, so this is never needed."""
    return tasks.process(stores, caller, body.task_id)
