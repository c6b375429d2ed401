"""The runner on moto's cloud, with small jobs of the tests' own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from dh_core.errors import Misconfigured, NoFaceFound, TransientError
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewFile, NewTask, TaskRecord
from dh_core.tasks.polling import PastRuns
from dh_core.tasks.states import Phase
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.runtime import heartbeat
from gpu_jobs.runtime.runner import Outcome
from gpu_jobs.runtime.storage.results import Results
from tests.unit.gpu_jobs.runners import runner_of

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

Work = Callable[[JobContext], None]


class NoteJob:
    """Does `work`, then answers with one text file."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("write", 1),)

    def __init__(self, work: Work) -> None:
        self._work = work

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        self._work(context)
        path = context.workdir / "note.txt"
        path.write_text("made")
        file = OutputFile(path, "text/plain", ".txt", label=None)
        return JobOutput(files={"note": file}, data={"words": 1})


class Bench:
    """A queue of one task and a runner for it."""

    def __init__(self, cloud: MotoCloud, work_dir: Path) -> None:
        self.cloud = cloud
        self.work_dir = work_dir

    def submit(self, spec: TaskSpec) -> TaskRecord:
        new = NewTask(
            owner="public",
            spec=spec,
            digest="digest",
            missing=(),
            lease_seconds=60,
            retention_seconds=3600,
            uuid="mine",
        )
        return self.cloud.tasks.dispatch(self.cloud.tasks.create(new).task.task_id, 60)

    def run(self, task: TaskRecord, work: Work, *, run: int = 1) -> Outcome:
        runner = runner_of(self.cloud, self.work_dir, NoteJob(work), aws_batch_job_attempt=run)
        return runner.run(task.task_id, task.attempt)

    def task(self, task_id: str) -> TaskRecord:
        task = self.cloud.tasks.get(task_id)
        assert task is not None
        return task


@pytest.fixture
def bench(moto_cloud: MotoCloud, tmp_path: Path) -> Bench:
    return Bench(moto_cloud, tmp_path / "work")


@pytest.fixture
def voice(bench: Bench) -> TaskRecord:
    return bench.submit(VoiceSpec(text="你好"))


def nothing(_: JobContext) -> None:
    """A job whose work is done at once."""


def raising(error: Exception) -> Work:
    def work(_: JobContext) -> None:
        raise error

    return work


def test_a_job_that_works_completes_its_task_and_leaves_no_work_directory(
    bench: Bench, voice: TaskRecord
) -> None:
    assert bench.run(voice, nothing) is Outcome.COMPLETED
    task = bench.task(voice.task_id)
    assert (task.phase, task.progress) == (Phase.COMPLETED, 100)
    assert task.result is not None
    assert task.result["data"] == {"words": 1}
    assert task.result["files"]["note"]["filename"] == "mine.txt"
    assert bench.cloud.media.size(task.result["files"]["note"]["key"]) == len("made")
    assert list(bench.work_dir.iterdir()) == []


def test_inputs_arrive_under_names_of_our_own(bench: Bench, tmp_path: Path) -> None:
    key = "uploads/public/video/my holiday.mp4"
    file = bench.cloud.files.register(
        NewFile("public", "video", "my holiday.mp4", 3, "video/mp4", key, 2_000_000_000)
    )
    assert file is not None
    source = tmp_path / "source"
    source.write_bytes(b"abc")
    bench.cloud.media.upload(source, key, content_type="video/mp4")
    seen: dict[str, bytes] = {}

    def work(context: JobContext) -> None:
        seen.update({path.name: path.read_bytes() for path in context.inputs.uploads.values()})

    task = bench.submit(ExtractAudioSpec(video_file="my holiday.mp4"))
    assert bench.run(task, work) is Outcome.COMPLETED
    assert seen == {"input-video_file": b"abc"}


def test_an_input_deleted_meanwhile_fails_the_task_with_advice(bench: Bench) -> None:
    task = bench.submit(ExtractAudioSpec(video_file="gone.mp4"))
    assert bench.run(task, nothing) is Outcome.FAILED
    failed = bench.task(task.task_id)
    assert failed.error_code == "input_missing"
    assert failed.error_message is not None
    assert "gone.mp4" in failed.error_message


def test_a_missing_permission_fails_the_task_at_once(bench: Bench, voice: TaskRecord) -> None:
    refused = Misconfigured("s3:PutObject: not authorized on voices/anna/1")
    assert bench.run(voice, raising(refused)) is Outcome.FAILED
    task = bench.task(voice.task_id)
    assert (task.phase, task.error_code) == (Phase.FAILED, "misconfigured")
    assert task.error_message == Misconfigured.default_message


