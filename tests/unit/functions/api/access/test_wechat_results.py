"""Videos and results before WeChat: samples of them, taken by the job that opens or makes them."""

from __future__ import annotations

import shutil
import subprocess
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dh_core.specs.base import TaskSpec
from functions.dispatch.sweep import sweep
from gpu_jobs.jobs.job import JobContext, JobOutput, OutputFile, Stage
from gpu_jobs.media import ffmpeg
from gpu_jobs.runtime.runner import Outcome
from tests.support.wechat_push import judgement
from tests.unit.functions.api.access.wechat_desk import Desk
from tests.unit.gpu_jobs.runners import runner_of

WAIT = 2100
SPEAK = "/api/tasks/voice/generate"
EXTRACT = "/api/tasks/audio/extract"


@dataclass
class Job:
    """Makes a second of sound, or a copy of the video that it reads."""

    copies: bool = False
    watched: list[bool] = field(default_factory=list)
    stages: ClassVar[tuple[Stage, ...]] = (Stage("make", 1),)

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        self.watched.append(context.preview is not None)
        if self.copies:
            path = context.workdir / "film.mp4"
            shutil.copy(next(iter(context.inputs.uploads.values())), path)
            return JobOutput({"video": OutputFile(path, "video/mp4", ".mp4", label=None)})
        path = context.workdir / "speech.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 16_000, 0, "NONE", ""))
            sound.writeframes(bytes(2 * 16_000))
        return JobOutput({"audio": OutputFile(path, "audio/wav", ".wav", label=None)})


@dataclass
class Studio:
    """The desk, and a machine that carries its tasks."""

    desk: Desk
    folder: Path
    job: Job = field(default_factory=Job)

    def make(self, path: str, **body: Any) -> str:
        """Create a task and carry it as far as its job does."""
        made = self.desk.client.post(path, json=body, headers=self.desk.headers).json()
        task_id: str = made["task_id"]
        self.desk.hear_of_tasks()
        self.carry(task_id)
        self.desk.hear_of_tasks()
        return task_id

    def carry(self, task_id: str) -> Outcome:
        task = self.desk.deps.tasks.get(task_id)
        assert task is not None
        runner = runner_of(self.desk.cloud, self.folder, self.job, self.desk.heard)
        return runner.run(task_id, task.attempt)

    def asked(self, media_type: int) -> list[str]:
        """What WeChat was asked to judge, by its own names."""
        asked = self.desk.wechat.media.items()
        return [trace for trace, body in asked if body["media_type"] == media_type]

    def answer(self, suggest: str, traces: list[str] | None = None, **forged: Any) -> None:
        for trace in list(self.desk.wechat.media) if traces is None else traces:
            self.desk.pushed(judgement(trace, suggest), **forged)
        self.desk.hand_on()
        self.desk.hear_of_tasks()

    def left(self, task_id: str) -> list[str]:
        """Objects that the task has in the bucket."""
        media = self.desk.cloud.media
        found = media.client.list_objects_v2(Bucket=media.bucket, Prefix=f"generated/{task_id}/")
        return [entry["Key"] for entry in found.get("Contents", ())]


