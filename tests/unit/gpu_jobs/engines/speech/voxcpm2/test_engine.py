"""The engine around the model, on a model that has learned nothing: form, times, whole job."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dh_core.errors import (
    ReferenceTooShort,
    TaskCancelled,
    UnspeakableText,
    UnsupportedLanguage,
    VoiceOutdated,
)
from dh_core.specs.ssml import Break
from gpu_jobs.audio.pitch import median_f0
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.prosody import NATURAL, Prosody
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support.true_peak import true_peak

if TYPE_CHECKING:
    from gpu_jobs.engines.speech.voxcpm2.engine import VoxCpmEngine

REPOSITORY = Path(__file__).resolve().parents[6]
REFERENCE_TEXT = "The weather was fine this morning, and we walked along the river for an hour."
TEXT = "大家好，今天天气很不错。我们去公园散步，很不错。"
"""Two passages: each sentence is long enough for one."""
SENTENCE = "大家好，今天天气很不错。"


def ignore(_fraction: float) -> None:
    """Nobody watches the progress."""


@pytest.fixture(scope="module")
def passages(voxcpm: VoxCpmEngine) -> tuple[Speech, list[float]]:
    """TEXT in the default voice, and the progress that was reported."""
    fractions: list[float] = []
    return voxcpm.synthesise(TEXT, voxcpm.default_voice(), fractions.append), fractions


@pytest.fixture(scope="module")
def plain(voxcpm: VoxCpmEngine) -> Speech:
    """SENTENCE in the default voice."""
    return voxcpm.synthesise(SENTENCE, voxcpm.default_voice(), ignore)


def test_a_text_becomes_one_speech_with_all_its_sounds_in_order(
    passages: tuple[Speech, list[float]], engine: KokoroEngine
) -> None:
    speech, fractions = passages
    spoken = engine.synthesise(TEXT, engine.default_voice(), ignore)
    assert [p.symbol for p in speech.phonemes] == [p.symbol for p in spoken.phonemes]
    assert fractions == [0.5, 1.0]
    assert speech.spoken_text == TEXT
    assert [one.pinyin for one in speech.syllables][:3] == ["da4", "jia1", "hao3"]
    assert speech.sample_rate == 24_000
    assert true_peak(speech.samples) == pytest.approx(10 ** (-1.2 / 20), rel=0.05)  # mastered
    for phoneme, following in zip(speech.phonemes, speech.phonemes[1:], strict=False):
        assert 0 <= phoneme.start < phoneme.end <= following.start + 1e-9
    assert speech.phonemes[-1].end <= speech.duration + 1e-9


def test_the_same_request_gives_the_same_speech(voxcpm: VoxCpmEngine, plain: Speech) -> None:
    again = voxcpm.synthesise(SENTENCE, voxcpm.default_voice(), ignore)
    np.testing.assert_array_equal(again.samples, plain.samples)


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


def test_a_reference_that_is_too_short_is_refused(
    voxcpm: VoxCpmEngine, low_reference: NDArray[np.float32]
) -> None:
    with pytest.raises(ReferenceTooShort):
        voxcpm.adapt(low_reference[:16_000])


def test_text_without_words_is_refused(voxcpm: VoxCpmEngine) -> None:
    with pytest.raises(UnspeakableText):
        voxcpm.check("……")
    with pytest.raises(UnspeakableText):
        voxcpm.synthesise("……", voxcpm.default_voice(), ignore)


def test_a_language_that_the_guide_does_not_speak_is_refused(voxcpm: VoxCpmEngine) -> None:
    with pytest.raises(UnsupportedLanguage):
        voxcpm.check("Сегодня хорошая погода.")


def test_the_words_are_the_users_own_and_follow_each_other(voxcpm: VoxCpmEngine) -> None:
    text = "大家好，今天是2026年！\n\n我们用iPhone 15去公园散步， then we go home。"
    speech = voxcpm.synthesise(text, voxcpm.default_voice(), ignore)
    assert "".join(word.text for word in speech.words) == text
    assert any(word.text.startswith("2026年") for word in speech.words)
    assert {"二", "零", "六", "年"} <= {one.text for one in speech.syllables}
    for timed in (speech.words, speech.syllables):
        for one, following in pairwise(timed):
            assert 0 <= one.start < one.end <= following.start + 1e-9
        assert timed[-1].end <= speech.duration + 1e-9


@pytest.mark.parametrize("speed", [0.5, 1.6])
def test_at_another_speed_sound_and_times_are_as_much_longer(
    voxcpm: VoxCpmEngine, plain: Speech, speed: float
) -> None:
    voice = voxcpm.default_voice()
    changed = voxcpm.synthesise(SENTENCE, voice, ignore, Prosody(speed=speed))
    assert changed.duration == pytest.approx(plain.duration / speed, abs=1e-3)
    for before, after in zip(plain.words, changed.words, strict=True):
        assert after.text == before.text
        assert (after.start, after.end) == pytest.approx(
            (before.start / speed, before.end / speed), abs=1e-3
        )


def test_rests_between_passages_follow_the_speed(
    voxcpm: VoxCpmEngine, passages: tuple[Speech, list[float]]
) -> None:
    def rest(speech: Speech) -> float:
        (gap,) = (b.start - a.end for a, b in pairwise(speech.words) if "。" in a.text)
        return gap

    slow = voxcpm.synthesise(TEXT, voxcpm.default_voice(), ignore, Prosody(speed=0.5))
    assert rest(slow) > rest(passages[0]) + 0.3


def test_at_another_pitch_the_sound_changes_but_not_its_length(
    voxcpm: VoxCpmEngine, plain: Speech
) -> None:
    voice = voxcpm.default_voice()
    higher = voxcpm.synthesise(SENTENCE, voice, ignore, Prosody(pitch=5.0))
    assert higher.duration == pytest.approx(plain.duration, abs=0.15)
    length = min(len(plain.samples), len(higher.samples))
    # An untrained model hums; how much of a hum survives the change differs between processors.
    assert np.corrcoef(plain.samples[:length], higher.samples[:length])[0, 1] < 0.98
    assert "".join(word.text for word in higher.words) == SENTENCE


def test_a_hinted_reading_and_a_break_are_in_the_times(voxcpm: VoxCpmEngine) -> None:
    text = "匈奴单于来到了长安城。"
    hints = Prosody(pronounce={"单于": "dan1 yu2"}, marks=(Break(4, 4, 1.0),))
    voice = voxcpm.default_voice()
    natural, hinted = (voxcpm.synthesise(text, voice, ignore, one) for one in (NATURAL, hints))
    assert [p.symbol for p in natural.phonemes] != [p.symbol for p in hinted.phonemes]
    assert hinted.syllables[4].start - hinted.syllables[3].end == pytest.approx(1.0, abs=0.05)
    assert (natural.warnings, hinted.warnings) == ((), ("reading_uncertain",))
    assert "".join(word.text for word in hinted.words) == text


def test_built_in_voices_are_the_guides_cloned(voxcpm: VoxCpmEngine) -> None:
    man = voxcpm.built_in_voice("zm_yunxi")
    assert (man.name, man.guide.name) == ("zm_yunxi", "zm_yunxi")
    woman = voxcpm.default_voice()
    man_f0, woman_f0 = median_f0(man.reference), median_f0(woman.reference)
    assert man_f0 is not None and woman_f0 is not None and man_f0 < woman_f0
    with pytest.raises(VoiceOutdated):
        voxcpm.built_in_voice("nobody")


def test_a_saved_voice_speaks_as_the_one_that_was_saved(
    voxcpm: VoxCpmEngine, low_reference: NDArray[np.float32], tmp_path: Path
) -> None:
    voice = voxcpm.adapt(low_reference, REFERENCE_TEXT)
    voxcpm.save_voice(voice, tmp_path / "profile")
    again = voxcpm.load_voice(tmp_path / "profile")
    first, second = (voxcpm.synthesise(SENTENCE, one, ignore) for one in (voice, again))
    assert [word.text for word in first.words] == [word.text for word in second.words]
    assert np.abs(first.samples - second.samples).max() < 0.02
    assert voxcpm.voice_version.startswith("voxcpm2-")


def test_a_cancelled_task_stops_after_its_passage(voxcpm: VoxCpmEngine) -> None:
    calls: list[float] = []

    def cancel(fraction: float) -> None:
        calls.append(fraction)
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        voxcpm.synthesise(TEXT, voxcpm.default_voice(), cancel)
    assert calls == [0.5]


def test_missing_weights_are_told_when_the_worker_starts(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        if file.is_file():
            (tmp_path / file.name).symlink_to(file.resolve())
    with pytest.raises(WeightsMissing, match=r"voxcpm2/README\.md"):
        SPEECH.load("voxcpm", WeightStore(tmp_path), 1)


def test_half_precision_is_for_gpus_only(intact: Path) -> None:
    from gpu_jobs.engines.speech.voxcpm2.engine import precision

    assert precision(torch.device("cpu")) == torch.float32
