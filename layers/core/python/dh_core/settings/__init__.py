"""The only reader of the environment. Each process builds its settings once, at its start.

A setting's type and range stand beside it, once. A variable that is missing, malformed or out of
range is an error with its name, its value and what it may be.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from dh_core.field_rules import shown
from dh_core.limits import MAX_FILE_BYTES
from dh_core.settings.prices import Prices
from dh_core.settings.types import (
    Address,
    BucketAddress,
    Origin,
    Program,
    PublicKeys,
    TextFile,
    WritableFolder,
    allowed_form,
    writable_folder,
)
from dh_core.tasks.lanes import LANES, Lane


class SettingsError(Exception):
    """A variable of the environment is missing, malformed or out of range."""


class Environment(BaseModel):
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
        if not first["loc"]:
            raise SettingsError(f"{first['ctx']['error']}.")
        name = str(first["loc"][0])
        raise SettingsError(_complaint(name, cls.model_fields[name], values.get(name)))


def _complaint(name: str, field: FieldInfo, value: str | None) -> str:
    form = allowed_form(field)
    if value is None:
        return f"{name.upper()} is not set; it {form}."
    if field.repr:
        return f"{name.upper()}={shown(value)}: it {form}."
    return f"{name.upper()} (its value is not shown): it {form}."


class CloudSettings(Environment):
    """What everything that touches AWS (or the embedded cloud) needs."""

    table_name: str
    bucket_name: str
    retention_days: int = Field(default=30, ge=3, le=3650)
    media_public_url: Origin | None = None
    """Origin that clients reach the bucket at (`https://media.example.com`)."""
    metrics_namespace: str | None = None
    """CloudWatch's namespace for our metrics; without it none are written."""


class ApiSettings(CloudSettings):
    """The API function."""

    task_queue_url: str
    deletion_queue_url: str = ""
    """Where deletions of accounts wait; unset: among the tasks."""
    webhook_queue_url: str = ""
    """Where files wait that are fetched from their address, beside the webhooks."""
    upload_expires_seconds: int = Field(default=3600, ge=60, le=43_200)
    download_expires_seconds: int = Field(default=3600, ge=60, le=43_200)
    direct_upload_max_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1024, le=MAX_FILE_BYTES["video"]
    )
    """Largest file accepted as multipart/form-data. Lambda takes 6 MB of base64 in all."""
    multipart_expires_seconds: int = Field(default=86_400, ge=3600, le=86_400)
    """Life of a resumable upload; the bucket drops the parts of older ones."""
    media_at_api: bool = False
    """Clients reach the bucket wherever they reach the API, by whatever name (`dh serve`)."""
    webhook_allow_loopback: bool = False
    """For development: callbacks may be http and lead to this machine."""
    allow_unlabelled: bool = False
    """Give results without a visible or audible label to who names an agreement."""
    consent_retention_days: int = Field(default=180, ge=180, le=3650)
    """How long consents, their evidence and the log of what was made outlive what they are of."""
    require_consent: bool = False
    """Refuse a voice or a person's picture without a consent statement."""
    moderation_words: str = ""
    """Words that no text may hold, separated by commas or line breaks."""
    moderation_words_file: TextFile | None = None
    """The same, in a UTF-8 file, one a line."""
    cursor_secret: str | None = Field(default=None, min_length=32, repr=False)
    """Signs the cursors of lists; without it a random key is made once and kept in the table."""
    wait_seconds: int = Field(default=0, ge=0, le=60)
    """Longest that a status may be waited for; 0, as on Lambda, turns streams off too."""
    requests_per_minute: int = Field(default=0, ge=0, le=1_000_000)
    """Quotas hold per owner; 0 means none."""
    concurrent_tasks: int = Field(default=0, ge=0, le=100_000)
    daily_video_seconds: int = Field(default=0, ge=0, le=10_000_000)
    price_table: Prices | None = None
    """What tasks cost, for estimates (`settings.prices`)."""


