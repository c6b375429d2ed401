"""The voice library: the caller's own voices, and the built-in ones that all may use."""

from __future__ import annotations

from typing import Final

from dh_core.access.cursors import Listing, Position
from dh_core.cloud.media_store import voice_folder
from dh_core.errors import Conflict, NotFound
from dh_core.specs.built_in_voices import BUILT_IN_VOICES, BuiltInVoice
from dh_core.specs.fields import TASK_ID
from dh_core.specs.task_types import SPECS
from dh_core.store import VoiceRecord
from functions.api.auth.caller import Caller
from functions.api.schemas.library.voices import (
    Voice,
    VoiceDeletedResponse,
    VoiceResponse,
    VoicesResponse,
    VoiceTaskResponse,
)
from functions.api.schemas.tasks.lifecycle import TaskResponse
from functions.api.service.shared.context import Stores

_AMONG_THE_BUILT_IN: Final = "built-in"
"""Begins the position of a list that has come to the built-in voices; how many follows."""


def created(task: TaskResponse) -> VoiceTaskResponse:
    """The voice bears the id of the task that makes it."""
    return VoiceTaskResponse(**task.model_dump(), voice_id=task.task_id)


def list_voices(
    stores: Stores, caller: Caller, *, limit: int, cursor: str | None
) -> VoicesResponse:
    """Own voices, newest first, then the built-in ones. `total` counts all pages.

    Raises InvalidRequest (cursor).
    """
    listing = Listing(caller.owner, "voices", {})
    position = stores.cursors.decode(listing, cursor)
    found: list[Voice] = []
    following: Position | None = None
    start = 0
    if position and position[0] == _AMONG_THE_BUILT_IN:
        start = int(position[1])
    else:
        page = stores.voices.list(caller.owner, limit=limit, cursor=position)
        found, following = [Voice.own(voice) for voice in page.records], page.cursor
    if following is None:
        built_in = list(BUILT_IN_VOICES.values())
        stop = start + limit - len(found)
        found += [Voice.built_in(voice) for voice in built_in[start:stop]]
        following = (_AMONG_THE_BUILT_IN, str(stop)) if stop < len(built_in) else None
    return VoicesResponse(
        voices=found,
        total=stores.voices.count(caller.owner) + len(BUILT_IN_VOICES),
        next_cursor=stores.cursors.encode(listing, following),
    )


def get_voice(stores: Stores, caller: Caller, voice_id: str) -> VoiceResponse:
    """Raises NotFound and, while the voice is made, Conflict."""
    found = find(stores, caller, voice_id)
    shown = Voice.built_in(found) if isinstance(found, BuiltInVoice) else Voice.own(found)
    return VoiceResponse(voice=shown)


def delete_voice(stores: Stores, caller: Caller, voice_id: str) -> VoiceDeletedResponse:
    """Forget an own voice with all that was kept of it. Raises NotFound and Conflict."""
    if isinstance(find(stores, caller, voice_id), BuiltInVoice):
        raise Conflict(
            "This voice is built in; only voices that you saved can be deleted.",
            code="voice_read_only",
        )
    # The record goes last: as long as something is left of the voice, it can be deleted again.
    stores.media.erase_folder(voice_folder(caller.owner, voice_id))
    if not stores.voices.delete(caller.owner, voice_id):
        raise _missing()
    return VoiceDeletedResponse(message="声音已删除", voice_id=voice_id)


def find(stores: Stores, caller: Caller, voice_id: str) -> VoiceRecord | BuiltInVoice:
    """Raises NotFound, also for another owner's, and Conflict while the voice is made."""
    if voice_id in BUILT_IN_VOICES:
        return BUILT_IN_VOICES[voice_id]
    if not TASK_ID.fullmatch(voice_id):
        raise _missing()
    voice = stores.voices.get(caller.owner, voice_id)
    if voice is None and _is_being_made(stores, caller, voice_id):
        raise Conflict(
            "This voice is still being made; use it when its task "
            f"(/api/tasks/{voice_id}/status) is completed.",
            code="voice_not_ready",
        )
    if voice is None:
        raise _missing()
    return voice


def _is_being_made(stores: Stores, caller: Caller, voice_id: str) -> bool:
    task = stores.tasks.get(voice_id)
    return (
        task is not None
        and task.owner == caller.owner
        and SPECS[task.type].saves == "voice"
        and not task.phase.is_terminal
    )


def _missing() -> NotFound:
    return NotFound("There is no voice by this id; see /api/voices.", code="voice_not_found")
