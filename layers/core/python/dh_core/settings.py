"""The only reader of the environment. Each process builds its settings once, at its start.

A variable that is missing or malformed is an error that names the variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator


class SettingsError(Exception):
    """A variable of the environment is missing or malformed."""


class _Environment(BaseModel):
    """Fields are filled from the variables of the same name in capitals; empty means unset."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read `environ` (default: the process's own). Raises SettingsError."""
        source = os.environ if environ is None else environ
        values: dict[str, Any] = {
            name: source[name.upper()] for name in cls.model_fields if source.get(name.upper())
        }
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]).upper() if first["loc"] else "environment"
            raise SettingsError(f"{name}: {first['msg']}") from error


class CloudSettings(_Environment):
    """What everything that touches AWS (or the embedded cloud) needs."""

    table_name: str
    bucket_name: str
    retention_days: int = Field(default=30, ge=1, le=3650)
    media_public_url: str | None = None
    """Origin that clients reach the bucket at (`https://media.example.com`)."""

    @field_validator("media_public_url")
    @classmethod
    def _without_trailing_slash(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must start with https:// (or http:// for development)")
        return value.rstrip("/") if value else None


class ApiSettings(CloudSettings):
    """The API function."""

    task_queue_url: str
    auth_mode: Literal["none"] = "none"
    upload_expires_seconds: int = Field(default=3600, ge=60, le=43_200)
    download_expires_seconds: int = Field(default=3600, ge=60, le=43_200)
    direct_upload_max_bytes: int = Field(default=4 * 1024 * 1024, ge=1)
    """Largest file accepted as multipart/form-data. Lambda takes 6 MB of base64 in all."""


class DispatchSettings(CloudSettings):
    """The dispatcher's handlers."""

    task_queue_url: str
    job_queue_gpu: str = ""
    job_queue_cpu: str = ""
    job_definition_gpu: str = ""
    job_definition_cpu: str = ""
    start_lease_seconds: int = Field(default=1800, ge=5)
    """How long a submitted job may wait for a machine before it is dispatched again."""


class JobSettings(CloudSettings):
    """The job container."""

    weights_dir: Path = Path(".weights")
    work_dir: Path | None = None
    ffmpeg: str | None = None
    threads: int = Field(default=2, ge=1, le=256)
    lease_seconds: int = Field(default=60, ge=5)
    speech_engine: str = "kokoro"
    lipsync_engine: str = "retrieval"
    portrait_engine: str = "mesh"
    content_producer: str = "digital-human-backend"
    """Name or code of the provider, for the AI-content label (GB 45438-2025)."""
    audio_label: Literal["rhythm", "spoken", "none"] = "rhythm"
    """Explicit AI label of standalone audio. `none` is for a service that shows it elsewhere."""
    audio_label_position: Literal["start", "end"] = "end"
    aws_batch_job_attempt: int = Field(default=1, ge=1)
    """Set by AWS Batch: 1 for the first run of a job, higher after its own retries."""