class WechatSettings(Environment):
    """The mini-program, for whoever asks WeChat: the API, and what judges uploads."""

    auth_secrets: SecretStr | None = Field(default=None, repr=False)
    """The document of `auth_secrets.AuthSecrets`, or else ..."""
    auth_secrets_id: str | None = None
    """... the name of the Secrets Manager secret that holds it."""
    wechat_app_id: str | None = None
    wechat_app_secret: SecretStr | None = Field(default=None, repr=False)
    """Where it is not in the document."""
    wechat_api_url: Address = "https://api.weixin.qq.com"
    wechat_timeout_seconds: float = Field(default=5.0, ge=0.1, le=20)
    wechat_scene: int = Field(default=3, ge=1, le=4)
    """Where texts and media are shown, to WeChat: 1 profile, 2 comment, 3 forum, 4 social log."""
    media_moderator: Literal["none", "wechat"] = "none"
    """`wechat`: mediaCheckAsync judges pictures and sound of who signed in by WeChat."""
    moderation_wait_seconds: int = Field(default=2100, ge=60, le=43_200)
    """After it, an upload that nobody has judged is refused; WeChat promises 30 minutes."""

    @model_validator(mode="after")
    def _has_a_mini_program(self) -> Self:
        if self.media_moderator == "wechat" and not (
            self.wechat_app_id and (self.auth_secrets or self.auth_secrets_id)
        ):
            raise ValueError(
                "MEDIA_MODERATOR=wechat: it needs WECHAT_APP_ID, and AUTH_SECRETS_ID or "
                "AUTH_SECRETS"
            )
        return self


class AuthSettings(WechatSettings):
    """Who may use the API (`AUTH_MODE=token`), or that everybody may (`none`)."""

    auth_mode: Literal["none", "token"] = "none"
    access_token_seconds: int = Field(default=1800, ge=60, le=3600)
    refresh_token_days: int = Field(default=30, ge=1, le=365)
    text_moderator: Literal["words", "wechat"] = "words"
    """`wechat`: msgSecCheck also judges the texts of who signed in by WeChat."""
    auth_external_issuer: str | None = None
    """`iss` of another service whose RS256 tokens are accepted."""
    auth_external_audience: str | None = None
    auth_external_keys: PublicKeys | None = Field(default=None, repr=False)
    """That service's public keys: a JWKS document or one PEM."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.auth_mode == "token" and not (self.auth_secrets or self.auth_secrets_id):
            raise ValueError(
                "AUTH_MODE=token: it needs AUTH_SECRETS_ID, the name of a secret in Secrets "
                "Manager (`dh keys secrets` makes its document), or AUTH_SECRETS, the document"
            )
        external = (
            self.auth_external_issuer,
            self.auth_external_audience,
            self.auth_external_keys,
        )
        if any(external) and not all(external):
            raise ValueError(
                "AUTH_EXTERNAL_ISSUER, AUTH_EXTERNAL_AUDIENCE and AUTH_EXTERNAL_KEYS go together; "
                "set all three, or none"
            )
        return self


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """How a lane's idle workers are kept: for how long, and which queue tells them of tasks."""

    seconds: int
    queue_url: str


class KeepAliveSettings(CloudSettings):
    """Whether idle workers are kept, by lane. 0 seconds: a worker carries one task."""

    keep_alive_seconds_speaking: int = Field(default=0, ge=0, le=3600)
    keep_alive_seconds_editing: int = Field(default=0, ge=0, le=3600)
    waiting_speaking_queue_url: str = ""
    waiting_editing_queue_url: str = ""

    @property
    def keeps_workers_alive(self) -> bool:
        """Whether the idle workers of any lane are kept."""
        return any(self.keep_alive(lane) for lane in LANES)

    def keep_alive(self, lane: Lane) -> KeepAlive | None:
        """None where it is off."""
        seconds, queue_url = {
            "speaking": (self.keep_alive_seconds_speaking, self.waiting_speaking_queue_url),
            "editing": (self.keep_alive_seconds_editing, self.waiting_editing_queue_url),
        }[lane]
        return KeepAlive(seconds, queue_url) if seconds and queue_url else None


