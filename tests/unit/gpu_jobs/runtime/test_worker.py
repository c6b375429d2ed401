"""A worker that is kept alive, on moto's cloud: which tasks it takes, and what stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from dh_core.clock import short_id
from dh_core.cloud.messages import (
    AccountDeletionDue,
    AttemptLost,
    JobSuperseded,
    TaskChanged,
    TaskWaiting,
    parse,
)
from dh_core.errors import Misconfigured, NoFaceFound, TransientError
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask, TaskRecord
from dh_core.store.tasks.records import spec_key, task_key
from dh_core.tasks.states import Phase
from dh_core.tasks.waiting_queue import WaitingQueue
from gpu_jobs.jobs.cancellation import StopReason
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.runtime import heartbeat, worker
from gpu_jobs.runtime.runner import Outcome
from gpu_jobs.runtime.worker import Worker
from tests.unit.gpu_jobs.runners import runner_of

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

Work = Callable[[JobContext], None]


class SpokenJob:
    """Does what its text has been given to do, and counts how often its models are loaded."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("speak", 1),)

    def __init__(self) -> None:
        self.loads = 0
        self.works: dict[str, Work] = {}
        self.spoken: list[str] = []
        self.folders: list[Path] = []

    def setup(self) -> None:
        self.loads += 1

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        assert isinstance(spec, VoiceSpec)
        self.spoken.append(spec.text)
        self.folders.append(context.workdir)
        self.works.get(spec.text, lambda _: None)(context)
        path = context.workdir / "note.txt"
        path.write_text("made")
        return JobOutput(files={"note": OutputFile(path, "text/plain", ".txt", label=None)})