@pytest.fixture
def studio(desk: Desk, tmp_path: Path) -> Studio:
    return Studio(desk, tmp_path)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """1.2 s with a tone."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    given = (
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=192x108:r=25:d=1.2",
        "-f",
        "lavfi",
        "-i",
        "sine=d=1.2",
    )
    head = [ffmpeg.executable(), "-nostdin", "-v", "error"]
    subprocess.run([*head, *given, "-pix_fmt", "yuv420p", str(path)], check=True, timeout=60)
    return path.read_bytes()


def test_a_result_is_shown_once_wechat_lets_it_pass(studio: Studio) -> None:
    task_id = studio.make(SPEAK, text="你好")
    (trace,) = studio.asked(1)
    asked = studio.desk.wechat.media[trace]
    assert (asked["openid"], ".aac" in asked["media_url"]) == ("oANN-openid", True)
    waiting = studio.desk.status(task_id)
    assert (waiting["status"], waiting["stage"], waiting["result"]) == (
        "processing",
        "moderation",
        None,
    )
    uuid = waiting["uuid"]
    address = f"/api/download/generated/audio/{uuid}"
    assert studio.desk.client.get(address, headers=studio.desk.headers).status_code == 404
    studio.answer("pass")
    shown = studio.desk.status(task_id)
    assert (shown["status"], shown["progress"]) == ("completed", 100)
    assert shown["result"]["audio_url"]
    assert studio.left(task_id) == [f"generated/{task_id}/1/speech.wav"]
    assert studio.job.watched == [False]


@pytest.mark.parametrize("suggest", ["risky", "review"])
def test_a_result_that_wechat_rejects_is_never_shown_and_leaves_nothing(
    studio: Studio, suggest: str
) -> None:
    task_id = studio.make(SPEAK, text="你好")
    studio.answer(suggest)
    failed = studio.desk.status(task_id)
    assert (failed["status"], failed["error_code"]) == ("failed", "result_rejected")
    assert (failed["result"], studio.left(task_id)) == (None, [])


def test_a_video_is_judged_by_its_frames_and_sound_once(studio: Studio, film: bytes) -> None:
    studio.job.copies = True
    file = studio.desk.upload("video", "me.mp4", film)
    assert file.status == "ready"
    task_id = studio.make(EXTRACT, video_file=file.filename)
    frames, sounds = studio.asked(2), studio.asked(1)
    assert (len(frames), len(sounds)) == (6, 2)
    studio.answer("pass", frames + sounds[:1])
    assert studio.desk.status(task_id)["status"] == "processing"
    studio.answer("pass", sounds[1:])
    assert studio.desk.status(task_id)["result"]["video_url"]
    again = studio.make(EXTRACT, video_file=file.filename)
    assert (len(studio.asked(2)), len(studio.asked(1))) == (9, 3), "its result alone"
    studio.answer("pass")
    assert studio.desk.status(again)["status"] == "completed"


def test_a_video_with_one_bad_frame_is_refused_with_every_task_that_needs_it(
    studio: Studio, film: bytes
) -> None:
    file = studio.desk.upload("video", "me.mp4", film)
    first = studio.make(EXTRACT, video_file=file.filename)
    second = studio.make(EXTRACT, video_file=file.filename)
    studio.answer("risky", studio.asked(2)[1:2])
    for task_id in (first, second):
        failed = studio.desk.status(task_id)
        assert (failed["status"], failed["error_code"]) == ("failed", "content_rejected")
        assert studio.left(task_id) == []
    assert studio.desk.file(file.key).error_code == "content_rejected"
    assert not studio.desk.cloud.media.has(file.key)


def test_a_bad_video_ends_its_task_while_the_job_works(studio: Studio, film: bytes) -> None:
    file = studio.desk.upload("video", "me.mp4", film)
    body = {"video_file": file.filename}
    made = studio.desk.client.post(EXTRACT, json=body, headers=studio.desk.headers).json()
    studio.desk.hear_of_tasks()

    class Looks(Job):
        def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
            studio.desk.hear_of_tasks()
            studio.answer("risky", studio.asked(2)[:1])
            return super().run(spec, context)

    studio.job = Looks()
    assert studio.carry(made["task_id"]) is Outcome.ABANDONED
    failed = studio.desk.status(made["task_id"])
    assert (failed["error_code"], studio.left(made["task_id"])) == ("content_rejected", [])


def test_a_late_answer_shows_nothing(studio: Studio) -> None:
    task_id = studio.make(SPEAK, text="你好")
    studio.desk.cloud.clock.advance(WAIT - 1)
    sweep(studio.desk.deps)
    studio.desk.hear_of_tasks()
    assert studio.desk.status(task_id)["status"] == "processing"
    studio.desk.cloud.clock.advance(61)
    sweep(studio.desk.deps)
    studio.desk.hear_of_tasks()
    studio.answer("pass")
    failed = studio.desk.status(task_id)
    assert (failed["status"], failed["error_code"]) == ("failed", "moderation_unanswered")
    assert studio.left(task_id) == []


def test_a_forged_answer_shows_nothing_and_a_repeated_one_once(studio: Studio) -> None:
    task_id = studio.make(SPEAK, text="你好")
    studio.answer("pass", token="another-token")
    assert studio.desk.status(task_id)["status"] == "processing"
    studio.answer("pass")
    studio.answer("risky")
    assert studio.desk.status(task_id)["status"] == "completed"


@pytest.mark.parametrize("error", [61010, -1])
def test_who_is_away_may_come_back_while_the_wait_lasts_and_so_may_wechat(
    studio: Studio, error: int
) -> None:
    studio.desk.wechat.check_error = error
    task_id = studio.make(SPEAK, text="你好")
    assert studio.desk.status(task_id)["stage"] == "moderation"
    studio.desk.wechat.check_error = None
    studio.desk.cloud.clock.advance(61)
    sweep(studio.desk.deps)
    studio.desk.hear_of_tasks()
    studio.answer("pass")
    assert studio.desk.status(task_id)["status"] == "completed"


def test_who_stays_away_is_told_to_open_the_mini_program(studio: Studio) -> None:
    studio.desk.wechat.check_error = 61010
    task_id = studio.make(SPEAK, text="你好")
    studio.desk.cloud.clock.advance(WAIT + 61)
    sweep(studio.desk.deps)
    studio.desk.hear_of_tasks()
    assert studio.desk.status(task_id)["error_code"] == "moderation_absent"


def test_cancelling_takes_away_what_is_being_judged(studio: Studio) -> None:
    task_id = studio.make(SPEAK, text="你好")
    studio.desk.client.post(f"/api/tasks/{task_id}/cancel", headers=studio.desk.headers)
    studio.desk.hear_of_tasks()
    studio.answer("pass")
    assert (studio.desk.status(task_id)["status"], studio.left(task_id)) == ("cancelled", [])


def test_a_voice_is_in_the_library_once_its_recording_was_allowed(
    studio: Studio, film: bytes
) -> None:
    file = studio.desk.upload("video", "me.mp4", film)
    task_id = studio.make("/api/voices", video_file=file.filename, name="我")
    asked = studio.desk.client.get("/api/voices", headers=studio.desk.headers).json()
    assert task_id not in str(asked)
    studio.answer("pass")
    assert studio.desk.status(task_id)["status"] == "completed"


def test_others_results_are_shown_at_once(
    studio: Studio, key_of: Callable[..., dict[str, str]]
) -> None:
    studio.desk.headers = key_of("shop")
    task_id = studio.make(SPEAK, text="你好")
    assert studio.desk.status(task_id)["status"] == "completed"
    assert (studio.desk.wechat.media, studio.job.watched) == ({}, [True])
