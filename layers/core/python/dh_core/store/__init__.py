"""Everything that talks to DynamoDB: one table, items told apart by their keys.

item       PK                             SK              GSI1PK (list)           GSI2PK (sweep)
task       TASK#id                        TASK            OWNER#owner#TASK        LEASE#shard
idem. key  CLAIM#owner#kind:name          CLAIM
file       FILE#owner#type#filename       FILE            OWNER#owner#FILE
waiter     FILE#owner#type#filename       WAIT#task_id
use        FILE#owner#type#filename       USE#task_id
judgement  FILE#owner#type#filename       MODERATION      TRACE#trace_id          MODERATIONS
template   TEMPLATE#owner#id              TEMPLATE        OWNER#owner#TEMPLATE
voice      VOICE#owner#id                 VOICE           OWNER#owner#VOICE
counter    COUNT#shard                    COUNT
API key    KEY#id                         KEY             KEY
session    SESSION#id                     SESSION         OWNER#owner#SESSION
openid     OPENID#owner                   OPENID
webhook    WEBHOOK#owner                  WEBHOOK
readings   PRONUNCIATIONS#owner           PRONUNCIATIONS
upload     UPLOAD#owner#id                UPLOAD          OWNER#owner#UPLOAD
delivery   TASK#id                        DELIVERY                                DELIVERY#shard
 of a run  TASK#id                        DELIVERY#RUN                            DELIVERY#shard
spec       TASK#id                        SPEC
run        TASK#id                        RUN                                     RUN#shard
segment    TASK#id                        SEGMENT#run#number
sample     TASK#id                        SAMPLE#run#name SAMPLE_TRACE#trace_id
rate       RATE#owner                     start of the minute
at work    AT_WORK#owner                  AT_WORK
usage      USAGE#owner                    day#shard
batch      BATCH#owner                    batch_id
past runs  PAST_RUNS#type                 PAST_RUNS
account    ACCOUNT#owner                  DELETION                                DELETIONS
log        LOG#owner                      task_id                                 LOG
key        SHARED_KEY#name                SHARED_KEY
"""

from dh_core.store.counters import CounterStore
from dh_core.store.fanout.assistance import AssistanceStore
from dh_core.store.fanout.segments import SegmentRecord, SegmentState, SegmentStore
from dh_core.store.files import FileRecord, FileStatus, FileStore, NewFile
from dh_core.store.generation_log import GenerationLog, LogEntry
from dh_core.store.moderation.samples import Sample, Sampled, SampleStore, SampleType
from dh_core.store.moderation.uploads import Moderation, ModerationStore
from dh_core.store.multipart_uploads import MultipartRecord, MultipartStore
from dh_core.store.owners.accounts import AccountDeletion, AccountStore
from dh_core.store.owners.api_keys import ApiKeyRecord, ApiKeyStore
from dh_core.store.owners.batches import BatchEntry, BatchRecord, BatchStore
from dh_core.store.owners.openids import OpenIdStore
from dh_core.store.owners.pronunciations import Pronunciations, PronunciationStore
from dh_core.store.owners.quotas import QuotaStore, RequestCount
from dh_core.store.owners.sessions import Session, SessionStore
from dh_core.store.owners.shared_keys import SharedKeys
from dh_core.store.owners.usage import UsageStore
from dh_core.store.past_runs import PastRunStore
from dh_core.store.table import Page, Table
from dh_core.store.tasks.creation import InputsChanged, TooManyAtWork
from dh_core.store.tasks.listing import TaskFilter
from dh_core.store.tasks.records import Claim, Created, NewTask, TaskEvent, TaskRecord, WaitingClaim
from dh_core.store.tasks.store import TaskStore
from dh_core.store.templates import TemplateRecord, TemplateStore
from dh_core.store.voices import VoiceRecord, VoiceStore
from dh_core.store.webhooks.deliveries import DeliveryStore
from dh_core.store.webhooks.endpoints import WebhookSettings, WebhookStore
from dh_core.store.webhooks.records import DeliveryRecord, DeliveryStatus

__all__ = [
    "AccountDeletion",
    "AccountStore",
    "ApiKeyRecord",
    "ApiKeyStore",
    "AssistanceStore",
    "BatchEntry",
    "BatchRecord",
    "BatchStore",
    "Claim",
    "CounterStore",
    "Created",
    "DeliveryRecord",
    "DeliveryStatus",
    "DeliveryStore",
    "FileRecord",
    "FileStatus",
    "FileStore",
    "GenerationLog",
    "InputsChanged",
    "LogEntry",
    "Moderation",
    "ModerationStore",
    "MultipartRecord",
    "MultipartStore",
    "NewFile",
    "NewTask",
    "OpenIdStore",
    "Page",
    "PastRunStore",
    "PronunciationStore",
    "Pronunciations",
    "QuotaStore",
    "RequestCount",
    "Sample",
    "SampleStore",
    "SampleType",
    "Sampled",
    "SegmentRecord",
    "SegmentState",
    "SegmentStore",
    "Session",
    "SessionStore",
    "SharedKeys",
    "Table",
    "TaskEvent",
    "TaskFilter",
    "TaskRecord",
    "TaskStore",
    "TemplateRecord",
    "TemplateStore",
    "TooManyAtWork",
    "UsageStore",
    "VoiceRecord",
    "VoiceStore",
    "WaitingClaim",
    "WebhookSettings",
    "WebhookStore",
]
