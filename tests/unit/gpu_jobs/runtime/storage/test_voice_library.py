"""A voice appears in the library in the moment in which its task is completed, or never."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from dh_core.specs.base import TaskSpec
from dh_core.specs.consent import Consent
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.specs.task_types.voice_profile import VoiceProfileSpec
from dh_core.store import NewFile, NewTask, TaskRecord, VoiceRecord
from dh_core.tasks.states import Phase
from gpu_jobs.jobs.job import JobContext, JobOutput, LearntVoice, OutputFile, Stage
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.runtime.runner import Outcome
from tests.unit.gpu_jobs.runners import runner_of

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

Work = Callable[[JobContext], None]

SAVE = VoiceProfileSpec(name="王老师", audio_file="a.wav")
CONSENT = Consent(
    subject="王老师",
    statement="我同意用我的声音。",
    given_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
)


class SavingJob:
    """Does `work`, then answers with a voice; keeps the inputs that it was given."""

    stages: ClassVar[tuple[Stage, ...]] = (Stage("voice", 1),)

    def __init__(self, work: Work) -> None:
        self._work = work
        self.profile: bytes | None = None

    def setup(self) -> None:
        """Nothing to load."""

    def run(self, spec: TaskSpec, context: JobContext) -> JobOutput:
        if context.inputs.voice_profile is not None:
            self.profile = context.inputs.voice_profile.read_bytes()
        self._work(context)
        if not isinstance(spec, VoiceProfileSpec):
            return JobOutput(files={})
        profile, wav = context.workdir / "profile", context.workdir / "preview.wav"
        profile.write_bytes(b"how to mix it")
        write_wav(wav, np.zeros(800, dtype=np.float32), 8000)
        preview = OutputFile(wav, "audio/wav", ".wav", context.label)
        voice = LearntVoice("王老师", "test-1", profile, preview, ("reference_noisy",))
        return JobOutput(files={}, data={"voice_id": context.label.produce_id}, voice=voice)


class Bench:
    """An owner with an uploaded recording, and a runner for their tasks."""

    def __init__(self, cloud: MotoCloud, work_dir: Path) -> None:
        self.cloud = cloud
        self._work_dir = work_dir
        self.job = SavingJob(lambda _: None)
        recording = work_dir / "recording"
        recording.write_bytes(b"sound")
        key = "uploads/anna/audio/a.wav"
        file = cloud.files.register(
            NewFile("anna", "audio", "a.wav", 5, "audio/wav", key, 2_000_000_000)
        )
        assert file is not None
        cloud.media.upload(recording, key, content_type="audio/wav")

    def run(
        self, spec: TaskSpec, work: Work = lambda _: None, owner: str = "anna"
    ) -> tuple[Outcome, TaskRecord]:
        """Create a task, run it, and look at it."""
        self.job = SavingJob(work)
        new = NewTask(owner, spec, "digest", (), 60, 3600)
        task = self.cloud.tasks.dispatch(self.cloud.tasks.create(new).task.task_id, 60)
        outcome = runner_of(self.cloud, self._work_dir / "work", self.job).run(
            task.task_id, task.attempt
        )
        ended = self.cloud.tasks.get(task.task_id)
        assert ended is not None
        return outcome, ended

    def voices(self) -> list[VoiceRecord]:
        return list(self.cloud.voices.list("anna", limit=10, cursor=None).records)

    def kept_objects(self) -> list[str]:
        listed = self.cloud.media.client.list_objects_v2(
            Bucket=self.cloud.media.bucket, Prefix="voices/"
        )
        return [entry["Key"] for entry in listed.get("Contents", ())]


@pytest.fixture
def bench(moto_cloud: MotoCloud, tmp_path: Path) -> Bench:
    return Bench(moto_cloud, tmp_path)


def test_a_completed_task_leaves_a_voice_with_a_labelled_preview(
    bench: Bench, tmp_path: Path
) -> None:
    _, task = bench.run(SAVE)
    assert task.phase is Phase.COMPLETED
    (voice,) = bench.voices()
    assert (voice.voice_id, voice.name, voice.engine) == (task.task_id, "王老师", "test-1")
    assert voice.warnings == ("reference_noisy",)
    assert all(key.startswith("voices/anna/") for key in bench.kept_objects())
    preview = tmp_path / "preview.wav"
    bench.cloud.media.download(voice.preview_key, preview)
    label = read_metadata(preview)
    assert label is not None
    assert label.produce_id == task.task_id


def test_a_voice_keeps_the_consent_that_it_was_made_with(bench: Bench) -> None:
    bench.run(SAVE.model_copy(update={"consent": CONSENT}))
    (voice,) = bench.voices()
    assert voice.consent is not None
    assert Consent.model_validate_json(voice.consent) == CONSENT


def test_a_later_task_of_the_owner_gets_the_profile(bench: Bench) -> None:
    _, saved = bench.run(SAVE)
    _, spoken = bench.run(VoiceSpec(text="你好", voice_id=saved.task_id))
    assert spoken.phase is Phase.COMPLETED
    assert bench.job.profile == b"how to mix it"


def test_a_task_whose_voice_was_deleted_meanwhile_says_so(bench: Bench) -> None:
    _, saved = bench.run(SAVE)
    bench.cloud.voices.delete("anna", saved.task_id)
    _, spoken = bench.run(VoiceSpec(text="你好", voice_id=saved.task_id))
    assert (spoken.phase, spoken.error_code) == (Phase.FAILED, "voice_not_found")


def test_the_profile_of_another_owner_stays_out_of_reach(bench: Bench) -> None:
    _, saved = bench.run(SAVE)
    _, spoken = bench.run(VoiceSpec(text="你好", voice_id=saved.task_id), owner="ben")
    assert spoken.error_code == "voice_not_found"
    assert bench.job.profile is None


def test_a_cancelled_task_leaves_neither_voice_nor_objects(bench: Bench) -> None:
    def cancel(context: JobContext) -> None:
        bench.cloud.tasks.cancel(context.label.produce_id)

    _, task = bench.run(SAVE, cancel)
    assert task.phase is Phase.CANCELLED
    assert (bench.voices(), bench.kept_objects()) == ([], [])


def test_an_older_attempt_cannot_put_its_voice(bench: Bench) -> None:
    def lose(context: JobContext) -> None:
        task_id = context.label.produce_id
        bench.cloud.tasks.requeue(task_id, 1, 60)
        bench.cloud.tasks.dispatch(task_id, 60)

    _, task = bench.run(SAVE, lose)
    assert (task.phase, task.attempt) == (Phase.SUBMITTED, 2)
    assert (bench.voices(), bench.kept_objects()) == ([], [])
