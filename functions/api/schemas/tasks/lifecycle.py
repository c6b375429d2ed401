"""What the API tells of one task."""

from typing import Any, Final, Self

from pydantic import BaseModel, Field

from dh_core import limits
from dh_core.specs.consent import Consent
from dh_core.specs.task_types import TaskType
from dh_core.tasks.usage import Usage
from functions.api.schemas.common import (
    LATER_EXAMPLE,
    TASK_ID_EXAMPLE,
    TIME_EXAMPLE,
    Message,
    Success,
    TaskName,
    TaskStatus,
    Timestamp,
    example,
)
from functions.api.schemas.requests import Request

USAGE_EXAMPLE: Final = {
    "attempts": 1,
    "cpu_seconds": 12.5,
    "gpu_seconds": 0.0,
    "output_seconds": 4.2,
    "video_seconds": 0.0,
    "output_bytes": 201644,
}
CREATED_EXAMPLE: Final = {
    "success": True,
    "task_id": TASK_ID_EXAMPLE,
    "message": "语音生成任务已创建",
    "status_url": f"/api/tasks/{TASK_ID_EXAMPLE}/status",
    "uuid": "my-uuid",
    "status": "pending",
}
STATE_EXAMPLE: Final = {
    "task_id": TASK_ID_EXAMPLE,
    "status": "completed",
    "progress": 100,
    "result": {
        "audio_path": f"generated/{TASK_ID_EXAMPLE}/1/audio.wav",
        "audio_url": "/download/generated/audio/my-uuid",
        "uuid": "my-uuid",
    },
    "error_message": None,
    "created_at": TIME_EXAMPLE,
    "updated_at": LATER_EXAMPLE,
    "task_type": "voice",
    "uuid": "my-uuid",
    "stage": None,
    "preview_url": None,
    "error_code": None,
    "next_poll_ms": None,
    "eta_seconds": None,
    "queue_position": None,
    "usage": USAGE_EXAMPLE,
    "consent": None,
}


class ProcessRequest(Request):
    model_config = example(task_id=TASK_ID_EXAMPLE)

    task_id: str = Field(
        min_length=1,
        max_length=limits.MAX_ID_CHARACTERS,
        description="Names the task in every other route",
    )


class TaskResponse(Success):
    """Answer to a creation, a cancel or a nudge."""

    model_config = example(**CREATED_EXAMPLE)

    task_id: TaskName
    message: Message
    status_url: str = Field(description="Poll it")
    uuid: str = Field(description="The id that you gave the task, or else its task_id")
    status: TaskStatus


class UsageAmounts(BaseModel):
    """What attempts cost, failed ones included, and what they made."""

    attempts: int = Field(description="How many times a job was started")
    cpu_seconds: float = Field(description="Processor time over all cores")
    gpu_seconds: float = Field(description="Time for which GPUs were held; 0 without one")
    output_seconds: float = Field(description="Duration of the sound or video made")
    video_seconds: float = Field(description="Of that, video: what the daily quota counts")
    output_bytes: int = Field(description="Bytes of finished files")

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
    task_id: TaskName
    status: TaskStatus
    progress: int = Field(ge=0, le=100, description="0 to 100, never falling")
    result: dict[str, Any] | None = Field(
        description="Addresses of the files and facts about them, once completed"
    )
    error_message: str | None = Field(description="What went wrong and what to do, once failed")
    created_at: Timestamp
    updated_at: Timestamp
    task_type: TaskType
    uuid: str = Field(description="The id that you gave the task, or else its task_id")
    stage: str | None = Field(
        description="What the job is at, while it runs; moderation: its result is being judged"
    )
    preview_url: str | None = Field(
        description="While a person's film is made: an HLS playlist of what is there, which grows; "
        "signed, for a player without credentials"
    )
    error_code: str | None = Field(description="Stable name of what went wrong (docs/errors.md)")
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

    model_config = example(success=True, **STATE_EXAMPLE, wait_seconds=25)

    wait_seconds: int = Field(
        default=0, description="How long `wait` may be here; 0: this server answers at once"
    )


class TaskDeletedResponse(Success):
    model_config = example(success=True, message="任务已删除", task_id=TASK_ID_EXAMPLE)

    message: Message
    task_id: TaskName
