"""When a voice is adapted to a recording, and when the kept one is taken."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dh_core.errors import SilentAudio, VoiceOutdated
from dh_core.files.aigc import AigcLabel
from gpu_jobs.engines.speech.speaker import reference_checks
from gpu_jobs.jobs.job import JobContext, JobInputs
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.jobs.steps.voice_choice import ChosenVoice, VoiceChoice
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.weights.store import WeightStore

WEIGHTS = WeightStore(Path(__file__).resolve().parents[5] / ".weights")


@dataclass(frozen=True)
class SomeVoice:
    """What was said when it was adapted."""

    reference_text: str | None
    name: str = "somebody"


@dataclass
class CountingEngine:
    """A speech engine whose voices are texts."""

    voice_version: str = "counting-1"
    reference_text_seconds: float = 0.0
    adapted: list[str | None] = field(default_factory=list)
    hears_nobody: bool = False

    def adapt(self, reference: Any, text: str | None = None) -> SomeVoice:
        self.adapted.append(text)
        if self.hears_nobody:
            raise SilentAudio("Nobody speaks in it.")
        return SomeVoice(text)

    def save_voice(self, voice: SomeVoice, profile: Path) -> None:
        profile.write_text(voice.reference_text or "")

    def load_voice(self, profile: Path) -> SomeVoice:
        if profile.read_text() == "outdated":
            raise VoiceOutdated
        return SomeVoice(profile.read_text() or None)


@dataclass
class Person:
    """Somebody's recording, and what is kept of it from task to task."""

    folder: Path
    engine: CountingEngine = field(default_factory=CountingEngine)

    def __post_init__(self) -> None:
        self.kept.mkdir()
        self.record(0.1)

    @property
    def kept(self) -> Path:
        return self.folder / "kept"

    def record(self, pitch: float) -> None:
        tone = (0.3 * np.sin(np.arange(16_000) * pitch)).astype(np.float32)
        write_wav(self.folder / "voice.wav", tone, 16_000)

    def fetch(self, name: str, target: Path) -> bool:
        if (self.kept / name).exists():
            shutil.copy(self.kept / name, target)
        return (self.kept / name).exists()

    def store(self, name: str, archive: Path) -> None:
        shutil.copy(archive, self.kept / name)

    def stage(self, name: str) -> Any:
        return lambda _: None

    def task(self, text: str | None = None) -> ChosenVoice[Any]:
        """Choose the recording's voice, as each of several tasks does."""
        workdir = self.folder / f"task-{len(list(self.folder.iterdir()))}"
        workdir.mkdir()
        label = AigcLabel.for_content(producer="test", content_id="test")
        context = JobContext(JobInputs(), workdir, self, label, self, voices=self)
        choice: VoiceChoice[Any] = VoiceChoice(self.engine, Listener(WEIGHTS, 1), WEIGHTS)  # type: ignore[arg-type] # the part of an engine that is used here
        return choice.of_recording(self.folder / "voice.wav", lambda _: None, context, text=text)


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(reference_checks, "warnings", lambda *_: ("reference_noisy",))
    return Person(tmp_path)


def test_a_second_task_with_the_same_recording_does_not_listen_again(person: Person) -> None:
    first, second = person.task("hello"), person.task("hello")
    assert first == second
    assert second.warnings == ("reference_noisy",)
    assert person.engine.adapted == ["hello"]


def test_another_recording_or_another_text_of_it_is_listened_to(person: Person) -> None:
    person.task("hello")
    person.task("hallo")
    person.record(0.2)
    person.task("hello")
    assert person.engine.adapted == ["hello", "hallo", "hello"]


def test_a_recording_in_which_nobody_speaks_is_listened_to_once(person: Person) -> None:
    person.engine.hears_nobody = True
    for _ in range(2):
        with pytest.raises(SilentAudio, match="Nobody speaks in it"):
            person.task()
    assert len(person.engine.adapted) == 1


@pytest.mark.parametrize("damage", ["cut off", "outdated"])
def test_a_kept_voice_that_cannot_be_read_is_made_again(person: Person, damage: str) -> None:
    person.task("outdated" if damage == "outdated" else None)
    (archive,) = person.kept.iterdir()
    if damage == "cut off":
        archive.write_bytes(archive.read_bytes()[:100])
    person.task("outdated" if damage == "outdated" else None)
    assert len(person.engine.adapted) == 2
