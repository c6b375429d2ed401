"""Writes that are about to be made, each decided by what an item says: for test_each_condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dh_core.access.identity import ALL_SCOPES
from dh_core.specs.base import InputFile
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import (
    AccountStore,
    ApiKeyStore,
    AssistanceStore,
    Claim,
    DeliveryStatus,
    DeliveryStore,
    FileRecord,
    FileStore,
    NewFile,
    NewTask,
    SampleStore,
    SegmentStore,
    SharedKeys,
    Table,
    TaskRecord,
    TaskStore,
    TemplateRecord,
    TemplateStore,
    VoiceRecord,
    VoiceStore,
    WebhookStore,
)
from dh_core.store.webhooks.records import Attempt
from tests.model.cloud.dynamo import DynamoInMemory

HOOK: Final = "https://receiver.example/hook"
WAV: Final = InputFile(file_type="audio", filename="a.wav")
Key = tuple[str, str]


@dataclass
class Shop:
    """The stores over one table. `key` is of the item that is about to change.

    `earlier`: how many writes of the same call come before the one that will be late.
    """

    memory: DynamoInMemory
    table: Table
    key: Key = ("", "")
    earlier: int = 0

    def task(self, **changes: Any) -> TaskRecord:
        values: dict[str, Any] = {
            "owner": "ann",
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
        file = FileStore(self.table).register(new)
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

    def run_delivery(self) -> str:
        """Of a task that has ended, whose start was never told."""
        events = ("started", "cancelled")
        task = self.task(callback_url=HOOK, callback_events=events)
        store = TaskStore(self.table)
        store.dispatch(task.task_id, 60)
        store.start(task.task_id, 1, 1, 60)
        store.cancel(task.task_id)
        self.key = (f"TASK#{task.task_id}", "DELIVERY#RUN")
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


def of_run(act: Callable[[Table, Claim], object]) -> Case:
    """Of a write that looks at the run alone."""

    def case(shop: Shop) -> Callable[[], object]:
        claim = shop.running()
        shop.key = (shop.key[0], "RUN")
        return lambda: act(shop.table, claim)

    return case


def of_segment(act: Callable[[SegmentStore, Claim], object], key: str = "SEGMENT") -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        claim = shop.segment()
        name = f"SEGMENT#{claim.output_folder}#0000" if key == "SEGMENT" else key
        shop.key = (f"TASK#{claim.task_id}", name)
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


def of_ended_delivery(act: Callable[[DeliveryStore, str], object]) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        store, task_id = DeliveryStore(shop.table), shop.delivery()
        claimed = store.claim(task_id)
        assert claimed is not None
        gone = Attempt("now", 410, "http_410", 1)
        assert store.settle(claimed, gone, DeliveryStatus.GIVEN_UP, None)
        return lambda: act(store, task_id)

    return case


def of_run_delivery(act: Callable[[DeliveryStore, str], object]) -> Case:
    def case(shop: Shop) -> Callable[[], object]:
        store, task_id = DeliveryStore(shop.table), shop.run_delivery()
        return lambda: act(store, task_id)

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


def withheld(shop: Shop) -> Callable[[], object]:
    claim, tasks = shop.running(), TaskStore(shop.table)
    seen = tasks.withhold(claim, {}, lease_seconds=60)
    return lambda: tasks.release(seen)


def of_sample(shop: Shop) -> Callable[[], object]:
    claim, samples = shop.running(), SampleStore(shop.table)
    task = TaskStore(shop.table).get(claim.task_id)
    assert task is not None
    samples.put(task, claim, [("generated/t/1/samples/a.jpg", "image")], None)
    (sample,) = samples.of(task)
    shop.key = (shop.key[0], "SAMPLE#1#a.jpg")
    return lambda: samples.note_trace(sample, "trace")


def takes(shop: Shop) -> Callable[[], object]:
    claim, segments = shop.segment(), SegmentStore(shop.table)
    segments.release(claim, 0, claim.worker)
    known = segments.all(claim)
    shop.key = (shop.key[0], "RUN")
    return lambda: segments.take(claim, "helper", known)


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


def arrives_last(shop: Shop) -> Callable[[], object]:
    """The file has been struck off the list; the move comes too late."""
    shop.earlier = 1
    return arrives(shop)


def has_all(shop: Shop) -> Callable[[], object]:
    task = waits(shop)
    return lambda: TaskStore(shop.table).queue_complete_inputs(task.task_id, 60)


def forgets(shop: Shop) -> Callable[[], object]:
    """Its spec has been deleted; its own item is gone when that is to go."""
    shop.earlier = 1
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


def sets_url(shop: Shop) -> Callable[[], object]:
    rotates_secret(shop)
    return lambda: WebhookStore(shop.table).set_url("ann", HOOK)


def rotates_secret(shop: Shop) -> Callable[[], object]:
    WebhookStore(shop.table).rotate("ann")
    shop.key = ("WEBHOOK#ann", "WEBHOOK")
    return lambda: WebhookStore(shop.table).rotate("ann")
