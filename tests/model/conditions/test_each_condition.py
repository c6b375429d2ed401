"""Each condition of each write by itself: what it speaks of changes just before the write, and the
write loses. `python -m tests.model.conditions` takes the conditions away one by one.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from dh_core.errors import DigitalHumanError
from dh_core.store import (
    AssistanceStore,
    Claim,
    DeliveryStatus,
    InputsChanged,
    SegmentStore,
    Table,
    TaskRecord,
    TaskStore,
    TooManyAtWork,
)
from dh_core.store.table import ConditionFailed
from dh_core.store.webhooks.records import Attempt
from dh_core.tasks.usage import Usage
from tests.model.cloud.dynamo import DynamoInMemory
from tests.model.conditions.decided_writes import (
    Case,
    Key,
    Shop,
    arrives,
    arrives_last,
    deletes_template,
    deletes_voice,
    edits_template,
    forgets,
    has_all,
    helped,
    keeps_template,
    keeps_voice,
    makes_shared_key,
    of_account,
    of_claim,
    of_delivery,
    of_ended_delivery,
    of_file,
    of_run,
    of_run_delivery,
    of_sample,
    of_segment,
    of_task,
    revokes_key,
    rotates_secret,
    sets_url,
    takes,
    takes_segment,
    withheld,
)

APPEARED: Final = {"PK": "k", "SK": "k", "value": "00"}
MOVED: Final = ({"phase": "cancelled"}, {"attempt": 9})
HELD: Final = (*MOVED, {"worker": "other"})
TAKEN: Final = ({"worker": "other"}, None)
ATTEMPT: Final = Attempt("now", 200, None, 1)

CASES: Final[dict[str, tuple[Case, tuple[dict[str, Any] | None, ...]]]] = {
    "dispatch": (of_task(lambda s, t: s.dispatch(t.task_id, 60)), MOVED),
    "cancel": (of_task(lambda s, t: s.cancel(t.task_id)), MOVED),
    "fail": (of_task(lambda s, t: s.fail(t.task_id, code="c", message="m")), MOVED),
    "start": (of_task(lambda s, t: s.start(t.task_id, 1, 1, 60), submitted=True), MOVED),
    "take over": (of_task(lambda s, t: s.claim_waiting(t.task_id, 1, 60), submitted=True), MOVED),
    "record job": (
        of_task(lambda s, t: s.record_job(t.task_id, 1, "job", 60), submitted=True),
        MOVED,
    ),
    "renew": (of_task(lambda s, t: s.renew(t, 60)), ({"phase": "failed"}, {"lease_until": 1})),
    "requeue what waits for a machine": (
        of_task(lambda s, t: s.requeue(t.task_id, 1, 60), submitted=True),
        MOVED,
    ),
    "requeue": (of_claim(lambda t, c: TaskStore(t).requeue(c.task_id, 1, 60)), HELD),
    "await a restart": (
        of_claim(lambda t, c: TaskStore(t).await_restart(_record(t, c), 60)),
        HELD,
    ),
    "restart": (of_claim(lambda t, c: TaskStore(t).start(c.task_id, 1, 2, 60)), HELD),
    "complete": (of_claim(lambda t, c: TaskStore(t).complete(c, {})), HELD),
    "withhold": (of_claim(lambda t, c: TaskStore(t).withhold(c, {}, lease_seconds=60)), HELD),
    "show": (withheld, HELD),
    "note a trace": (of_sample, (None,)),
    "fail a run": (
        of_claim(lambda t, c: TaskStore(t).fail(c.task_id, code="c", message="m", claim=c)),
        HELD,
    ),
    "cancel a run": (of_claim(lambda t, c: TaskStore(t).cancel(c.task_id)), HELD),
    "heartbeat": (
        of_run(lambda t, c: TaskStore(t).heartbeat(c, stage="s", progress=1, lease_seconds=60)),
        TAKEN,
    ),
    "usage": (
        of_claim(lambda t, c: TaskStore(t).record_usage(c.task_id, "ann", Usage(attempts=1))),
        (None,),
    ),
    "ask for help": (of_claim(lambda t, c: AssistanceStore(t).begin(c)), HELD),
    "ask for help again": (helped, ({},)),
    "take for a task": (takes, TAKEN),
    "take": (
        takes_segment,
        (
            {"state": "done"},
            {"state": "done", "lease_until": 1},
            {"state": "claimed", "lease_until": 2**40},
        ),
    ),
    "an input arrives": (arrives, ({"phase": "queued"},)),
    "the last input arrives": (arrives_last, MOVED),
    "all inputs are there": (has_all, MOVED),
    "forget a task": (forgets, (None,)),
    "keep a voice": (keeps_voice, (APPEARED,)),
    "keep a template": (keeps_template, (APPEARED,)),
    "edit a template": (edits_template, (None,)),
    "delete a template": (deletes_template, (None,)),
    "delete a voice": (deletes_voice, (None,)),
    "revoke a key": (revokes_key, (None,)),
    "make a shared key": (makes_shared_key, (APPEARED,)),
    "set the callback": (sets_url, ({"version": 9},)),
    "rotate a secret": (rotates_secret, ({"version": 9},)),
    "delete a file": (of_file(lambda s, f: s.delete(f)), ({"status": "ready"},)),
    "note the helpers": (of_claim(lambda t, c: AssistanceStore(t).record_job(c, "job")), HELD),
    "give up help": (of_claim(lambda t, c: AssistanceStore(t).give_up(c)), HELD),
    "offer segments": (of_run(lambda t, c: SegmentStore(t).open(c, 1)), TAKEN),
    "finish of a task": (of_segment(lambda s, c: s.finish(c, 0, c.worker), "RUN"), TAKEN),
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
    "note it allowed": (of_file(lambda s, f: s.note_allowed(f, "e")), (None,)),
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
    "close what is told of a run": (
        of_run_delivery(lambda s, task_id: s.close_run(task_id)),
        ({"status": "delivered"}, {"claimed_until": 2**40}),
    ),
    "repeat a delivery": (
        of_ended_delivery(lambda s, task_id: s.repeat(task_id)),
        ({"status": "pending"}, {"earlier": 999}),
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


def _record(table: Table, claim: Claim) -> TaskRecord:
    task = TaskStore(table).get(claim.task_id)
    assert task is not None
    return task


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
        """The write comes just after the change."""
        if shop.earlier:
            shop.earlier -= 1
            write(self, *arguments, **options)
            return
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