class DispatchSettings(KeepAliveSettings):
    """The dispatcher's handlers."""

    consent_retention_days: int = Field(default=180, ge=180, le=3650)
    """As in ApiSettings."""
    task_queue_url: str
    deletion_queue_url: str = ""
    """Where deletions of accounts wait; unset: among the tasks."""
    job_queue_speaking: str = ""
    job_queue_editing: str = ""
    job_queue_speaking_segments: str = ""
    job_queue_editing_segments: str = ""
    """Of the jobs that help others; each lane has one, behind its own queue."""
    job_definition_speaking: str = ""
    job_definition_editing: str = ""
    fanout_workers: int = Field(default=4, ge=0, le=100)
    """Most processes that help one task with a long video; 0 for none."""
    start_lease_seconds: int = Field(default=1800, ge=5, le=86_400)
    """How long a submitted job may wait for a machine before it is dispatched again."""
    webhook_queue_url: str = ""
    webhook_allow_loopback: bool = False
    """As in ApiSettings."""


class JobSettings(KeepAliveSettings):
    """The job container."""

    task_queue_url: str = ""
    """Needed by workers that are kept for further tasks."""
    worker_max_age_seconds: int = Field(default=1800, ge=0, le=86_400)
    """Age at which a worker takes no more tasks: its job's time limit counts from its start."""
    leave_file: Path | None = None
    """A worker takes no more tasks once this file is there. On a machine that several lanes share:
    another one's job needs the room."""
    job_cache_size: int = Field(default=1, ge=1, le=8)
    """Kinds of work whose models a worker keeps loaded at once."""
    weights_dir: Path = Path(".weights")
    weights_uri: BucketAddress | None = None
    """Where model files that WEIGHTS_DIR lacks are fetched from (`s3://bucket/prefix`), each on
    first use; written there by `python -m tools.weights.publish`. Unset: they are there already."""
    work_dir: WritableFolder | None = None
    ffmpeg: Program | None = None
    threads: int = Field(default=2, ge=1, le=256)
    lease_seconds: int = Field(default=60, ge=5, le=3600)
    speech_engine: str = "kokoro"
    """Which engines there are, gpu_jobs.engines.registry knows, and checks these names."""
    lipsync_engine: str = "retrieval"
    portrait_engine: str = "mesh"
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    content_producer: str = "digital-human-backend"
    """Name or code of the provider, for the AI-content label (GB 45438-2025)."""
    audio_label: Literal["rhythm", "spoken", "none"] = "rhythm"
    """Explicit AI label of standalone audio. `none` is for a service that shows it elsewhere."""
    audio_label_position: Literal["start", "end"] = "end"
    fanout_seconds: float = Field(default=0.0, ge=0, le=3600)
    """Speech longer than this is shared out in segments (docs/architecture.md); 0: never."""
    nvidia_visible_devices: str | None = None
    """Set by AWS Batch for a job that got GPUs (their ids, separated by commas), or `all`."""
    aws_batch_job_attempt: int = Field(default=1, ge=1, le=1000)
    """Set by AWS Batch: 1 for the first run of a job, higher after its own retries."""
    aws_batch_job_array_index: int = Field(default=0, ge=0, le=9999)
    """Set by AWS Batch in the children of an array job."""

    @model_validator(mode="after")
    def _can_keep_weights(self) -> Self:
        if self.weights_uri is not None:
            try:
                writable_folder(self.weights_dir)
            except ValueError as error:
                raise ValueError(
                    f"WEIGHTS_DIR={shown(str(self.weights_dir))}: with WEIGHTS_URI it must be a "
                    "folder that can be written to, for the files that are fetched"
                ) from error
        return self

    @property
    def engines(self) -> str:
        """Names of the engines: other ones take another time."""
        return f"{self.speech_engine}+{self.lipsync_engine}+{self.portrait_engine}"

    @property
    def gpu_count(self) -> int:
        """How many GPUs this process holds."""
        visible = self.nvidia_visible_devices
        return 0 if visible in (None, "none", "void") else len(visible.split(","))
