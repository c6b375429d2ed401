from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from dh_core.clock import short_id
from dh_core.cloud.messages import AccountDeletionDue, parse
from dh_core.cloud.task_queue import TaskQueue
from dh_core.store import AccountDeletion, AccountStore, NewFile, NewTask, TemplateRecord
from dh_core.tasks.states import Phase
from dh_core.tasks.usage import Usage
from functions.dispatch import account_deletion
from functions.dispatch.account_deletion import SETTLE_SECONDS, continue_deletion
from functions.dispatch.batch.submit import handle_task_changed
from functions.dispatch.sweep import sweep
from tests.unit.functions.dispatch.dispatcher import VOICE, Dispatcher

if TYPE_CHECKING:
    from tests.conftest import ManualClock, MotoCloud


@pytest.fixture(autouse=True)
def a_message_has_all_the_time_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow; the tests of a message's end set the time themselves."""
    monkeypatch.setattr(account_deletion, "_WORK_SECONDS", 3600.0)


class Interrupted(BaseException):
    """The function's time is over: nothing after it runs."""


class Household:
    """Things of two owners, and the deletion of one of them."""

    def __init__(self, dispatcher: Dispatcher, cloud: MotoCloud) -> None:
        self.dispatcher = dispatcher
        self.deps = dispatcher.deps
        self.cloud = cloud
        self.clock: ManualClock = cloud.clock
        self.deps.__dict__["accounts"] = AccountStore(cloud.table, cloud.clock)

    def furnish(self, owner: str, tasks: int = 3) -> None:
        for number in range(tasks):
            created = self.task(owner, uuid=f"u{number}")
            self.dispatcher.put_object(f"generated/{created}/1/audio.wav", b"sound")
            file = NewFile(
                owner,
                "audio",
                f"{number}.wav",
                1,
                "audio/wav",
                f"uploads/{owner}/audio/{number}",
                2**31,
            )
            announced = self.cloud.files.register(file)
            assert announced is not None
            self.cloud.files.mark_ready(announced, size=1, expires_at=2**31)
            self.dispatcher.put_object(file.key, b"bytes")
        self.dispatcher.put_object(f"avatars/{owner}/v1-abc.zip", b"avatar")
        self.dispatcher.put_object(f"voices/{owner}/v/1/profile", b"profile")
        self.cloud.templates.put(TemplateRecord(owner, "t", None, "p", "b", {}, "preview"))
        self.cloud.tasks.record_usage(created, owner, Usage(attempts=1, cpu_ms=5))

    def task(self, owner: str, uuid: str | None = None) -> str:
        new = NewTask(owner, VOICE, "digest", (), 60, 86_400, uuid=uuid)
        return self.cloud.tasks.create(new).task.task_id

    def begin(self, owner: str) -> AccountDeletion:
        return self.deps.accounts.begin_deletion(owner, lease_seconds=60)

    def state(self, owner: str) -> AccountDeletion:
        deletion = self.deps.accounts.deletion(owner)
        assert deletion is not None
        return deletion

    def left_of(self, owner: str) -> list[str]:
        """Every item and object that bears an owner's name, the deletion's own aside."""
        items = self.cloud.table.client.scan(TableName=self.cloud.table.name)["Items"]
        listed = self.cloud.media.client.list_object_versions(Bucket=self.cloud.media.bucket)
        entries = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        keys = [entry["Key"] for entry in entries]
        mine = [item["PK"] for item in items if owner in str(item)]
        return [pk for pk in mine if pk != f"ACCOUNT#{owner}"] + [
            key for key in keys if owner in key
        ]

    def wait(self, seconds: int) -> None:
        """Let time pass, then the sweep, then whatever it announced about accounts."""
        self.clock.advance(seconds)
        self.cloud.announced()
        sweep(self.deps)
        for body in self.cloud.announced():
            message = parse(body)
            if isinstance(message, AccountDeletionDue):
                continue_deletion(self.deps, message.owner)

    def finish(self, owner: str) -> None:
        continue_deletion(self.deps, owner)
        assert self.state(owner).state == "deleting", "a second pass is to come"
        self.wait(SETTLE_SECONDS + 1)


@pytest.fixture
def household(dispatcher: Dispatcher, moto_cloud: MotoCloud) -> Household:
    return Household(dispatcher, moto_cloud)


