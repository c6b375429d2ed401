"""What the voice job makes of a speech, without an engine's models."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dh_core.files.aigc import AigcLabel
from dh_core.settings import JobSettings
from dh_core.specs.task_types.voice import VoiceSpec
from gpu_jobs.audio.speech import Speech
from gpu_jobs.jobs.job import JobContext, JobOutput
from gpu_jobs.jobs.steps.audio_label import AudioLabel
from gpu_jobs.jobs.steps.voice_choice import ChosenVoice
from gpu_jobs.jobs.voice import VoiceJob
from gpu_jobs.media.ffmpeg import read_audio
from tests.unit.gpu_jobs.given import given
from tests.unit.gpu_jobs.jobs.test_compose import EmptyCache, Watched

RATE = 24_000
SPOKEN = np.full(RATE, 0.3, np.float32)


class Engine:
    """Says everything in one second."""

    def check(self, text: str, prosody: Any) -> None:
        """It can say anything."""

    def synthesise(self, text: str, voice: str, report: Any, prosody: Any) -> Speech:
        return Speech(SPOKEN, RATE)


@pytest.fixture
def job() -> VoiceJob:
    settings = JobSettings(table_name="-", bucket_name="-")
    made, engine = VoiceJob(settings), Engine()
    made._engine = engine
    voice = ChosenVoice(SimpleNamespace(name="default"))
    made._voices = SimpleNamespace(default=lambda: voice)  # type: ignore[assignment]  # all it needs
    made._label = AudioLabel(settings, engine)  # type: ignore[arg-type]  # only speaks notices
    return made


def speak(job: VoiceJob, folder: Path, *, label_is_shown: bool) -> JobOutput:
    spec = VoiceSpec(text="你好")
    label = AigcLabel.for_content(producer="test", content_id="test")
    context = JobContext(
        given(spec), folder, Watched(), label, EmptyCache(), label_is_shown=label_is_shown
    )
    return job.run(spec, context)


def test_the_label_is_heard_after_the_speech(job: VoiceJob, tmp_path: Path) -> None:
    output = speak(job, tmp_path, label_is_shown=True)
    heard = read_audio(output.files["audio"].path, RATE)
    assert np.abs(heard[round(1.2 * RATE) :]).max() > 0.2


def test_by_an_agreement_no_label_is_heard_and_the_file_declares_it_all_the_same(
    job: VoiceJob, tmp_path: Path
) -> None:
    output = speak(job, tmp_path, label_is_shown=False)
    heard = read_audio(output.files["audio"].path, RATE)
    np.testing.assert_allclose(heard, SPOKEN, atol=1e-3)
    assert output.files["audio"].label is not None
