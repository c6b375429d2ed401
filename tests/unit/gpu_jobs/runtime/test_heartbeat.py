"""When a run is written to, and when it is only looked at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from dh_core.errors import TaskCancelled, TransientError
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import Claim, NewTask, Table, TaskStore
from gpu_jobs.jobs.cancellation import CancellationToken
from gpu_jobs.jobs.job import Stage
from gpu_jobs.runtime.heartbeat import Heartbeat
from gpu_jobs.runtime.progress import Progress
from tests.conftest import ManualClock
from tests.model.cloud.dynamo import DynamoInMemory

LEASE = 60


class Heart:
    """A heart that beats once a second of a clock that tests move."""

    def __init__(self, table: Any, clock: ManualClock) -> None:
        self.table, self.clock = table, clock
        self.tasks = TaskStore(Table("table", table), clock)
        self.claim = self._claim()
        self.token = CancellationToken(lambda: None, lambda _: None)
        self.progress = Progress((Stage("speech", 1), Stage("lips", 1)), lambda: None)
        self.beats = Heartbeat(
            self.tasks, self.claim, self.progress, self.token, LEASE, clock=lambda: self.clock.now
        )
        self.beats._beat()

    def _claim(self) -> Claim:
        new = NewTask("ann", VoiceSpec(text="a"), "digest", (), LEASE, 3600)
        task = self.tasks.dispatch(self.tasks.create(new).task.task_id, LEASE)
        return self.tasks.start(task.task_id, task.attempt, 1, LEASE)

    def beat(self, seconds: int) -> int:
        """Beat for so long; how many of them wrote."""
        wrote = 0
        for _ in range(seconds):
            self.clock.advance(1)
            before = self.run()
            self.beats._beat()
            wrote += self.run() != before
        return wrote

    def run(self) -> dict[str, Any]:
        return dict(self.table.items[f"TASK#{self.claim.task_id}", "RUN"])


@pytest.fixture
def heart() -> Iterator[Heart]:
    heart = Heart(DynamoInMemory(), ManualClock())
    yield heart
    heart.token.aborted()


def test_the_first_beat_says_that_the_task_runs_and_in_which_stage(heart: Heart) -> None:
    task = heart.tasks.get(heart.claim.task_id)
    assert task is not None
    assert (task.stage, [event.stage for event in task.events][-1]) == ("speech", "speech")


def test_a_run_that_gets_nowhere_renews_its_lease_at_half_its_life_and_writes_nothing_else(
    heart: Heart,
) -> None:
    assert heart.beat(29) == 0
    assert heart.beat(1) == 1
    assert heart.beat(29) == 0
    assert heart.run()["lease_until"] - heart.clock.now > LEASE / 2 - 1
    assert list(heart.tasks.expired()) == []


def test_progress_is_shown_every_other_second_at_first_and_every_ten_later(heart: Heart) -> None:
    report = heart.progress.stage("speech")
    shown = []
    for second in range(1, 101):
        report(second / 100)
        if heart.beat(1):
            shown.append(second)
    pauses = [later - earlier for earlier, later in pairwise(shown)]
    assert pauses[:5] == [2] * 5
    assert 8 <= max(pauses) <= 10


def test_a_stage_is_noted_by_the_next_beat(heart: Heart) -> None:
    heart.progress.stage("lips")
    assert heart.beat(1) == 1
    assert (heart.run()["stage"], heart.run()["progress"]) == ("lips", 50)


def test_a_cancel_is_noticed_by_the_next_beat_although_that_only_reads(heart: Heart) -> None:
    heart.beat(3)
    heart.tasks.cancel(heart.claim.task_id)
    heart.clock.advance(1)
    heart.beats._beat()
    with pytest.raises(TaskCancelled):
        heart.token.check()


def test_the_work_stops_when_the_table_was_out_of_reach_for_as_long_as_the_lease(
    heart: Heart, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise ConnectionError

    for call in ("get_item", "update_item"):
        monkeypatch.setattr(heart.table, call, unreachable)
    for _ in range(LEASE - 1):
        heart.clock.advance(1)
        heart.beats._beat()
    heart.token.check()
    heart.clock.advance(2)
    heart.beats._beat()
    with pytest.raises(TransientError):
        heart.token.check()
