"""Sounds are found in speech of another voice and speed, whose true times are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import soxr

from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.phonemes.front_end import to_groups
from gpu_jobs.engines.speech.phonemes.timing import shift
from gpu_jobs.engines.speech.voxcpm2.forced_alignment import align
from training.visemes.synthesise import PacedKokoro

TEXT = "爸爸妈妈明天要坐飞机去澳门，不必送我们，请把报表放在门边的白色盒子里。"


@pytest.fixture(scope="module")
def guide(engine: KokoroEngine) -> Speech:
    return engine.synthesise(TEXT, engine.default_voice(), lambda _fraction: None)


@pytest.fixture(scope="module")
def other(engine: KokoroEngine) -> Speech:
    """The same text by a man, a fifth faster, with silence around it and a longer pause inside."""
    paced = PacedKokoro(engine._weights, 1)
    spoken = Speech(np.zeros(0, np.float32), 24_000)
    for group in to_groups(TEXT, paced_vocabulary(paced)):
        part = paced.speak_at(group, paced.voice("zm_yunjian"), 1.2)
        later = shift(part.phonemes, spoken.duration)
        samples = np.concatenate([spoken.samples, part.samples])
        spoken = Speech(samples, part.sample_rate, (*spoken.phonemes, *later))
    gaps = [b.start - a.end for a, b in zip(spoken.phonemes, spoken.phonemes[1:], strict=False)]
    after = int(np.argmax(gaps))
    moment = (spoken.phonemes[after].end + spoken.phonemes[after + 1].start) / 2
    at = round(moment * spoken.sample_rate)
    longer = np.insert(spoken.samples, at, np.zeros(spoken.sample_rate // 2, np.float32))
    late = [
        Phoneme(p.symbol, p.start + 0.5 * (p.start > moment), p.end + 0.5 * (p.start > moment))
        for p in spoken.phonemes
    ]
    return Speech(longer, spoken.sample_rate, tuple(late))


def paced_vocabulary(engine: PacedKokoro) -> dict[str, int]:
    engine.setup()
    return engine._vocabulary


def test_sounds_are_found_within_hundredths_of_a_second(guide: Speech, other: Speech) -> None:
    found = align(guide, other.samples, other.sample_rate)
    assert [p.symbol for p in found] == [p.symbol for p in other.phonemes]
    late = np.array([a.start - b.start for a, b in zip(found, other.phonemes, strict=True)])
    assert np.median(np.abs(late)) <= 0.015
    assert np.percentile(np.abs(late), 95) <= 0.06


def test_lips_close_where_p_b_and_m_are_spoken(guide: Speech, other: Speech) -> None:
    found = align(guide, other.samples, other.sample_rate)
    pairs = [(a, b) for a, b in zip(found, other.phonemes, strict=True) if b.symbol in "pbm"]
    assert len(pairs) >= 10
    for heard, spoken in pairs:
        middle = (spoken.start + spoken.end) / 2
        assert heard.start - 0.03 <= middle <= heard.end + 0.03


def test_the_pause_stays_without_sounds(guide: Speech, other: Speech) -> None:
    found = align(guide, other.samples, other.sample_rate)
    gaps = [b.start - a.end for a, b in itertools.pairwise(found)]
    assert max(gaps) >= 0.5


def test_level_and_sample_rate_do_not_matter(guide: Speech, other: Speech) -> None:
    found = align(guide, other.samples, other.sample_rate)
    quiet = soxr.resample(0.05 * other.samples, other.sample_rate, 48_000).astype(np.float32)
    there = align(guide, quiet, 48_000)
    apart = [abs(a.start - b.start) for a, b in zip(there, found, strict=True)]
    assert np.percentile(apart, 95) <= 0.031
    assert max(apart) <= 0.08


def test_a_noisy_room_costs_little(guide: Speech, other: Speech) -> None:
    noise = np.random.default_rng(1).normal(size=len(other.samples)).astype(np.float32)
    noise *= 0.1 * other.samples.std() / noise.std()  # 20 dB below the speech
    found = align(guide, other.samples + noise, other.sample_rate)
    late = [abs(a.start - b.start) for a, b in zip(found, other.phonemes, strict=True)]
    assert np.median(late) <= 0.015
    assert np.percentile(late, 90) <= 0.06


@pytest.mark.parametrize("seconds", [0.02, 0.3, 3.0])
def test_whatever_the_sound_every_phoneme_has_its_place(guide: Speech, seconds: float) -> None:
    for level in (0.0, 0.1):
        noise = np.random.default_rng(1).normal(size=round(seconds * 24_000)) * level
        found = align(guide, noise.astype(np.float32), 24_000)
        assert len(found) == len(guide.phonemes)
        for phoneme, following in itertools.pairwise(found):
            assert phoneme.start <= phoneme.end <= following.start + 1e-9
        assert found[0].start >= 0 and found[-1].end <= seconds + 0.025


def test_a_guide_without_sounds_gives_none(other: Speech) -> None:
    silent = Speech(np.zeros(2_400, np.float32), 24_000)
    assert align(silent, other.samples, other.sample_rate) == ()
