"""Everything that talks to DynamoDB: one table, items told apart by their keys.

item       PK                             SK              GSI1PK (list)           GSI2PK (sweep)
task       TASK#id                        TASK            OWNER#owner#TASK        LEASE#shard
claim      CLAIM#owner#key                CLAIM
file       FILE#owner#type#filename       FILE            OWNER#owner#FILE
waiter     FILE#owner#type#filename       WAIT#task_id
template   TEMPLATE#owner#id              TEMPLATE        OWNER#owner#TEMPLATE
voice      VOICE#owner#id                 VOICE           OWNER#owner#VOICE
counter    COUNT#shard                    COUNT
API key    KEY#id                         KEY             KEY
session    SESSION#id                     SESSION         OWNER#owner#SESSION
webhook    WEBHOOK#owner                  WEBHOOK
upload     UPLOAD#owner#id                UPLOAD          OWNER#owner#UPLOAD
delivery   TASK#id                        DELIVERY                                DELIVERY#shard
"""

from dh_core.store.api_keys import ApiKeyRecord, ApiKeyStore
from dh_core.store.counters import CounterStore
from dh_core.store.deliveries import DeliveryRecord, DeliveryStatus, DeliveryStore
from dh_core.store.files import FileRecord, FileStatus, FileStore, NewFile
from dh_core.store.multipart_uploads import MultipartRecord, MultipartStore
from dh_core.store.sessions import Session, SessionStore
from dh_core.store.table import Page, Table
from dh_core.store.task_creation import InputsChanged
from dh_core.store.task_records import Claim, Created, NewTask, TaskRecord
from dh_core.store.task_store import TaskStore
from dh_core.store.templates import TemplateRecord, TemplateStore
from dh_core.store.voices import VoiceRecord, VoiceStore
from dh_core.store.webhooks import WebhookSettings, WebhookStore

__all__ = [
    "ApiKeyRecord",
    "ApiKeyStore",
    "Claim",
    "CounterStore",
    "Created",
    "DeliveryRecord",
    "DeliveryStatus",
    "DeliveryStore",
    "FileRecord",
    "FileStatus",
    "FileStore",
    "InputsChanged",
    "MultipartRecord",
    "MultipartStore",
    "NewFile",
    "NewTask",
    "Page",
    "Session",
    "SessionStore",
    "Table",
    "TaskRecord",
    "TaskStore",
    "TemplateRecord",
    "TemplateStore",
    "VoiceRecord",
    "VoiceStore",
    "WebhookSettings",
    "WebhookStore",
]