def test_bad_input_fails_the_task_with_its_own_code_and_message(
    bench: Bench, voice: TaskRecord
) -> None:
    assert bench.run(voice, raising(NoFaceFound())) is Outcome.FAILED
    task = bench.task(voice.task_id)
    assert (task.error_code, task.error_message) == (
        "no_face_found",
        NoFaceFound.default_message,
    )


def test_a_bug_fails_the_task_without_telling_its_secrets(bench: Bench, voice: TaskRecord) -> None:
    error = ValueError("/home/someone/secret is not a number")
    assert bench.run(voice, raising(error)) is Outcome.FAILED
    task = bench.task(voice.task_id)
    assert task.error_code == "internal_error"
    assert task.error_message is not None
    assert "secret" not in task.error_message


@pytest.mark.parametrize("error", [TransientError("gone"), MemoryError(), OSError(5, "i/o")])
def test_a_failure_that_may_pass_leaves_the_task_to_be_tried_again(
    bench: Bench, voice: TaskRecord, error: Exception
) -> None:
    assert bench.run(voice, raising(error)) is Outcome.UNFINISHED
    assert bench.task(voice.task_id).phase is Phase.RUNNING
    assert bench.run(voice, nothing, run=2) is Outcome.COMPLETED
    assert bench.task(voice.task_id).phase is Phase.COMPLETED


def test_the_same_run_cannot_take_a_task_twice(bench: Bench, voice: TaskRecord) -> None:
    bench.run(voice, raising(TransientError("gone")))

    def unwanted(_: JobContext) -> None:
        pytest.fail("the job ran twice")

    assert bench.run(voice, unwanted) is Outcome.SKIPPED


def test_a_cancelled_job_stops_at_its_next_report_and_leaves_nothing(
    bench: Bench, voice: TaskRecord
) -> None:
    def work(context: JobContext) -> None:
        bench.cloud.tasks.cancel(voice.task_id)
        report = context.report.stage("write")
        pause = threading.Event()
        for _ in range(50):
            pause.wait(0.1)
            report(0.5)
        pytest.fail("the cancel was not noticed within five seconds")

    assert bench.run(voice, work) is Outcome.ABANDONED
    assert bench.task(voice.task_id).phase is Phase.CANCELLED
    assert list(bench.work_dir.iterdir()) == []


def test_a_task_cancelled_at_the_last_moment_keeps_no_result(
    bench: Bench, voice: TaskRecord
) -> None:
    def work(_: JobContext) -> None:
        bench.cloud.tasks.cancel(voice.task_id)

    assert bench.run(voice, work) is Outcome.ABANDONED
    task = bench.task(voice.task_id)
    assert (task.phase, task.result) == (Phase.CANCELLED, None)
    listed = bench.cloud.media.client.list_objects_v2(Bucket=bench.cloud.media.bucket)
    assert listed["KeyCount"] == 0


