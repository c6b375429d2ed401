"""What the voice library answers."""

from typing import Final, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from dh_core.specs.built_in_voices import BuiltInVoice
from dh_core.specs.consent import EXAMPLE as CONSENT_EXAMPLE
from dh_core.specs.consent import Consent
from dh_core.store import (
    VoiceRecord,
)
from functions.api.schemas.common import (
    TASK_ID_EXAMPLE,
    TIME_EXAMPLE,
    Message,
    NextCursor,
    Success,
    Total,
    example,
)
from functions.api.schemas.tasks.lifecycle import (
    CREATED_EXAMPLE,
    TaskResponse,
)

_VOICE_EXAMPLE: Final = {
    "voice_id": TASK_ID_EXAMPLE,
    "name": "王老师",
    "category": "own",
    "read_only": False,
    "language": "zh-CN",
    "gender": None,
    "preview_url": f"/download/voice/{TASK_ID_EXAMPLE}",
    "warnings": [],
    "created_at": TIME_EXAMPLE,
    "consent": CONSENT_EXAMPLE,
}


class VoiceTaskResponse(TaskResponse):
    """Answer to the saving of a voice. The voice exists once the task is completed."""

    model_config = example(
        **{**CREATED_EXAMPLE, "message": "声音保存任务已创建", "voice_id": TASK_ID_EXAMPLE}
    )

    voice_id: str = Field(
        description="A voice of your library, or a built-in one (GET /api/voices)"
    )


class Voice(BaseModel):
    """A voice of the library: the caller's own, or a built-in one, which nobody may change."""

    voice_id: str = Field(
        description="A voice of your library, or a built-in one (GET /api/voices)"
    )
    name: str = Field(description="What the voice is called")
    category: Literal["own", "built_in"] = Field(description="Whether it is built in or yours")
    read_only: bool = Field(description="Built-in voices cannot be deleted")
    language: str = Field(description="The language that it speaks best")
    gender: Literal["female", "male"] | None = Field(description="null for an own voice")
    preview_url: str = Field(description="A short spoken sample")
    warnings: list[str] = Field(description="What was wrong with the recording; codes")
    created_at: str | None = Field(description="null for a built-in voice")
    consent: Consent | None = Field(default=None, description="As it was stated at creation")

    @classmethod
    def own(cls, voice: VoiceRecord) -> Self:
        return cls(
            voice_id=voice.voice_id,
            name=voice.name,
            category="own",
            read_only=False,
            language="zh-CN",
            gender=None,
            preview_url=_preview_url(voice.voice_id),
            warnings=list(voice.warnings),
            created_at=voice.created_at,
            consent=Consent.model_validate_json(voice.consent) if voice.consent else None,
        )

    @classmethod
    def built_in(cls, voice: BuiltInVoice) -> Self:
        return cls(
            voice_id=voice.voice_id,
            name=voice.name,
            category="built_in",
            read_only=True,
            language=voice.language,
            gender=voice.gender,
            preview_url=_preview_url(voice.voice_id),
            warnings=[],
            created_at=None,
        )


def _preview_url(voice_id: str) -> str:
    return f"/download/voice/{quote(voice_id)}"


class VoicesResponse(Success):
    model_config = example(success=True, voices=[_VOICE_EXAMPLE], total=8, next_cursor=None)

    voices: list[Voice] = Field(description="Yours, newest first, then the built-in ones")
    total: Total
    next_cursor: NextCursor


class VoiceResponse(Success):
    model_config = example(success=True, voice=_VOICE_EXAMPLE)

    voice: Voice


class VoiceDeletedResponse(Success):
    model_config = example(success=True, message="声音已删除", voice_id=TASK_ID_EXAMPLE)

    message: Message
    voice_id: str = Field(
        description="A voice of your library, or a built-in one (GET /api/voices)"
    )
