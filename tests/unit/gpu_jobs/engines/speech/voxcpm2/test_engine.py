"""The engine around the model, on a model that has learned nothing: form, times, whole job."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from dh_core.aigc import AigcLabel
from dh_core.errors import ReferenceTooShort, TaskCancelled, UnspeakableText
from dh_core.settings import JobSettings
from dh_core.specs import VoiceSpec
from gpu_jobs.engines.speech import load
from gpu_jobs.engines.speech.kokoro import KokoroEngine
from gpu_jobs.engines.speech.mastering import true_peak
from gpu_jobs.job import JobContext
from gpu_jobs.jobs.voice import VoiceJob
from gpu_jobs.weights import WeightsMissing, WeightStore

if TYPE_CHECKING:
    from gpu_jobs.engines.speech.voxcpm2.engine import VoxCpmEngine

REPOSITORY = Path(__file__).resolve().parents[6]
REFERENCE_TEXT = "The weather was fine this morning, and we walked along the river for an hour."
TEXT = "大家好，今天天气很不错，我们去公园散步。大家散步去公园，今天很好很不错。"


def ignore(_fraction: float) -> None:
    """Nobody watches the progress."""


@pytest.fixture(scope="module")
def folder(intact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with the guide's real files and the tiny model."""
    folder = tmp_path_factory.mktemp("all-weights")
    for file in (REPOSITORY / ".weights").iterdir():
        if file.is_file():
            (folder / file.name).symlink_to(file.resolve())
    (folder / "voxcpm").symlink_to(intact)
    return folder


@pytest.fixture(scope="module")
def voxcpm(folder: Path) -> VoxCpmEngine:
    engine = load("voxcpm", WeightStore(folder), 1)
    assert type(engine).__name__ == "VoxCpmEngine"
    return engine


def test_a_text_becomes_one_speech_with_all_its_sounds_in_order(
    voxcpm: VoxCpmEngine, engine: KokoroEngine
) -> None:
    fractions: list[float] = []
    speech = voxcpm.synthesise(TEXT, voxcpm.default_voice(), fractions.append)
    spoken = engine.synthesise(TEXT, engine.default_voice(), ignore)
    assert [p.symbol for p in speech.phonemes] == [p.symbol for p in spoken.phonemes]
    assert fractions == [0.5, 1.0]
    assert speech.sample_rate == 24_000
    assert true_peak(speech.samples) == pytest.approx(10 ** (-1.2 / 20), rel=0.05)  # mastered
    for phoneme, following in zip(speech.phonemes, speech.phonemes[1:], strict=False):
        assert 0 <= phoneme.start < phoneme.end <= following.start + 1e-9
    assert speech.phonemes[-1].end <= speech.duration


def test_the_same_request_gives_the_same_speech(voxcpm: VoxCpmEngine) -> None:
    first, second = (
        voxcpm.synthesise("大家好，今天天气很好。", voxcpm.default_voice(), ignore)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.samples, second.samples)


def test_a_reference_is_kept_with_the_text_said_in_it(
    voxcpm: VoxCpmEngine, low_reference: NDArray[np.float32]
) -> None:
    voice = voxcpm.adapt(low_reference, f" {REFERENCE_TEXT} ")
    np.testing.assert_array_equal(voice.reference, low_reference)
    assert voice.reference_text == REFERENCE_TEXT
    assert voice.guide.name.startswith("adapted from zm_")  # a man's voice guides a man's


@pytest.mark.parametrize("text", [None, "", "Hello.", REFERENCE_TEXT * 6])
def test_a_text_that_cannot_be_the_references_is_not_used(
    voxcpm: VoxCpmEngine, low_reference: NDArray[np.float32], text: str | None
) -> None:
    assert voxcpm.adapt(low_reference, text).reference_text is None


def test_a_long_reference_is_cut_where_it_begins_to_speak(
    voxcpm: VoxCpmEngine, low_reference: NDArray[np.float32]
) -> None:
    silence = np.zeros(32_000, np.float32)
    voice = voxcpm.adapt(np.concatenate([silence, np.tile(low_reference, 12)]))
    assert len(voice.reference) == 30 * 16_000
    assert np.abs(voice.reference[:4_000]).max() > 0.01


def test_a_reference_that_is_too_short_is_refused(voxcpm: VoxCpmEngine) -> None:
    with pytest.raises(ReferenceTooShort):
        voxcpm.adapt(np.zeros(16_000, np.float32))


def test_text_without_words_is_refused(voxcpm: VoxCpmEngine) -> None:
    with pytest.raises(UnspeakableText):
        voxcpm.synthesise("……", voxcpm.default_voice(), ignore)


def test_a_cancelled_task_stops_after_its_passage(voxcpm: VoxCpmEngine) -> None:
    calls: list[float] = []

    def cancel(fraction: float) -> None:
        calls.append(fraction)
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        voxcpm.synthesise(TEXT, voxcpm.default_voice(), cancel)
    assert calls == [0.5]


class Forgetful:
    """An avatar cache that keeps nothing."""

    def fetch(self, name: str, target: Path) -> bool:
        return False

    def store(self, name: str, archive: Path) -> None:
        """Nothing is kept."""


class Silence:
    def stage(self, _name: str) -> Callable[[float], None]:
        return ignore


def test_the_whole_voice_job_runs_with_it(
    folder: Path, low_reference: NDArray[np.float32], tmp_path: Path
) -> None:
    settings = JobSettings(
        table_name="-", bucket_name="-", weights_dir=folder, threads=1, speech_engine="voxcpm"
    )
    soundfile.write(tmp_path / "reference.wav", low_reference, 16_000)
    label = AigcLabel.for_content(producer="test", content_id="test")
    spec = VoiceSpec(
        text="大家好，今天天气很好。", reference_audio="r.wav", reference_text=REFERENCE_TEXT
    )
    inputs = {"reference_audio": tmp_path / "reference.wav"}
    made = VoiceJob(settings).run(spec, JobContext(inputs, tmp_path, Silence(), label, Forgetful()))
    wav = soundfile.info(made.files["audio"].path)
    assert (wav.samplerate, wav.channels) == (24_000, 1)
    timeline = json.loads(made.files["timeline"].path.read_text())
    assert timeline["phonemes"][0]["symbol"] == "t"
    assert made.data["voice"] == "cloned"


def test_missing_weights_are_told_when_the_worker_starts(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        if file.is_file():
            (tmp_path / file.name).symlink_to(file.resolve())
    with pytest.raises(WeightsMissing, match=r"docs/gpu-engine\.md"):
        load("voxcpm", WeightStore(tmp_path), 1)


def test_half_precision_is_for_gpus_only(intact: Path) -> None:
    from gpu_jobs.engines.speech.voxcpm2.engine import precision

    assert precision(torch.device("cpu")) == torch.float32
