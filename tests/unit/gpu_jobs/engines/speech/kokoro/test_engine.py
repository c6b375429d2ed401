"""Speech that people understand, at the promised level, with the time of every sound."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from faster_whisper import WhisperModel
from scipy.signal import resample_poly

from dh_core.errors import TaskCancelled, UnspeakableText, UnsupportedLanguage
from gpu_jobs.audio.loudness import integrated_loudness
from gpu_jobs.audio.pitch import median_f0
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.prosody import NATURAL, Prosody
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support.true_peak import true_peak

SENTENCE = "我们用iPhone 15拍摄了这段video，价格是5999元。"
"""What the fixture `speech` says."""

DICTATION = "大家好，欢迎来到我们的公司，今天天气很好，我们一起去公园散步。"


@pytest.fixture(scope="module")
def whisper(weights: WeightStore) -> WhisperModel:
    """Whisper base, as it is."""
    folder = weights.path("whisper-base/model.bin").parent
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)


def edit_distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def test_a_listener_understands_the_default_voice(
    engine: KokoroEngine, whisper: WhisperModel
) -> None:
    speech = engine.synthesise(DICTATION, engine.default_voice(), lambda _fraction: None)
    sound = resample_poly(speech.samples, 2, 3).astype(np.float32)
    segments, _info = whisper.transcribe(
        sound, language="zh", initial_prompt="以下是普通话的句子。", temperature=0.0
    )
    heard, said = (
        re.sub(r"[^\u4e00-\u9fff]", "", text)
        for text in ("".join(segment.text for segment in segments), DICTATION)
    )
    assert edit_distance(said, heard) / len(said) <= 0.10, heard


def test_peaks_stay_under_minus_one_decibel_and_loudness_is_even(speech: Speech) -> None:
    assert speech.sample_rate == 24_000
    assert true_peak(speech.samples) <= 10 ** (-1 / 20)
    assert integrated_loudness(speech.samples, speech.sample_rate) == pytest.approx(-16, abs=0.6)


def test_phonemes_follow_each_other_inside_the_sound(speech: Speech) -> None:
    assert speech.phonemes[0].start >= 0
    assert speech.phonemes[-1].end <= speech.duration
    for phoneme, following in zip(speech.phonemes, speech.phonemes[1:], strict=False):
        assert phoneme.start < phoneme.end <= following.start + 1e-9


def test_words_are_the_text_as_written_and_hold_their_phonemes(speech: Speech) -> None:
    assert "".join(word.text for word in speech.words) == SENTENCE
    assert {"5999", "15"} <= {word.text.strip("元。 ") for word in speech.words}
    assert speech.words[0].start == speech.phonemes[0].start
    assert speech.words[-1].end == speech.phonemes[-1].end <= speech.duration
    for word, following in zip(speech.words, speech.words[1:], strict=False):
        assert word.start < word.end <= following.start + 1e-9


def test_each_chinese_syllable_has_its_time(speech: Speech) -> None:
    spoken = "".join(syllable.text for syllable in speech.syllables)
    assert spoken.startswith("我们用")
    assert spoken.endswith("五千九百九十九元")
    for syllable, following in zip(speech.syllables, speech.syllables[1:], strict=False):
        assert syllable.start < syllable.end <= following.start + 1e-9


def test_what_was_read_is_told(speech: Speech) -> None:
    assert speech.spoken_text == "我们用iPhone 十五拍摄了这段video，价格是五千九百九十九元。"
    assert [one.pinyin for one in speech.syllables[-2:]] == ["jiu3", "yuan2"]


def test_there_is_no_dead_air_at_the_ends(speech: Speech) -> None:
    assert speech.phonemes[0].start <= 0.15
    assert speech.duration - speech.phonemes[-1].end <= 0.15


def test_sound_and_phonemes_agree(speech: Speech) -> None:
    """It is loud inside vowels, quiet in the pause, noisy above 4 kHz in sibilants."""
    spectrum = np.abs(
        np.fft.rfft(speech.samples[: len(speech.samples) // 240 * 240].reshape(-1, 240))
    )
    high = spectrum[:, 40:].sum(axis=1)

    def mean_over(symbols: str) -> float:
        spans = [(p.start, p.end) for p in speech.phonemes if p.symbol in symbols]
        return float(
            np.mean([high[round(a * 100) : max(round(b * 100), 1)].mean() for a, b in spans])
        )

    assert mean_over("ʂsɕ") > 2 * mean_over("aəouiɤ")


def test_sentences_are_joined_with_a_pause_and_progress_is_reported(engine: KokoroEngine) -> None:
    fractions: list[float] = []
    text = "今天天气很好，我们一起去公园散步。明天可能会下雨，请大家带好雨伞。"
    speech = engine.synthesise(text, engine.default_voice(), fractions.append)
    assert len(fractions) == 2
    assert 0.3 < fractions[0] < 0.7
    assert fractions[-1] == 1.0
    gaps = [b.start - a.end for a, b in zip(speech.phonemes, speech.phonemes[1:], strict=False)]
    pause = int(np.argmax(gaps))
    assert 0.3 <= gaps[pause] <= 0.8
    middle = (speech.phonemes[pause].end + speech.phonemes[pause + 1].start) / 2
    at = round(middle * speech.sample_rate)
    assert np.abs(speech.samples[at - 1_200 : at + 1_200]).max() < 0.01


@pytest.mark.parametrize(("speed", "pitch"), [(1.5, 5), (0.5, -10)])
def test_speed_and_pitch_are_heard_and_the_phonemes_follow(
    engine: KokoroEngine, speed: float, pitch: float
) -> None:
    text, voice = "今天天气很好，我们一起去公园散步。", engine.default_voice()
    speech, changed = (
        engine.synthesise(text, voice, lambda _fraction: None, prosody)
        for prosody in (NATURAL, Prosody(speed, pitch))
    )
    assert speech.duration / changed.duration == pytest.approx(speed, rel=0.15)
    assert changed.duration - 0.15 <= changed.phonemes[-1].end <= changed.duration
    before, after = (
        median_f0(resample_poly(s.samples, 2, 3).astype(np.float32)) for s in (speech, changed)
    )
    assert before is not None
    assert after is not None
    assert 12 * np.log2(after / before) == pytest.approx(pitch, abs=2)


def test_no_rest_is_longer_than_the_text_asks_for(engine: KokoroEngine) -> None:
    text = "首先，我们看数据；其次，我们看原因。最后……得出结论！\n这是第二段，也是最后一段。"
    speech = engine.synthesise(text, engine.default_voice(), lambda _fraction: None)
    gaps = [b.start - a.end for a, b in zip(speech.phonemes, speech.phonemes[1:], strict=False)]
    assert max(gaps) <= 0.65
    assert speech.spoken_text == text.replace("……", "…")


def test_a_foreign_text_is_refused_before_anything_is_computed(engine: KokoroEngine) -> None:
    with pytest.raises(UnsupportedLanguage):
        engine.check("Привет мир")
    engine.check("你好，world。")


def test_a_cancelled_task_stops_after_its_sentence(engine: KokoroEngine) -> None:
    def cancel(_fraction: float) -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        engine.synthesise("好的。", engine.default_voice(), cancel)


def test_text_without_words_is_refused(engine: KokoroEngine) -> None:
    with pytest.raises(UnspeakableText):
        engine.synthesise("……", engine.default_voice(), lambda _fraction: None)


def test_an_engine_without_its_model_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="make setup"):
        KokoroEngine(WeightStore(tmp_path)).setup()
