"""What the API answers, with the seed API's own field names."""

from __future__ import annotations

from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from dh_core.limits import FileType
from dh_core.specs.built_in_voices import BuiltInVoice
from dh_core.specs.consent import Consent
from dh_core.store import FileRecord, VoiceRecord
from dh_core.tasks.states import Status, TaskType
from dh_core.tasks.usage import Usage


class Success(BaseModel):
    success: Literal[True] = True


class ListedFile(BaseModel):
    filename: str
    file_type: FileType
    file_size: int
    download_url: str
    mime_type: str
    relative_path: str
    created_at: str

    @classmethod
    def of(cls, file: FileRecord) -> Self:
        return cls(**_file_fields(file), created_at=file.created_at)


class FileInfo(BaseModel):
    filename: str
    file_path: str
    file_type: FileType
    file_size: int
    mime_type: str
    relative_path: str
    download_url: str

    @classmethod
    def of(cls, file: FileRecord) -> Self:
        fields = _file_fields(file)
        return cls(**fields, file_path=fields["relative_path"])


def _file_fields(file: FileRecord) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "file_type": file.file_type,
        "file_size": file.file_size,
        "mime_type": file.mime_type,
        "relative_path": f"uploads/{file.file_type}/{file.filename}",
        "download_url": f"/download/upload/{file.file_type}/{quote(file.filename)}",
    }


class UploadTarget(BaseModel):
    """POST multipart/form-data to `url`: every one of `fields` first, the part `file` last."""

    method: Literal["POST"] = "POST"
    url: str
    fields: dict[str, str]
    expires_at: str
    max_bytes: int


class UploadedResponse(Success):
    message: str
    file_info: FileInfo
    upload: UploadTarget | None = Field(description="Present when the bytes are still to be sent")


class FilesResponse(Success):
    files: list[ListedFile]
    total: int
    next_cursor: str | None


class TaskResponse(Success):
    """Answer to a creation, a cancel or a nudge."""

    task_id: str
    message: str
    status_url: str
    uuid: str
    status: Status


class VoiceTaskResponse(TaskResponse):
    """Answer to the saving of a voice. The voice exists once the task is completed."""

    voice_id: str


class UsageAmounts(BaseModel):
    """What attempts cost, failed ones included, and what they made."""

    attempts: int
    cpu_seconds: float = Field(description="Processor time over all cores")
    gpu_seconds: float = Field(description="Time for which GPUs were held; 0 without one")
    output_seconds: float = Field(description="Duration of the sound or video made")
    video_seconds: float = Field(description="Of that, video: what the daily quota counts")
    output_bytes: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        return cls(
            attempts=usage.attempts,
            cpu_seconds=usage.cpu_ms / 1000,
            gpu_seconds=usage.gpu_ms / 1000,
            output_seconds=usage.output_ms / 1000,
            video_seconds=usage.video_ms / 1000,
            output_bytes=usage.output_bytes,
        )


class TaskState(BaseModel):
    task_id: str
    status: Status
    progress: int = Field(ge=0, le=100)
    result: dict[str, Any] | None
    error_message: str | None
    created_at: str
    updated_at: str
    task_type: TaskType
    uuid: str
    stage: str | None
    error_code: str | None
    next_poll_ms: int | None = Field(description="When to ask again; null once the task has ended")
    eta_seconds: int | None = Field(
        description="How long it will still take, by past runs and its own pace; null if unknown"
    )
    queue_position: int | None = Field(
        description="About how many tasks start before it, itself included; null while it waits "
        "for uploads and once it has started"
    )
    usage: UsageAmounts
    consent: Consent | None = Field(default=None, description="As it was stated at creation")


class StatusResponse(Success, TaskState):
    """One task."""


class DownloadResponse(Success):
    url: str
    expires_at: str
    content_type: str
    filename: str


class Voice(BaseModel):
    """A voice of the library: the caller's own, or a built-in one, which nobody may change."""

    voice_id: str
    name: str
    category: Literal["own", "built_in"]
    read_only: bool
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
    voices: list[Voice]
    total: int
    next_cursor: str | None


class VoiceResponse(Success):
    voice: Voice


class VoiceDeletedResponse(Success):
    message: str
    voice_id: str


class TaskStats(BaseModel):
    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int


class FileStats(BaseModel):
    video: int
    audio: int
    image: int


class SystemResponse(Success):
    system_status: Literal["running", "degraded"]
    task_stats: TaskStats
    file_stats: FileStats
    total_tasks: int
    worker_running: bool


class HealthResponse(Success):
    status: Literal["ok"] = "ok"


class Problem(BaseModel):
    """Every answer that is not a success."""

    error: str = Field(description="What is wrong and what to do about it")
    code: str = Field(description="Stable; for programs")
    request_id: str
