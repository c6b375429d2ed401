"""What the handlers share: settings and clients, made on first use."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from dh_core.access.address_client import AddressClient
from dh_core.access.secrets import AuthSecrets, AuthSecretsSource
from dh_core.access.webhook_client import WebhookClient
from dh_core.clock import Clock, system_clock
from dh_core.cloud.media_store import MediaStore
from dh_core.cloud.metrics import Metrics
from dh_core.cloud.task_queue import TaskQueue
from dh_core.settings import DispatchSettings, SettingsError, WechatSettings
from dh_core.store import (
    AccountStore,
    AssistanceStore,
    DeliveryStore,
    FileStore,
    GenerationLog,
    ModerationStore,
    OpenIdStore,
    SampleStore,
    SegmentStore,
    Table,
    TaskStore,
    WebhookStore,
)
from dh_core.store.owners.owned import OwnedItems
from dh_core.store.tasks.queue_depth import QueueDepths
from dh_core.tasks.lanes import LANES, Lane
from dh_core.tasks.waiting_queue import WaitingQueue
from functions.dispatch.clients.batch_jobs import BatchJobs
from functions.dispatch.moderation import MediaModerator, NoMediaModeration


@dataclass(frozen=True)
class Dependencies:
    """One per process. Its parts connect when they are first used."""

    settings: DispatchSettings
    clock: Clock = system_clock
    wechat: WechatSettings = field(default_factory=WechatSettings)

    @cached_property
    def tasks(self) -> TaskStore:
        return TaskStore(self._table, self.clock, self.metrics)

    @cached_property
    def queue_depths(self) -> QueueDepths:
        return QueueDepths(self._table, self.clock)

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics(self.settings.metrics_namespace, self.clock)

    @cached_property
    def files(self) -> FileStore:
        return FileStore(self._table, self.clock)

    @cached_property
    def log(self) -> GenerationLog:
        return GenerationLog(self._table, self.clock)

    @cached_property
    def segments(self) -> SegmentStore:
        return SegmentStore(self._table, self.clock)

    @cached_property
    def assistance(self) -> AssistanceStore:
        return AssistanceStore(self._table)

    @cached_property
    def accounts(self) -> AccountStore:
        return AccountStore(self._table, self.clock)

    @cached_property
    def owned(self) -> OwnedItems:
        return OwnedItems(self._table)

    @cached_property
    def media(self) -> MediaStore:
        return MediaStore(self.settings.bucket_name, public_url=self.settings.media_public_url)

    @cached_property
    def queue(self) -> TaskQueue:
        return TaskQueue(self.settings.task_queue_url)

    @cached_property
    def deletion_queue(self) -> TaskQueue:
        return TaskQueue(self.settings.deletion_queue_url or self.settings.task_queue_url)

    @cached_property
    def waiting(self) -> dict[Lane, WaitingQueue]:
        """Of the lanes whose idle workers are kept: what tells them of waiting tasks."""
        found = {lane: self.settings.keep_alive(lane) for lane in LANES}
        return {lane: WaitingQueue(on.queue_url) for lane, on in found.items() if on}

    @cached_property
    def batch(self) -> BatchJobs:
        return BatchJobs(self.settings)

    @cached_property
    def webhooks(self) -> WebhookStore:
        return WebhookStore(self._table, self.clock)

    @cached_property
    def deliveries(self) -> DeliveryStore:
        return DeliveryStore(self._table, self.clock)

    @cached_property
    def delivery_queue(self) -> TaskQueue:
        return TaskQueue(self.settings.webhook_queue_url)

    @cached_property
    def webhook_client(self) -> WebhookClient:
        return WebhookClient(allow_loopback=self.settings.webhook_allow_loopback)

    @cached_property
    def address_client(self) -> AddressClient:
        return AddressClient(allow_loopback=self.settings.webhook_allow_loopback)

    @cached_property
    def moderator(self) -> MediaModerator:
        settings = self.wechat
        if settings.media_moderator == "none":
            return NoMediaModeration()
        secret = settings.wechat_app_secret or self._secrets().wechat_app_secret
        if secret is None or settings.wechat_app_id is None:
            raise SettingsError("MEDIA_MODERATOR=wechat: the secrets lack wechat_app_secret.")
        # They bring an HTTP client, which nobody else here needs.
        from dh_core.access.wechat_api import WechatApi  # noqa: PLC0415 - see above
        from functions.dispatch.clients.wechat_media import WechatMedia  # noqa: PLC0415 - see above

        api = WechatApi(
            settings.wechat_app_id,
            secret.get_secret_value(),
            settings.wechat_api_url,
            settings.wechat_timeout_seconds,
            self.clock,
        )
        return WechatMedia(
            api,
            OpenIdStore(self._table),
            self.moderations,
            self.samples,
            self.media,
            scene=settings.wechat_scene,
            wait_seconds=settings.moderation_wait_seconds,
        )

    def _secrets(self) -> AuthSecrets:
        return AuthSecretsSource(self.wechat, self.clock).current()

    @cached_property
    def moderations(self) -> ModerationStore:
        return ModerationStore(self._table, self.clock)

    @cached_property
    def samples(self) -> SampleStore:
        return SampleStore(self._table)

    @cached_property
    def _table(self) -> Table:
        return Table(self.settings.table_name)


@lru_cache(maxsize=1)
def dependencies() -> Dependencies:
    return Dependencies(DispatchSettings.from_env(), wechat=WechatSettings.from_env())