class Ticks:
    """A monotonic clock on which every look takes a quarter of a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


@dataclass
class Lane:
    """The speaking lane: its tasks, its queue, and one worker."""

    cloud: MotoCloud
    work_dir: Path
    queue_url: str
    job: SpokenJob = field(default_factory=SpokenJob)

    @property
    def leave_file(self) -> Path:
        """Made when another lane needs the machine."""
        return self.work_dir / "leave"

    @property
    def queue(self) -> WaitingQueue:
        return WaitingQueue(self.queue_url, self.cloud.queue.client)

    def submit(self, text: str, *, callback_url: str | None = None) -> TaskRecord:
        """A task whose job waits for a machine."""
        new = NewTask(
            owner="public",
            spec=VoiceSpec(text=text),
            digest="digest",
            missing=(),
            lease_seconds=60,
            retention_seconds=3600,
            callback_url=callback_url,
        )
        task = self.cloud.tasks.dispatch(self.cloud.tasks.create(new).task.task_id, 60)
        self.cloud.tasks.record_job(task.task_id, task.attempt, f"job of {text}", 1800)
        return self.task(task)

    def wait(self, text: str, work: Work | None = None, **changes: str) -> TaskRecord:
        """A task that waits, and the message on it."""
        if work is not None:
            self.job.works[text] = work
        task = self.submit(text, **changes)
        self.queue.offer(TaskWaiting(task_id=task.task_id, attempt=task.attempt))
        return task

    def worker(self, *, seconds: int = 2, until: int = 1800) -> Worker:
        runner = runner_of(
            self.cloud,
            self.work_dir,
            self.job,
            leave_file=self.leave_file,
            keep_alive_seconds_speaking=seconds,
            worker_max_age_seconds=until,
            waiting_speaking_queue_url=self.queue_url,
            task_queue_url=self.cloud.queue_url,
        )
        return Worker(
            runner,
            self.cloud.queue,
            open_queue=lambda url: WaitingQueue(url, self.cloud.queue.client),
            clock=Ticks(),
            started=0.0,
        )

    def run(self, text: str = "first", work: Work | None = None, seconds: int = 2) -> Outcome:
        """Start a worker for a new task."""
        if work is not None:
            self.job.works[text] = work
        task = self.submit(text)
        return self.worker(seconds=seconds).run(task.task_id, task.attempt)

    def task(self, task: TaskRecord) -> TaskRecord:
        now = self.cloud.tasks.get(task.task_id)
        assert now is not None
        return now


@pytest.fixture
def lane(moto_cloud: MotoCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lane:
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS", 0.02)
    name = f"waiting-{short_id()}"
    url = moto_cloud.queue.client.create_queue(QueueName=name)["QueueUrl"]
    return Lane(moto_cloud, tmp_path / "work", url)


def raising(error: Exception) -> Work:
    def work(_: JobContext) -> None:
        raise error

    return work


def until_stopped(before: Callable[[], object]) -> Work:
    """Does `before`, then goes on reporting until it is told to stop."""

    def work(context: JobContext) -> None:
        before()
        report = context.report.stage("speak")
        pause = threading.Event()
        for _ in range(250):
            pause.wait(0.02)
            report(0.5)
        pytest.fail("nobody stopped the job within five seconds")

    return work


def test_a_warm_worker_takes_the_waiting_tasks_and_loads_its_models_once(lane: Lane) -> None:
    waiting = [lane.wait("second"), lane.wait("third")]
    assert lane.run() is Outcome.COMPLETED
    assert sorted(lane.job.spoken) == ["first", "second", "third"]
    assert lane.job.loads == 1
    for task in map(lane.task, waiting):
        assert (task.phase, task.attempt, task.losses) == (Phase.COMPLETED, 2, 0)
    assert len(set(lane.job.folders)) == 3
    assert list(lane.work_dir.iterdir()) == []


def test_the_jobs_of_taken_tasks_are_reported_as_superseded(lane: Lane) -> None:
    task = lane.wait("second")
    lane.run()
    (message,) = lane.cloud.announced()
    assert parse(message) == JobSuperseded(task_id=task.task_id, job_id="job of second")


def test_without_keep_alive_a_worker_carries_one_task(lane: Lane) -> None:
    waiting = lane.wait("second")
    task = lane.submit("first")
    assert lane.worker(seconds=0).run(task.task_id, 1) is Outcome.COMPLETED
    assert lane.task(waiting).phase is Phase.SUBMITTED
    assert lane.cloud.announced() == []


def test_a_worker_whose_room_another_lane_needs_ends_after_its_task(lane: Lane) -> None:
    second = lane.wait("second", lambda _: lane.leave_file.touch())
    third = lane.wait("third")
    assert lane.run() is Outcome.COMPLETED
    assert lane.task(second).phase is Phase.COMPLETED
    assert lane.task(third).phase is Phase.SUBMITTED


def test_cancelling_a_taken_task_leaves_the_worker_to_the_next_one(lane: Lane) -> None:
    tasks = lane.cloud.tasks
    second = lane.wait("second", until_stopped(lambda: tasks.cancel(second.task_id)))
    third = lane.wait("third")
    assert lane.run() is Outcome.COMPLETED
    assert lane.task(second).phase is Phase.CANCELLED
    assert lane.task(second).result is None
    assert lane.task(third).phase is Phase.COMPLETED
    assert lane.job.loads == 1


def test_cancelling_the_workers_own_task_does_not_end_it_either(lane: Lane) -> None:
    second = lane.wait("second")
    own = lane.submit("first")
    lane.job.works["first"] = until_stopped(lambda: lane.cloud.tasks.cancel(own.task_id))
    assert lane.worker().run(own.task_id, 1) is Outcome.ABANDONED
    assert lane.task(second).phase is Phase.COMPLETED


def test_a_task_that_fails_is_followed_by_the_next_and_the_own_ones_end_counts(lane: Lane) -> None:
    second = lane.wait("second", raising(NoFaceFound()))
    third = lane.wait("third")
    assert lane.run(work=raising(NoFaceFound())) is Outcome.FAILED
    assert lane.task(second).error_code == "no_face_found"
    assert lane.task(third).phase is Phase.COMPLETED


def test_after_a_bug_the_models_are_loaded_afresh(lane: Lane) -> None:
    lane.wait("second", raising(ZeroDivisionError()))
    third = lane.wait("third")
    lane.run()
    assert lane.task(third).phase is Phase.COMPLETED
    assert lane.job.loads == 2


def test_a_worker_whose_own_task_must_be_tried_again_takes_no_other(lane: Lane) -> None:
    second = lane.wait("second")
    assert lane.run(work=raising(TransientError("gone"))) is Outcome.UNFINISHED
    assert lane.task(second).phase is Phase.SUBMITTED


def test_a_worker_that_comes_too_late_for_its_own_task_takes_no_other(lane: Lane) -> None:
    """Its job may be ended at any moment, as superseded."""
    own, second = lane.wait("first"), lane.wait("second")
    lane.cloud.tasks.claim_waiting(own.task_id, 1, 60)
    assert lane.worker().run(own.task_id, 1) is Outcome.SKIPPED
    assert lane.task(second).phase is Phase.SUBMITTED


def test_a_taken_task_that_must_be_tried_again_is_given_back_and_the_worker_ends(
    lane: Lane,
) -> None:
    second = lane.wait("second", raising(TransientError("gone")))
    third = lane.wait("third")
    assert lane.run() is Outcome.COMPLETED
    told = [parse(message) for message in lane.cloud.announced()]
    assert [message for message in told if not isinstance(message, JobSuperseded)] == [
        AttemptLost(task_id=second.task_id, attempt=2)
    ]
    assert lane.task(third).phase is Phase.SUBMITTED


def test_a_worker_told_to_end_gives_its_taken_task_back_and_takes_no_other(lane: Lane) -> None:
    carrying = lane.worker()
    second = lane.wait("second", until_stopped(carrying.runner.shutdown.request))
    third = lane.wait("third")
    own = lane.submit("first")
    assert carrying.run(own.task_id, 1) is Outcome.COMPLETED
    told = [parse(message) for message in lane.cloud.announced()]
    assert AttemptLost(task_id=second.task_id, attempt=2) in told
    assert lane.task(second).phase is Phase.RUNNING
    assert lane.task(third).phase is Phase.SUBMITTED


def test_a_worker_told_to_end_during_its_own_task_lets_it_wait_for_its_job_or_a_warm_worker(
    lane: Lane,
) -> None:
    carrying = lane.worker()
    own = lane.submit("first")
    lane.job.works["first"] = until_stopped(carrying.runner.shutdown.request)
    assert carrying.run(own.task_id, 1) is Outcome.UNFINISHED
    waiting = lane.task(own)
    assert (waiting.phase, waiting.attempt, waiting.losses) == (Phase.SUBMITTED, 1, 0)
    assert [parse(one) for one in lane.cloud.announced()] == [TaskChanged(task_id=own.task_id)]
    again = lane.cloud.tasks.start(own.task_id, attempt=1, run=2, lease_seconds=60)
    lane.cloud.tasks.complete(again, {"files": {}})


def test_a_worker_whose_task_its_job_began_anew_leaves_that_alone(lane: Lane) -> None:
    """It was slow to end, and Batch quick."""
    carrying, own = lane.worker(), lane.submit("first")

    def overtaken(_: JobContext) -> None:
        lane.cloud.tasks.start(own.task_id, attempt=1, run=2, lease_seconds=60)
        carrying.leave(StopReason.INTERRUPTED)

    lane.job.works["first"] = overtaken
    carrying.run(own.task_id, 1)
    assert (lane.task(own).phase, lane.task(own).run) == (Phase.RUNNING, 2)
    assert lane.cloud.announced() == []


def test_an_idle_worker_that_is_told_to_end_just_ends(lane: Lane) -> None:
    carrying = lane.worker(seconds=3600)
    own, second = lane.submit("first"), lane.submit("second")

    class LastMessage(WaitingQueue):
        """Hands a message out at the moment of the signal."""

        def take(self, wait_seconds: float) -> TaskWaiting | None:
            carrying.runner.shutdown.request()
            return TaskWaiting(task_id=second.task_id, attempt=second.attempt)

    carrying.open_queue = LastMessage
    assert carrying.run(own.task_id, 1) is Outcome.COMPLETED
    assert lane.task(second).phase is Phase.SUBMITTED


def test_messages_that_are_late_double_or_foreign_are_passed_over(lane: Lane) -> None:
    cancelled, started = lane.wait("cancelled"), lane.wait("started")
    lane.cloud.tasks.cancel(cancelled.task_id)
    lane.cloud.tasks.start(started.task_id, 1, 1, 60)
    lane.queue.offer(TaskWaiting(task_id="5f2b6c1e-0000-4000-8000-000000000000", attempt=1))
    lane.queue.send(AccountDeletionDue(owner="public"))
    wanted = lane.wait("wanted")
    lane.queue.offer(TaskWaiting(task_id=wanted.task_id, attempt=1))
    lane.queue.offer(TaskWaiting(task_id=wanted.task_id, attempt=2))
    assert lane.run(seconds=5) is Outcome.COMPLETED
    assert lane.job.spoken == ["first", "wanted"]
    assert lane.task(wanted).attempt == 2


@pytest.mark.parametrize(
    ("changed", "attribute", "value"),
    [(task_key, "type", "opera"), (spec_key, "spec", '{"type": "opera"}')],
)
def test_a_task_of_a_newer_release_is_left_to_its_own_job(
    lane: Lane, changed: Callable[[str], Any], attribute: str, value: str
) -> None:
    newer, wanted = lane.wait("newer"), lane.wait("wanted")
    lane.cloud.table.update(
        {
            "Key": changed(newer.task_id),
            "UpdateExpression": "SET #name = :value",
            "ExpressionAttributeNames": {"#name": attribute},
            "ExpressionAttributeValues": {":value": value},
        }
    )
    assert lane.run() is Outcome.COMPLETED
    item = lane.cloud.table.get(task_key(newer.task_id))
    assert item is not None
    assert item["phase"] == Phase.SUBMITTED
    assert lane.task(wanted).phase is Phase.COMPLETED


def test_an_old_worker_takes_no_more_tasks(lane: Lane) -> None:
    second = lane.wait("second")
    own = lane.submit("first")
    assert lane.worker(until=0).run(own.task_id, 1) is Outcome.COMPLETED
    assert lane.task(second).phase is Phase.SUBMITTED


def test_the_callbacks_of_ended_tasks_are_told_while_the_worker_goes_on(lane: Lane) -> None:
    second = lane.wait("second", callback_url="https://example.com/hook")
    lane.run()
    told = [parse(message) for message in lane.cloud.announced()]
    assert TaskChanged(task_id=second.task_id) in told


def test_a_worker_whose_queues_are_out_of_reach_ends_as_if_idle(lane: Lane) -> None:
    carrying = lane.worker()
    gone = f"{lane.queue_url}-gone"
    carrying.open_queue = lambda _: WaitingQueue(gone, lane.cloud.queue.client)
    own = lane.submit("first")
    assert carrying.run(own.task_id, 1) is Outcome.COMPLETED


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [(StopReason.CANCELLED, Outcome.ABANDONED), (StopReason.INTERRUPTED, Outcome.UNFINISHED)],
)
def test_a_worker_stuck_in_its_own_task_leaves_with_what_the_stop_calls_for(
    lane: Lane, reason: StopReason, outcome: Outcome
) -> None:
    assert lane.worker().leave(reason) is outcome
    carrying, own = lane.worker(), lane.submit("first")
    left: list[Outcome] = []
    lane.job.works["first"] = lambda _: left.append(carrying.leave(reason))
    carrying.run(own.task_id, 1)
    assert left == [outcome]
    interrupted = reason is StopReason.INTERRUPTED
    assert lane.task(own).phase is (Phase.SUBMITTED if interrupted else Phase.COMPLETED)


@pytest.mark.parametrize(
    ("reason", "given_back"), [(StopReason.CANCELLED, []), (StopReason.INTERRUPTED, [2])]
)
def test_a_worker_stuck_in_a_taken_task_leaves_with_its_own_ones_end(
    lane: Lane, reason: StopReason, given_back: list[int]
) -> None:
    carrying = lane.worker()
    left: list[Outcome] = []
    messages: list[str] = []

    def work(_: JobContext) -> None:
        lane.cloud.announced()
        left.append(carrying.leave(reason))
        messages.extend(lane.cloud.announced())

    lane.wait("second", work)
    own = lane.submit("first")
    carrying.run(own.task_id, 1)
    assert left == [Outcome.COMPLETED]
    lost = [parse(message) for message in messages]
    assert [message.attempt for message in lost if isinstance(message, AttemptLost)] == given_back
    assert len(lost) == len(given_back)


def test_a_worker_that_may_not_read_the_queue_ends_at_once(lane: Lane) -> None:
    looks: list[float] = []

    class Closed(WaitingQueue):
        def take(self, wait_seconds: float) -> TaskWaiting | None:
            looks.append(wait_seconds)
            raise Misconfigured("sqs:ReceiveMessage: not authorized")

    task = lane.submit("first")
    ended = replace(lane.worker(seconds=60), open_queue=Closed).run(task.task_id, task.attempt)
    assert ended is Outcome.COMPLETED
    assert len(looks) == 1