def test_a_job_whose_machine_goes_as_its_task_is_deleted_leaves_nothing(
    bench: Bench, voice: TaskRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runner_of(bench.cloud, bench.work_dir, NoteJob(nothing))
    upload = Results.upload

    def upload_then_stop(*arguments: Any) -> Any:
        result = upload(*arguments)
        runner.shutdown.request()
        bench.cloud.tasks.delete(bench.cloud.tasks.cancel(voice.task_id))
        return result

    monkeypatch.setattr(Results, "upload", upload_then_stop)
    assert runner.run(voice.task_id, voice.attempt) is Outcome.UNFINISHED
    listed = bench.cloud.media.client.list_objects_v2(Bucket=bench.cloud.media.bucket)
    assert listed["KeyCount"] == 0


def test_a_worker_with_an_older_attempt_cannot_finish_the_task(
    bench: Bench, voice: TaskRecord
) -> None:
    def work(_: JobContext) -> None:
        # The lease ran out, and the task went to another worker meanwhile.
        bench.cloud.tasks.requeue(voice.task_id, voice.attempt, 60)
        bench.cloud.tasks.dispatch(voice.task_id, 60)

    assert bench.run(voice, work) is Outcome.ABANDONED
    task = bench.task(voice.task_id)
    assert (task.phase, task.attempt, task.result) == (Phase.SUBMITTED, 2, None)


def test_an_attempt_is_charged_with_its_time_and_what_it_made(
    bench: Bench, voice: TaskRecord
) -> None:
    bench.run(voice, spend_processor_time)
    used = bench.task(voice.task_id).usage
    assert (used.attempts, used.gpu_ms, used.output_bytes) == (1, 0, len("made"))
    assert used.cpu_ms >= 20
    assert bench.cloud.usage.today("public") == used


@pytest.mark.parametrize("error", [NoFaceFound(), TransientError("gone")])
def test_an_attempt_that_fails_is_charged_as_well(
    bench: Bench, voice: TaskRecord, error: Exception
) -> None:
    def work(context: JobContext) -> None:
        spend_processor_time(context)
        raise error

    bench.run(voice, work)
    used = bench.task(voice.task_id).usage
    assert (used.attempts, used.output_bytes) == (1, 0)
    assert used.cpu_ms >= 20
    assert bench.cloud.usage.today("public") == used


def test_a_completed_run_tells_later_ones_how_long_it_takes(
    bench: Bench, voice: TaskRecord
) -> None:
    bench.run(voice, lambda _: bench.cloud.clock.advance(40))
    past = bench.cloud.past_runs.get("voice")
    assert past is not None
    assert 39 < past.run < 42
    assert (past.characters, past.engine) == (2, "kokoro+retrieval+mesh")


class Watched(NoteJob):
    """Notes what the table shows while its models load and its work runs."""

    def __init__(self, bench: Bench, task_id: str) -> None:
        super().__init__(lambda context: self.look("write", context))
        self._bench = bench
        self._task_id = task_id
        self.seen: list[tuple[str | None, int]] = []

    def setup(self) -> None:
        self.look("setup")

    def look(self, stage: str, context: JobContext | None = None) -> None:
        if context is not None:
            context.report.stage(stage)
        pause = threading.Event()
        for _ in range(250):
            task = self._bench.task(self._task_id)
            if task.stage == stage:
                break
            pause.wait(0.02)
        self.seen.append((task.stage, task.progress))


def test_loading_is_a_stage_of_its_own_with_the_share_that_it_had_before(
    bench: Bench, voice: TaskRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS", 0.02)
    usual = PastRuns("kokoro+retrieval+mesh", wait=1, run=60, characters=2, setup=30)
    bench.cloud.past_runs.add("voice", usual)
    job = Watched(bench, voice.task_id)
    runner = runner_of(bench.cloud, bench.work_dir, job)
    assert runner.run(voice.task_id, voice.attempt) is Outcome.COMPLETED
    (first, early), (second, late) = job.seen
    assert (first, second) == ("setup", "write")
    assert early < 5
    assert 50 <= late < 60


def test_a_warm_worker_has_nothing_to_load(
    bench: Bench, voice: TaskRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS", 0.02)
    job = Watched(bench, voice.task_id)
    runner = runner_of(bench.cloud, bench.work_dir, job)
    monkeypatch.setattr(job, "setup", lambda: None)
    runner.jobs.set_up(VoiceSpec(text="好"))
    assert runner.run(voice.task_id, voice.attempt) is Outcome.COMPLETED
    assert job.seen[0][1] < 10


def test_the_history_names_the_stages_of_a_run(bench: Bench, voice: TaskRecord) -> None:
    def work(context: JobContext) -> None:
        report = context.report.stage("write")
        pause = threading.Event()
        for _ in range(50):
            pause.wait(0.1)
            report(0.5)
            if any(event.stage == "write" for event in bench.task(voice.task_id).events):
                return
        pytest.fail("the stage was not noted within five seconds")

    assert bench.run(voice, work) is Outcome.COMPLETED


def test_the_lease_is_renewed_while_the_models_load(
    bench: Bench, voice: TaskRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL_SECONDS", 0.02)

    class SlowToLoad(NoteJob):
        def __init__(self) -> None:
            super().__init__(nothing)
            claimed = bench.task(voice.task_id)
            pause = threading.Event()
            for _ in range(250):
                pause.wait(0.02)
                if bench.task(voice.task_id).updated_at > claimed.updated_at:
                    return
            pytest.fail("no heartbeat within five seconds")

    runner = runner_of(bench.cloud, bench.work_dir, SlowToLoad)
    assert runner.run(voice.task_id, voice.attempt) is Outcome.COMPLETED


def spend_processor_time(_: JobContext) -> None:
    started = time.process_time()
    while time.process_time() - started < 0.03:
        continue
