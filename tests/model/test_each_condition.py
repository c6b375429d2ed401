"""Each condition of each write by itself: what it speaks of changes just before the write, and the
write loses. `python -m tests.model.conditions` takes the conditions away one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from dh_core.access import ALL_SCOPES
from dh_core.errors import DigitalHumanError
from dh_core.spec_base import InputFile
from dh_core.specs import VoiceSpec
from dh_core.store import (
    AccountStore,
    ApiKeyStore,
    AssistanceStore,
    Claim,
    DeliveryStatus,
    DeliveryStore,
    FileRecord,
    FileStore,
    InputsChanged,
    NewFile,
    NewTask,
    SegmentRecord,
    SegmentState,
    SegmentStore,
    SharedKeys,
    Table,
    TaskRecord,
    TaskStore,
    TemplateRecord,
    TemplateStore,
    TooManyAtWork,
    VoiceRecord,
    VoiceStore,
    WebhookStore,
)
from dh_core.store.deliveries import Attempt
from dh_core.store.table import ConditionFailed
from dh_core.tasks import TaskType
from dh_core.usage import Usage
from tests.model.dynamo import DynamoInMemory

HOOK: Final = "https://receiver.example/hook"
WAV: Final = InputFile(file_type="audio", filename="a.wav")
Key = tuple[str, str]


@dataclass
class Shop:
    """The stores over one table. `key` is of the item that is about to change."""

    memory: DynamoInMemory
    table: Table
    key: Key = ("", "")

    def task(self, **changes: Any) -> TaskRecord:
        values: dict[str, Any] = {
            "owner": "ann",
            "type": TaskType.VOICE,
            "spec": VoiceSpec(text="a"),
            "digest": "d",
            "missing": (),
            "lease_seconds": 60,
            "retention_seconds": 3600,
        }
        task = TaskStore(self.table).create(NewTask(**(values | changes))).task
        self.key = (f"TASK#{task.task_id}", "TASK")
        return task

    def submitted(self) -> TaskRecord:
        return TaskStore(self.table).dispatch(self.task().task_id, 60)

    def running(self) -> Claim:
        return TaskStore(self.table).start(self.submitted().task_id, 1, 1, 60)

    def segment(self) -> Claim:
        claim, segments = self.running(), SegmentStore(self.table)
        segments.open(claim, 1)
        segments.take(claim, claim.worker, segments.all(claim))
        return claim

    def file(self, etag: str | None = None) -> FileRecord:
        new = NewFile("ann", "audio", "a.wav", 1, "audio/wav", "uploads/ann/audio/a.wav", 2**31)
        file = FileStore(self.table).announce(new)
        assert file is not None
        self.key = ("FILE#ann#audio#a.wav", "FILE")
        if etag is not None:
            FileStore(self.table).mark_ready(file, size=1, expires_at=2**31, etag=etag)
            file = FileStore(self.table).get("ann", "audio", "a.wav")
            assert file is not None
        return file

    def delivery(self) -> str:
        task = self.task(callback_url=HOOK)
        TaskStore(self.table).cancel(task.task_id)
        self.key = (f"TASK#{task.task_id}", "DELIVERY")
        return task.task_id


Case = Callable[[Shop], Callable[[], object]]
"""Prepares, and answers with the write."""


def of_task(act: Callable[[TaskStore, TaskRecord], object], *, submitted: bool = False) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        task, store = (shop.submitted() if submitted else shop.task()), TaskStore(shop.table)
        return lambda: act(store, task)

    return case


def of_claim(act: Callable[[Table, Claim], object]) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        claim = shop.running()
        return lambda: act(shop.table, claim)

    return case


def of_segment(act: Callable[[SegmentStore, Claim], object], key: str = "SEGMENT") -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        claim = shop.segment()
        if key == "SEGMENT":
            shop.key = (f"TASK#{claim.task_id}", f"SEGMENT#{claim.output_folder}#0000")
        return lambda: act(SegmentStore(shop.table), claim)

    return case


def of_file(act: Callable[[FileStore, FileRecord], object], etag: str | None = None) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        file = shop.file(etag)
        return lambda: act(FileStore(shop.table), file)

    return case


def of_delivery(act: Callable[[DeliveryStore, Any], object]) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        store, task_id = DeliveryStore(shop.table), shop.delivery()
        found = store.get(task_id)
        return lambda: act(store, found)

    return case


def of_account(act: Callable[[AccountStore, Any], object]) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        store = AccountStore(shop.table)
        seen = store.begin_deletion("ann", lease_seconds=60)
        shop.key = ("ACCOUNT#ann", "DELETION")
        return lambda: act(store, seen)

    return case


def helped(shop: Shop) -> Callable[[], object]:
    claim = shop.running()
    AssistanceStore(shop.table).begin(claim)
    return lambda: AssistanceStore(shop.table).begin(claim)


def takes(shop: Shop) -> Callable[[], object]:
    """A segment whose holder has gone silent."""
    claim = shop.segment()
    silent = SegmentRecord(0, SegmentState.CLAIMED, claim.worker, 0)
    return lambda: SegmentStore(shop.table).take(claim, "helper", [silent])


def takes_segment(shop: Shop) -> Callable[[], object]:
    act = takes(shop)
    shop.key = (shop.key[0], "SEGMENT#1#0000")
    return act


def waits(shop: Shop) -> TaskRecord:
    shop.file()
    spec = VoiceSpec(text="a", reference_audio=WAV.filename)
    return shop.task(spec=spec, missing=(WAV,))


def arrives(shop: Shop) -> Callable[[], object]:
    task = waits(shop)
    return lambda: TaskStore(shop.table).input_arrived(task.task_id, WAV, 60)


def has_all(shop: Shop) -> Callable[[], object]:
    task = waits(shop)
    return lambda: TaskStore(shop.table).queue_complete_inputs(task.task_id, 60)


def forgets(shop: Shop) -> Callable[[], object]:
    ended = TaskStore(shop.table).cancel(shop.task().task_id)
    return lambda: TaskStore(shop.table).delete(ended)


def keeps_voice(shop: Shop) -> Callable[[], object]:
    claim = shop.running()
    shop.key = (f"VOICE#ann#{claim.task_id}", "VOICE")
    put = VoiceStore(shop.table).put_write(
        VoiceRecord("ann", claim.task_id, "me", "model", "profile", "preview", "audio/mpeg")
    )
    return lambda: TaskStore(shop.table).complete(claim, {}, also=[put])


def keeps_template(shop: Shop, *, replaces: bool = False) -> Callable[[], object]:
    claim, template = shop.running(), _template(shop)
    put = TemplateStore(shop.table).put_write(template, replaces=replaces)
    return lambda: TaskStore(shop.table).complete(claim, {}, also=[put])


def _template(shop: Shop) -> TemplateRecord:
    shop.key = ("TEMPLATE#ann#t", "TEMPLATE")
    return TemplateRecord("ann", "t", None, "p.png", "b.png", {}, "preview")


def edits_template(shop: Shop) -> Callable[[], object]:
    TemplateStore(shop.table).put(_template(shop))
    return keeps_template(shop, replaces=True)


def deletes_template(shop: Shop) -> Callable[[], object]:
    TemplateStore(shop.table).put(_template(shop))
    return lambda: TemplateStore(shop.table).delete("ann", "t")


def deletes_voice(shop: Shop) -> Callable[[], object]:
    act = keeps_voice(shop)
    act()
    return lambda: VoiceStore(shop.table).delete("ann", shop.key[0].split("#")[2])


def revokes_key(shop: Shop) -> Callable[[], object]:
    keys = ApiKeyStore(shop.table)
    record, _ = keys.create("ann", ALL_SCOPES, valid_seconds=None)
    shop.key = (f"KEY#{record.key_id}", "KEY")
    return lambda: keys.revoke(record.key_id)


def makes_shared_key(shop: Shop) -> Callable[[], object]:
    shop.key = ("SHARED_KEY#k", "SHARED_KEY")
    return lambda: SharedKeys(shop.table).get("k")


def rotates_secret(shop: Shop) -> Callable[[], object]:
    WebhookStore(shop.table).rotate("ann")
    shop.key = ("WEBHOOK#ann", "WEBHOOK")
    return lambda: WebhookStore(shop.table).rotate("ann")


APPEARED: Final = {"PK": "k", "SK": "k", "value": "00"}
MOVED: Final = ({"phase": "cancelled"}, {"attempt": 9})
HELD: Final = (*MOVED, {"worker": "other"})
ATTEMPT: Final = Attempt("now", 200, None, 1)

CASES: Final[dict[str, tuple[Case, tuple[dict[str, Any] | None, ...]]]] = {
    "dispatch": (of_task(lambda s, t: s.dispatch(t.task_id, 60)), MOVED),
    "cancel": (of_task(lambda s, t: s.cancel(t.task_id)), MOVED),
    "fail": (of_task(lambda s, t: s.fail(t.task_id, code="c", message="m")), MOVED),
    "start": (of_task(lambda s, t: s.start(t.task_id, 1, 1, 60), submitted=True), MOVED),
    "take over": (of_task(lambda s, t: s.take_over(t.task_id, 1, 60), submitted=True), MOVED),
    "record job": (
        of_task(lambda s, t: s.record_job(t.task_id, 1, "job"), submitted=True),
        MOVED,
    ),
    "renew": (of_task(lambda s, t: s.renew(t, 60)), ({"phase": "failed"}, {"lease_until": 1})),
    "requeue": (of_claim(lambda t, c: TaskStore(t).requeue(c.task_id, 1, 60)), HELD),
    "restart": (of_claim(lambda t, c: TaskStore(t).start(c.task_id, 1, 2, 60)), HELD),
    "complete": (of_claim(lambda t, c: TaskStore(t).complete(c, {})), HELD),
    "fail a run": (
        of_claim(lambda t, c: TaskStore(t).fail(c.task_id, code="c", message="m", claim=c)),
        HELD,
    ),
    "cancel a run": (of_claim(lambda t, c: TaskStore(t).cancel(c.task_id)), HELD),
    "heartbeat": (
        of_claim(lambda t, c: TaskStore(t).heartbeat(c, stage="s", progress=1, lease_seconds=60)),
        HELD,
    ),
    "usage": (
        of_claim(lambda t, c: TaskStore(t).record_usage(c.task_id, "ann", Usage(attempts=1))),
        (None,),
    ),
    "ask for help": (of_claim(lambda t, c: AssistanceStore(t).begin(c)), HELD),
    "ask for help again": (helped, ({},)),
    "take for a task": (takes, HELD),
    "take": (
        takes_segment,
        (
            {"state": "done"},
            {"state": "done", "lease_until": 1},
            {"state": "claimed", "lease_until": 2**40},
        ),
    ),
    "an input arrives": (arrives, ({"phase": "queued"},)),
    "all inputs are there": (has_all, MOVED),
    "forget a task": (forgets, (None,)),
    "keep a voice": (keeps_voice, (APPEARED,)),
    "keep a template": (keeps_template, (APPEARED,)),
    "edit a template": (edits_template, (None,)),
    "delete a template": (deletes_template, (None,)),
    "delete a voice": (deletes_voice, (None,)),
    "revoke a key": (revokes_key, (None,)),
    "make a shared key": (makes_shared_key, (APPEARED,)),
    "rotate a secret": (rotates_secret, ({"version": 9},)),
    "delete a file": (of_file(lambda s, f: s.delete(f)), ({"status": "ready"},)),
    "note the helpers": (of_claim(lambda t, c: AssistanceStore(t).record_job(c, "job")), HELD),
    "give up help": (of_claim(lambda t, c: AssistanceStore(t).give_up(c)), HELD),
    "offer segments": (of_claim(lambda t, c: SegmentStore(t).open(c, 1)), HELD),
    "finish of a task": (of_segment(lambda s, c: s.finish(c, 0, c.worker), "TASK"), HELD),
    "finish": (
        of_segment(lambda s, c: s.finish(c, 0, c.worker)),
        ({"state": "done"}, {"worker": "other"}),
    ),
    "release": (
        of_segment(lambda s, c: s.release(c, 0, c.worker)),
        ({"state": "done"}, {"worker": "other"}),
    ),
    "renew a segment": (
        of_segment(lambda s, c: s.renew(c, 0, c.worker)),
        ({"state": "done"}, {"worker": "other"}),
    ),
    "ready": (
        of_file(lambda s, f: s.mark_ready(f, size=1, expires_at=9, etag="e")),
        ({"status": "rejected"}, {"etag": "other"}),
    ),
    "ready again": (
        of_file(lambda s, f: s.mark_ready(f, size=1, expires_at=9, etag="n"), "e"),
        ({"status": "rejected"}, {"etag": "other"}),
    ),
    "rejected": (
        of_file(lambda s, f: s.mark_rejected(f, code="c", message="m", etag="e")),
        ({"status": "ready"}, {"etag": "other"}),
    ),
    "rejected again": (
        of_file(lambda s, f: s.mark_rejected(f, code="c", message="m", etag="n"), "e"),
        ({"status": "rejected"}, {"etag": "other"}),
    ),
    "note an avatar": (of_file(lambda s, f: s.note_avatar("ann", "audio", "a.wav", "x")), (None,)),
    "claim a delivery": (
        of_delivery(lambda s, d: s.claim(d.task_id)),
        ({"status": "delivered"}, {"due_at": 2**40}),
    ),
    "defer a delivery": (
        of_delivery(lambda s, d: s.defer(d, 9)),
        ({"status": "delivered"}, {"started": 9}),
    ),
    "settle a delivery": (
        of_delivery(lambda s, d: s.settle(d, ATTEMPT, DeliveryStatus.DELIVERED, None)),
        ({"started": 9},),
    ),
    "advance a deletion": (
        of_account(lambda s, d: s.advance(d, step="x", removed=1, lease_seconds=9)),
        ({"deletion_id": "x"}, {"step": "y"}, {"lease_until": 1}, {"removed": 9}),
    ),
    "finish a deletion": (
        of_account(lambda s, d: s.finish(d)),
        ({"deletion_id": "x"}, {"step": "y"}, {"lease_until": 1}, {"removed": 9}),
    ),
    "begin a deletion": (
        of_account(lambda s, d: s.begin_deletion("ann", lease_seconds=60)),
        ({},),
    ),
}


@pytest.mark.parametrize(
    ("case", "change"),
    [
        pytest.param(case, change, id=f"{name}: {', '.join(change or ['gone'])}")
        for name, (case, changes) in CASES.items()
        for change in changes
    ],
)
def test_a_write_loses_when_what_it_was_decided_by_changes(
    case: Case, change: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = DynamoInMemory()
    shop = Shop(memory, Table("table", memory))
    act = case(shop)
    lost: list[Key] = []
    write = DynamoInMemory._write

    def late(self: DynamoInMemory, *arguments: Any, **options: Any) -> None:
        """The first write comes just after the change."""
        monkeypatch.setattr(DynamoInMemory, "_write", write)
        item = self.items.pop(shop.key, {})
        if change is not None:
            self.items[shop.key] = item | change
        try:
            write(self, *arguments, **options)
        except Exception:
            lost.append(shop.key)
            raise

    monkeypatch.setattr(DynamoInMemory, "_write", late)
    try:
        act()
    except (DigitalHumanError, ConditionFailed, InputsChanged, TooManyAtWork):
        """Or it says so by its answer."""
    assert lost
