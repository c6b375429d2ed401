"""Wiring: settings and stores, made once per process on first use."""

from __future__ import annotations

from functools import cache

from dh_core.access.secrets import AuthSecretsSource
from dh_core.clock import Clock, system_clock
from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.metrics import Metrics
from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import ApiSettings, AuthSettings, SettingsError
from dh_core.specs.task_types import SPECS
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
    SharedKeys,
    Table,
    TaskStore,
    TemplateStore,
    UsageStore,
    VoiceStore,
    WebhookStore,
)
from functions.api.auth.authenticator import Authenticator
from functions.api.service.shared.context import Stores
from functions.api.service.shared.cursors import Cursors
from functions.api.service.shared.moderation import word_list
from functions.api.telemetry import logger


def build(
    settings: ApiSettings, auth: AuthSettings | None = None, clock: Clock = system_clock
) -> Stores:
    """Connect nothing yet: each client is made when it is first used."""
    _check_prices(settings)
    table = Table(settings.table_name)
    metrics = Metrics(settings.metrics_namespace, clock)
    return Stores(
        settings=settings,
        clock=clock,
        tasks=TaskStore(table, clock, metrics),
        files=FileStore(table, clock),
        log=GenerationLog(table, clock),
        templates=TemplateStore(table, clock),
        voices=VoiceStore(table, clock),
        counters=CounterStore(table, clock),
        accounts=AccountStore(table, clock),
        past_runs=PastRunStore(table, clock),
        quotas=QuotaStore(table, clock),
        usage=UsageStore(table, clock),
        cursors=Cursors(SharedKeys(table), settings.cursor_secret),
        media=MediaStore(settings.bucket_name, public_url=settings.media_public_url),
        queue=TaskQueue(settings.task_queue_url),
        deletion_queue=TaskQueue(settings.deletion_queue_url or settings.task_queue_url),
        fetch_queue=TaskQueue(settings.webhook_queue_url),
        authenticator=_authenticator(auth or AuthSettings(), table, clock),
        multipart=MultipartStore(table, clock),
        webhooks=WebhookStore(table, clock),
        pronunciations=PronunciationStore(table, clock),
        deliveries=DeliveryStore(table, clock),
        batches=BatchStore(table, clock),
        moderator=word_list(settings),
        metrics=metrics,
    )


def _check_prices(settings: ApiSettings) -> None:
    """Raises SettingsError for the price of a task that does not exist."""
    unknown = set(settings.price_table.tasks if settings.price_table else ()) - SPECS.keys()
    if unknown:
        raise SettingsError(
            f"PRICE_TABLE: {', '.join(sorted(unknown))}: no such task; there are "
            f"{', '.join(SPECS)}."
        )


def _authenticator(settings: AuthSettings, table: Table, clock: Clock) -> Authenticator | None:
    if settings.auth_mode == "none":
        logger.warning("AUTH_MODE=none: this API is open to everybody who can reach it")
        return None
    return Authenticator(settings, table, AuthSecretsSource(settings, clock), clock)


@cache
def process_stores() -> Stores:
    """The stores of this process. Raises SettingsError for a missing variable."""
    return build(ApiSettings.from_env(), AuthSettings.from_env())
