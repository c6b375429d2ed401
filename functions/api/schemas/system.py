"""How the system is doing."""

from typing import Literal

from pydantic import BaseModel, Field

from functions.api.schemas.common import (
    FileCount,
    Success,
    TaskCount,
    example,
)


class TaskStats(BaseModel):
    pending: TaskCount
    processing: TaskCount
    completed: TaskCount
    failed: TaskCount
    cancelled: TaskCount


class FileStats(BaseModel):
    video: FileCount
    audio: FileCount
    image: FileCount
    document: FileCount


class SystemResponse(Success):
    model_config = example(
        success=True,
        system_status="running",
        task_stats={
            "pending": 2,
            "processing": 1,
            "completed": 15,
            "failed": 1,
            "cancelled": 0,
        },
        file_stats={"video": 10, "audio": 8, "image": 12, "document": 1},
        total_tasks=19,
        worker_running=True,
    )

    system_status: Literal["running", "degraded"] = Field(
        description="degraded when tasks wait that nobody takes up"
    )
    task_stats: TaskStats
    file_stats: FileStats
    total_tasks: int = Field(description="Yours (an administrator's key: everybody's)")
    worker_running: bool = Field(description="Whether tasks are taken up")


class HealthResponse(Success):
    model_config = example(success=True, status="ok")

    status: Literal["ok"] = Field(default="ok", description="ok when the server answers")
