"""What a spec's fields name, and what it follows besides: the owner's pronunciations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dh_core.errors import Conflict, NotFound
from dh_core.limits import MAX_ID_CHARACTERS, FileType
from dh_core.specs.fields import TASK_ID
from dh_core.store import TaskRecord, TemplateRecord
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import UUID
from functions.api.service.shared.context import Stores


@dataclass(frozen=True, slots=True)
class OwnSources:
    """Implements `dh_core.specs.base.Sources` for one caller."""

    stores: Stores
    caller: Caller
    template: TemplateRecord | None
    """The one that the spec names, if it names one."""

    def has_upload(self, file_type: FileType, filename: str) -> bool:
        return self.stores.files.get(self.caller.owner, file_type, filename) is not None

    def template_voice(self) -> str | None:
        return self.template.parameters.get("voice_id") if self.template else None

    def pronunciations(self) -> Mapping[str, str]:
        return self.stores.pronunciations.get(self.caller.owner).readings

    def check_sound(self, task_id: str) -> None:
        task = self.stores.tasks.get(task_id)
        if task is None or task.owner != self.caller.owner:
            raise NotFound(
                "audio_task: there is no task by this id; use the task_id that its creation "
                "answered.",
                code="task_not_found",
            )
        _check(task)

    def sound_named(self, name: str) -> str:
        task = task_by_name(self.stores, self.caller, name)
        if task is None:
            raise NotFound(
                f"audio_file: there is no uploaded audio and no task named {name}; upload "
                "it to /api/upload/audio first, or give the uuid of a completed voice task.",
                code="file_not_found",
            )
        _check(task)
        return task.task_id


def task_by_name(stores: Stores, caller: Caller, name: str) -> TaskRecord | None:
    """The caller's task with this uuid or id."""
    if len(name) > MAX_ID_CHARACTERS or not UUID.fullmatch(name):
        return None
    task = stores.tasks.find_by_uuid(caller.owner, name)
    if task is None and TASK_ID.fullmatch(name):
        task = stores.tasks.get(name)
    # Another owner's task is as good as none, so that ids cannot be probed.
    return task if task is not None and task.owner == caller.owner else None


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
