"""Whole jobs with the cloning engine: what is handed over, and what a reference says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.specs.task_types.voice_profile import VoiceProfileSpec
from gpu_jobs.engines import asr
from gpu_jobs.engines.registry import ASR
from gpu_jobs.jobs.job import JobContext, JobInputs, JobOutput
from gpu_jobs.jobs.voice import VoiceJob
from gpu_jobs.jobs.voice_profile import VoiceProfileJob
from gpu_jobs.weights.store import WeightStore
from tests.unit.gpu_jobs.given import given

REPOSITORY = Path(__file__).resolve().parents[6]
SAID = "The weather was fine this morning, and we walked along the river for an hour."
TEXT = "大家好，今天天气很不错。"
"""As in test_engine.py: the guide has said it there already, if that came first."""


def ignore(_fraction: float) -> None:
    """Nobody watches the progress."""


class Forgetful:
    """An avatar cache that keeps nothing."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


class Silence:
    def stage(self, _name: str) -> Callable[[float], None]:
        return ignore


@pytest.fixture(scope="module")
def hearing(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights folder with a recogniser."""
    hearing = tmp_path_factory.mktemp("hearing")
    for file in [*folder.iterdir(), REPOSITORY / ".weights" / "whisper-base"]:
        (hearing / file.name).symlink_to(file.resolve())
    try:
        ASR.load(ASR.default, WeightStore(hearing))
    except asr.AsrUnavailable as absent:
        pytest.skip(absent.message)
    return hearing


@pytest.fixture(scope="module")
def job(folder: Path) -> VoiceJob:
    """As a warm worker keeps it for all its tasks: loading takes longer than a sentence."""
    return set_up(folder)


@pytest.fixture(scope="module")
def hearing_job(hearing: Path) -> VoiceJob:
    return set_up(hearing)


@pytest.fixture
def reference(low_reference: NDArray[np.float32], tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "reference.wav", low_reference, 16_000)
    return tmp_path / "reference.wav"


def settings(weights: Path, engine: str = "voxcpm") -> JobSettings:
    return JobSettings(
        table_name="-", bucket_name="-", weights_dir=weights, threads=1, speech_engine=engine
    )


def set_up(weights: Path, engine: str = "voxcpm") -> VoiceJob:
    job = VoiceJob(settings(weights, engine))
    job.setup()
    return job


def context(folder: Path, inputs: JobInputs) -> JobContext:
    label = AigcLabel.for_content(producer="test", content_id="test")
    return JobContext(inputs, folder, Silence(), label, Forgetful())


def spoken(job: VoiceJob, reference: Path, **fields: Any) -> JobOutput:
    spec = VoiceSpec(text=TEXT, reference_audio="r.wav", **fields)
    return job.run(spec, context(reference.parent, given(spec, reference_audio=reference)))


def test_the_voice_job_gives_sound_times_and_subtitles(job: VoiceJob, reference: Path) -> None:
    made = spoken(job, reference, reference_text=SAID)
    wav = soundfile.info(made.files["audio"].path)
    assert (wav.samplerate, wav.channels) == (24_000, 1)
    timeline = json.loads(made.files["timeline"].path.read_text())
    assert timeline["phonemes"][0]["symbol"] == "t"
    assert "".join(word["text"] for word in timeline["words"]) == TEXT
    subtitles = made.files["subtitle"].path.read_text()
    assert "大家好" in subtitles
    assert made.data["voice"] == "cloned"
    assert made.data["reference_text"] == SAID


def test_without_its_text_and_a_recogniser_a_reference_does_as_well(
    job: VoiceJob, reference: Path
) -> None:
    made = spoken(job, reference)
    assert "reference_text" not in made.data
    assert made.data["voice"] == "cloned"


def test_what_a_reference_says_is_heard(hearing_job: VoiceJob, reference: Path) -> None:
    made = spoken(hearing_job, reference, reference_text="  ")
    assert "weather was fine this morning" in made.data["reference_text"]


def test_the_default_engine_needs_no_text(hearing: Path, reference: Path) -> None:
    job = set_up(hearing, "kokoro")
    assert "reference_text" not in spoken(job, reference).data
    assert "reference_text" not in spoken(job, reference, reference_text=SAID).data


def test_a_saved_voice_is_spoken_with(
    hearing: Path, hearing_job: VoiceJob, reference: Path, tmp_path: Path
) -> None:
    saving = VoiceProfileJob(settings(hearing))
    saving.setup()
    profile = VoiceProfileSpec(audio_file="r.wav")
    saved = saving.run(profile, context(tmp_path, given(profile, audio_file=reference)))
    assert saved.voice is not None
    assert saved.voice.engine.startswith("voxcpm2-")
    assert "weather" in saved.data["reference_text"]
    spec = VoiceSpec(text=TEXT, voice_id="saved")
    inputs = given(spec, voice_profile=saved.voice.profile)
    made = hearing_job.run(spec, context(tmp_path, inputs))
    assert made.data["voice"] == "cloned"
    assert made.data["warnings"] == []
