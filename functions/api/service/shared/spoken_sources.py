"""What a composed video speaks: an upload, what an earlier task made, or a text in some voice."""

from __future__ import annotations

from dh_core.errors import Conflict, NotFound
from dh_core.limits import MAX_ID_CHARACTERS
from dh_core.specs.fields import TASK_ID
from dh_core.specs.task_types import ComposeSpec
from dh_core.store import TaskRecord, TemplateRecord
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import UUID
from functions.api.service.shared.context import Stores


def resolve(
    stores: Stores, caller: Caller, spec: ComposeSpec, template: TemplateRecord
) -> ComposeSpec:
    """The spec with its audio named for what it is, and the template's voice where none is given.

    An upload goes before a task of that name. Raises NotFound and, for a task that made no sound
    (yet), Conflict.
    """
    if spec.audio_task is not None:
        _check(_task_by_id(stores, caller, spec.audio_task))
        return spec
    if spec.audio_file is None:
        voice_id = spec.voice_id or template.parameters.get("voice_id")
        return spec.model_copy(update={"voice_id": voice_id})
    if stores.files.get(caller.owner, "audio", spec.audio_file):
        return spec
    task = _task_by_name(stores, caller, spec.audio_file)
    if task is None:
        raise NotFound(
            f"audio_file: there is no uploaded audio and no task named {spec.audio_file}; upload "
            "it to /api/upload/audio first, or give the uuid of a completed voice task.",
            code="file_not_found",
        )
    _check(task)
    return spec.model_copy(update={"audio_file": None, "audio_task": task.task_id})


def _task_by_name(stores: Stores, caller: Caller, name: str) -> TaskRecord | None:
    """The caller's task with this uuid or id."""
    if len(name) > MAX_ID_CHARACTERS or not UUID.fullmatch(name):
        return None
    task = stores.tasks.find_by_uuid(caller.owner, name)
    if task is None and TASK_ID.fullmatch(name):
        task = stores.tasks.get(name)
    # Another owner's task is as good as none, so that ids cannot be probed.
    return task if task is not None and task.owner == caller.owner else None


def _task_by_id(stores: Stores, caller: Caller, task_id: str) -> TaskRecord:
    task = stores.tasks.get(task_id)
    if task is None or task.owner != caller.owner:
        raise NotFound(
            "audio_task: there is no task by this id; use the task_id that its creation answered.",
            code="task_not_found",
        )
    return task


def _check(task: TaskRecord) -> None:
    """Raises Conflict unless the task has made a sound."""
    if task.phase is not Phase.COMPLETED:
        raise Conflict(
            f"The task whose audio is to be spoken is {task.status}; use it when it is completed "
            f"(/api/tasks/{task.task_id}/status).",
            code="audio_task_not_completed",
        )
    if "audio" not in (task.result or {}).get("files", {}):
        raise Conflict(
            "The task named as audio made no sound; name one of voice/generate or audio/extract.",
            code="audio_task_without_audio",
        )
