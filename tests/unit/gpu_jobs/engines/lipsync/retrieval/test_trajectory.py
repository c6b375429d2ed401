"""From speech to wanted mouths."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.engines.lipsync.retrieval.trajectory import calm, plan
from gpu_jobs.engines.mouth.limits import CLOSED, SHUT, MouthRange
from gpu_jobs.engines.mouth.shapes import MouthModel, opening, width

FPS = 25.0


def synthetic_speech(symbols: str, each: float = 0.12) -> Speech:
    """One phoneme after the other, blanks are pauses of half a second; a tone while they sound."""
    phonemes, clock = [], 0.5
    for symbol in symbols:
        length = 0.5 if symbol == " " else each
        if symbol != " ":
            phonemes.append(Phoneme(symbol, clock, clock + length))
        clock += length
    time = np.arange(int((clock + 0.5) * 24_000)) / 24_000
    samples = np.zeros_like(time)
    for phoneme in phonemes:
        samples[(time >= phoneme.start) & (time < phoneme.end)] = 0.3
    tone = samples * np.sin(2 * np.pi * 300 * time)
    return Speech(tone.astype(np.float32), 24_000, tuple(phonemes))


def frame_at(seconds: float) -> int:
    return int(seconds * FPS)


def test_lips_meet_in_p_b_m_and_open_in_vowels(talker: MouthModel):
    speech = synthetic_speech("apabama")
    wanted = plan(speech, range(int(speech.duration * FPS)), FPS, talker, None)
    for phoneme in speech.phonemes:
        first, last = frame_at(phoneme.start), frame_at(phoneme.end)
        if phoneme.symbol == "a":
            assert wanted.openings[first : last + 1].max() > 0.4 * talker.range.widest_opening
        else:
            assert wanted.openings[first : last + 1].min() < 0.1 * talker.range.widest_opening


def test_the_mouth_is_shut_before_after_and_between_sentences(talker: MouthModel):
    speech = synthetic_speech("ali alo")
    wanted = plan(speech, range(int(speech.duration * FPS)), FPS, talker, None)
    pause = frame_at(speech.phonemes[2].end + 0.25)
    for frame in (0, pause, len(wanted) - 1):
        assert wanted.openings[frame] == pytest.approx(CLOSED, abs=2e-3)
        assert wanted.widths[frame] == pytest.approx(talker.range.rest, abs=1e-3)


def test_rounded_vowels_are_narrower_than_spread_ones(talker: MouthModel):
    speech = synthetic_speech("uuu iii")
    wanted = plan(speech, range(int(speech.duration * FPS)), FPS, talker, None)
    rounded = wanted.widths[frame_at(speech.phonemes[1].start) + 1]
    spread = wanted.widths[frame_at(speech.phonemes[4].start) + 1]
    assert rounded < talker.range.rest < spread


def test_a_person_never_seen_speaking_still_opens_and_shuts(silent: MouthModel):
    assert not silent.speaks
    speech = synthetic_speech("papa")
    wanted = plan(speech, range(int(speech.duration * FPS)), FPS, silent, None)
    assert wanted.openings.max() > 0.04
    assert wanted.openings[0] == pytest.approx(CLOSED)


def test_recorded_speech_opens_the_mouth_and_its_pauses_shut_it(talker: MouthModel):
    speech = synthetic_speech("aaa   aaa")
    recorded = Speech(speech.samples, speech.sample_rate)
    wanted = plan(recorded, range(int(speech.duration * FPS)), FPS, talker, None)
    sounding = slice(frame_at(speech.phonemes[0].start), frame_at(speech.phonemes[2].end))
    quiet = frame_at(speech.phonemes[2].end + 0.7)
    assert wanted.openings[sounding].max() > CLOSED + 0.01
    assert wanted.openings[quiet] == pytest.approx(CLOSED, abs=1e-3)


def test_digital_silence_keeps_the_mouth_shut(talker: MouthModel):
    nothing = Speech(np.zeros(32_000, np.float32), 16_000)
    wanted = plan(nothing, range(50), FPS, talker, None)
    np.testing.assert_allclose(wanted.openings, CLOSED, atol=1e-6)


def test_a_target_mesh_has_the_wanted_opening_and_width(talker: MouthModel):
    mesh = talker.target(talker.codes[7], 0.05, talker.range.rest)
    assert opening(mesh) == pytest.approx(0.05, abs=2e-3)
    assert width(mesh) == pytest.approx(talker.range.rest, abs=5e-3)


def test_a_closed_target_leaves_no_gap_anywhere_along_the_lips(talker: MouthModel):
    widest = int(talker.openings.argmax())
    mesh = talker.target(talker.codes[widest], CLOSED, talker.range.rest)
    upper = [191, 80, 81, 82, 13, 312, 311, 310, 415]
    lower = [95, 88, 178, 87, 14, 317, 402, 318, 324]
    assert (mesh[lower, 1] - mesh[upper, 1]).max() < 0.002


def test_a_restless_curve_is_calmed_to_the_persons_own_and_closures_stay_shut() -> None:
    rng = np.random.default_rng(2)
    wanted = np.asarray(0.06 + 0.03 * rng.standard_normal(200), np.float32)
    closed = np.zeros(200, np.float32)
    closed[[40, 41, 90, 150]] = 1
    calmed = calm(wanted, closed, FPS, 0.02)
    assert np.abs(np.diff(calmed, 2)).mean() < 0.35 * np.abs(np.diff(wanted, 2)).mean()
    assert (calmed[closed == 1] == CLOSED).all()
    assert calmed[[37, 44, 87, 93]].min() > 0.02


def test_a_curve_that_is_calm_enough_is_left_alone() -> None:
    wanted = np.asarray(0.05 + 0.04 * np.sin(np.arange(100) / 6), np.float32)
    still = calm(wanted, np.zeros(100, np.float32), FPS, 0.02)
    np.testing.assert_array_equal(still, wanted)


def test_sounds_are_as_often_open_as_the_person_is(talker: MouthModel) -> None:
    levels = np.linspace(0, 1, 400, dtype=np.float32)
    openings = talker.range.opening_at(levels)
    assert openings[0] < 0.01
    assert (np.diff(openings) >= 0).all()
    half = talker.range.opening_at(np.array([0.371], np.float32))  # half of speech is less open
    assert half[0] == pytest.approx(np.median(talker.openings), abs=0.012)


def test_a_text_full_of_closures_is_said_with_no_smaller_mouth(talker: MouthModel) -> None:
    """Of a long text the same share of frames is open as of ordinary speech."""
    levels = np.linspace(0, 0.4, 400, dtype=np.float32)
    ordinary = talker.range.opening_at(levels)
    counted = talker.range.opening_at(levels, levels, seconds=60.0)
    assert np.median(ordinary) < 0.7 * np.median(counted)
    assert np.median(counted) == pytest.approx(np.median(talker.openings), abs=0.02)


def test_somebody_who_smiles_with_bare_teeth_smiles_on_while_speaking() -> None:
    openings, widths = np.full(50, 0.08, np.float32), np.full(50, 0.6, np.float32)
    smile = MouthRange.of_silent(openings, widths)
    levels = np.linspace(0.1, 1, 10, dtype=np.float32)
    assert smile.opening_at(levels).min() > 2 * SHUT
