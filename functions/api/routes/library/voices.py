"""`POST /voices`, `GET /voices`, `GET /voices/{voice_id}`, `DELETE /voices/{voice_id}`."""

from __future__ import annotations

from dh_core.specs.task_types.voice_profile import VoiceProfileSpec
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import Cursor, Limit, VoiceId
from functions.api.routes.tasks.creation import add_creation
from functions.api.schemas.library.voices import (
    VoiceDeletedResponse,
    VoiceResponse,
    VoicesResponse,
)
from functions.api.service.library import voices

router = LazyRouter(prefix="/voices", tags=["voices"])


add_creation(router, "", VoiceProfileSpec, answer=voices.created, name="save_voice")


@router.get(
    "",
    summary="List voices · 列出声音",
    responses=errors("cursor_invalid"),
)
def list_voices(
    stores: CurrentStores, caller: CurrentCaller, limit: Limit = 100, cursor: Cursor = None
) -> VoicesResponse:
    """Own voices, newest first, then the built-in ones, which are read-only."""
    return voices.list_voices(stores, caller, limit=limit, cursor=cursor)


@router.get(
    "/{voice_id}",
    summary="Show a voice · 查看声音",
    responses=errors("voice_not_found", "voice_not_ready"),
)
def get_voice(stores: CurrentStores, caller: CurrentCaller, voice_id: VoiceId) -> VoiceResponse:
    """One voice."""
    return voices.get_voice(stores, caller, voice_id)


@router.delete(
    "/{voice_id}",
    summary="Delete a voice · 删除声音",
    responses=errors("voice_not_found", "voice_not_ready", "voice_read_only"),
)
def delete_voice(
    stores: CurrentStores, caller: CurrentCaller, voice_id: VoiceId
) -> VoiceDeletedResponse:
    """Delete an own voice and all that was kept of it. Tasks that wait to use it will fail."""
    return voices.delete_voice(stores, caller, voice_id)