def test_everything_of_the_owner_goes_and_nothing_of_anybody_else(household: Household) -> None:
    household.furnish("anna")
    household.furnish("ben")
    bens = sorted(household.left_of("ben"))
    household.begin("anna")
    household.finish("anna")
    ended = household.state("anna")
    assert (ended.state, ended.ended_at is not None) == ("deleted", True)
    assert ended.removed >= 3 + 3 + 1 + 2
    assert household.left_of("anna") == []
    assert sorted(household.left_of("ben")) == bens
    tasks, files = household.cloud.counters.totals()
    assert (sum(tasks.values()), files["audio"]) == (3, 3)


def test_a_job_at_work_is_ended(household: Household) -> None:
    task_id = household.task("anna")
    handle_task_changed(household.deps, task_id)
    household.begin("anna")
    continue_deletion(household.deps, "anna")
    assert household.dispatcher.batch.terminated == ["job-1"]
    assert household.cloud.tasks.get(task_id) is None


@pytest.mark.parametrize("calls", range(0, 30, 3))
def test_a_deletion_cut_off_anywhere_goes_on_to_the_end(
    household: Household, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    household.furnish("anna", tasks=2)
    household.begin("anna")
    monkeypatch.setattr(account_deletion, "BATCH", 1)
    cut_off_after(calls, household, monkeypatch)
    with pytest.raises(Interrupted):
        continue_deletion(household.deps, "anna")
    monkeypatch.undo()
    household.wait(61)
    household.wait(SETTLE_SECONDS + 1)
    assert household.state("anna").state == "deleted"
    assert household.left_of("anna") == []


def cut_off_after(calls: int, household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this many requests to DynamoDB and S3 through, and end the process at the next."""
    left = calls

    def wrap(client: Any) -> None:
        send = client._make_api_call

        def count(*arguments: Any) -> Any:
            nonlocal left
            if left == 0:
                raise Interrupted
            left -= 1
            return send(*arguments)

        monkeypatch.setattr(client, "_make_api_call", count)

    wrap(household.deps.tasks._table.client)
    wrap(household.deps.media.client)


def test_work_beyond_one_messages_time_is_announced_again(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.furnish("anna")
    household.begin("anna")
    monkeypatch.setattr(account_deletion, "_WORK_SECONDS", 0.0)
    continue_deletion(household.deps, "anna")
    assert AccountDeletionDue(owner="anna") in map(parse, household.cloud.announced())


def test_what_a_late_request_left_behind_goes_in_the_second_pass(household: Household) -> None:
    household.furnish("anna")
    household.begin("anna")
    continue_deletion(household.deps, "anna")
    late = household.task("anna")
    household.dispatcher.put_object(f"generated/{late}/1/audio.wav", b"sound")
    household.wait(SETTLE_SECONDS + 1)
    assert household.left_of("anna") == []


def test_afterwards_the_owner_may_begin_anew(household: Household) -> None:
    household.furnish("anna")
    first = household.begin("anna")
    household.finish("anna")
    task = household.cloud.tasks.get(household.task("anna", uuid="u0"))
    assert task is not None
    assert task.phase is Phase.QUEUED
    assert household.cloud.usage.days("anna", date(2026, 1, 1), date(2028, 1, 1)) == {}
    assert household.begin("anna").deletion_id != first.deletion_id


def test_a_message_about_a_finished_deletion_does_nothing(household: Household) -> None:
    household.begin("anna")
    household.finish("anna")
    kept = household.task("anna")
    continue_deletion(household.deps, "anna")
    assert household.cloud.tasks.get(kept) is not None


def test_a_deletion_waits_in_a_queue_of_its_own(household: Household) -> None:
    sqs = household.cloud.queue.client
    own = TaskQueue(sqs.create_queue(QueueName=f"deletions-{short_id()}")["QueueUrl"], sqs)
    household.deps.__dict__["deletion_queue"] = own
    household.begin("anna")
    household.clock.advance(61)
    household.cloud.announced()
    sweep(household.deps)
    assert household.cloud.announced() == []
    (message,) = sqs.receive_message(QueueUrl=own._url)["Messages"]
    assert parse(message["Body"]) == AccountDeletionDue(owner="anna")
