"""An engine is a folder and one line of the registry: a toy one, added so, carries a voice task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dh_core.settings import JobSettings, SettingsError
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask
from gpu_jobs.engines import speech
from gpu_jobs.engines.registry import SPEECH, Entry, check_names
from gpu_jobs.jobs import make_job
from gpu_jobs.runtime.runner import Outcome
from tests.unit.gpu_jobs.runners import runner_of

if TYPE_CHECKING:
    from tests.conftest import MotoCloud

ENGINE = '''
"""Every character is a beep of a tenth of a second."""

import numpy as np

from dh_core.errors import UnspeakableText, VoiceOutdated
from gpu_jobs.audio.speech import Phoneme, Said, Speech, Syllable, TimedText
from gpu_jobs.engines.speech import SpeechEngine
from gpu_jobs.engines.speech.prosody import NATURAL

RATE, BEEP = 24_000, 0.1


class Beeper:
    name, reference_text = "beeper", None


class ToyEngine(SpeechEngine):
    reference_text_seconds = 0.0
    voice_version = "toy-1"

    def __init__(self, weights, threads=1):
        self._beep = None

    def setup(self):
        self._beep = np.sin(2 * np.pi * 440 * np.arange(round(BEEP * RATE)) / RATE)

    def default_voice(self):
        return Beeper()

    def adapt(self, reference, text=None):
        return Beeper()

    def built_in_voice(self, voice_id):
        raise VoiceOutdated

    def save_voice(self, voice, profile):
        profile.write_text(self.voice_version)

    def load_voice(self, profile):
        return Beeper()

    def check(self, text, prosody=NATURAL):
        if not text.strip():
            raise UnspeakableText

    def narrate(self, text, voice, prosody=NATURAL):
        samples = np.tile(self._beep, len(text)).astype(np.float32)
        edges = [(c, at * BEEP, (at + 1) * BEEP) for at, c in enumerate(text)]
        phonemes = tuple(Phoneme("a", a, b) for _, a, b in edges)
        syllables = tuple(Syllable(*edge) for edge in edges)
        words = tuple(TimedText(*edge) for edge in edges)
        yield Said(Speech(samples, RATE, phonemes, syllables, words))
'''


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The toy engine's folder, beside those of the others, and its line."""
    folder = tmp_path / "engines" / "toy"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "engine.py").write_text(ENGINE)
    monkeypatch.setattr(speech, "__path__", [*speech.__path__, str(folder.parent)])
    monkeypatch.setitem(SPEECH.entries, "toy", Entry("speech.toy.engine:ToyEngine"))
    return "toy"


def test_a_voice_task_is_spoken_by_it(toy: str, moto_cloud: MotoCloud, tmp_path: Path) -> None:
    spec = VoiceSpec(text="你好世界")
    new = NewTask(
        owner="public",
        spec=spec,
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
        uuid="mine",
    )
    task = moto_cloud.tasks.dispatch(moto_cloud.tasks.create(new).task.task_id, 60)
    settings = JobSettings(table_name="-", bucket_name="-", speech_engine=toy, audio_label="none")
    check_names(settings)
    runner = runner_of(moto_cloud, tmp_path, lambda: make_job(spec, settings), speech_engine=toy)
    assert runner.run(task.task_id, task.attempt) is Outcome.COMPLETED
    done = moto_cloud.tasks.get(task.task_id)
    assert done is not None and done.result is not None
    assert done.result["data"]["voice"] == "beeper"
    assert done.result["data"]["duration"] == pytest.approx(0.4)


def test_an_engine_that_nobody_added_is_refused_at_the_start() -> None:
    settings = JobSettings(table_name="-", bucket_name="-", speech_engine="toy")
    with pytest.raises(SettingsError, match="SPEECH_ENGINE=toy: it must be kokoro or voxcpm"):
        check_names(settings)
