"""What every use case works with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from dh_core.clock import Clock
from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.metrics import Metrics
from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import ApiSettings
from dh_core.store import (
    AccountStore,
    BatchStore,
    CounterStore,
    DeliveryStore,
    FileStore,
    GenerationLog,
    MultipartStore,
    PastRunStore,
    PronunciationStore,
    QuotaStore,
    TaskStore,
    TemplateStore,
    UsageStore,
    VoiceStore,
    WebhookStore,
)
from functions.api.auth.authenticator import Authenticator
from functions.api.service.shared.cursors import Cursors
from functions.api.service.shared.moderation import TextModerator

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Stores:
    """Settings and data access of one process."""

    settings: ApiSettings
    clock: Clock
    tasks: TaskStore
    files: FileStore
    log: GenerationLog
    templates: TemplateStore
    voices: VoiceStore
    counters: CounterStore
    accounts: AccountStore
    past_runs: PastRunStore
    quotas: QuotaStore
    usage: UsageStore
    cursors: Cursors
    media: MediaStore
    queue: TaskQueue
    deletion_queue: TaskQueue
    fetch_queue: TaskQueue
    multipart: MultipartStore
    webhooks: WebhookStore
    pronunciations: PronunciationStore
    deliveries: DeliveryStore
    batches: BatchStore
    moderator: TextModerator
    authenticator: Authenticator | None = None
    """None: everybody may come in (`AUTH_MODE=none`)."""
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def retention_seconds(self) -> int:
        """How long tasks and files are kept."""
        return self.settings.retention_days * _DAY_SECONDS

    @property
    def log_seconds(self) -> int:
        """How long the log knows of a task: the law's time, after its upload has come and gone."""
        return self.retention_seconds + (self.settings.consent_retention_days + 1) * _DAY_SECONDS

    def reached_at(self, origin: str) -> Self:
        """The same, for a client that asks the API at `origin`: it finds the media there too."""
        return replace(self, media=self.media.at(origin))
