"""Rests come out in the range of their marks, and phonemes move along."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.speech.phonemes.pauses import (
    CLAUSE_PAUSE,
    PARAGRAPH_PAUSE,
    gaps_of,
    keep_rests,
    rest_after,
)
from gpu_jobs.engines.speech.phonemes.spoken import Piece

RATE = 24_000


def two_sounds(rest: float) -> tuple[NDArray[np.float32], list[Phoneme]]:
    """Half a second of tone, a rest, half a second of tone."""
    tone = 0.3 * np.sin(2 * np.pi * 200 * np.arange(RATE // 2) / RATE)
    samples = np.concatenate([tone, np.zeros(round(rest * RATE)), tone]).astype(np.float32)
    return samples, [Phoneme("a", 0.0, 0.5), Phoneme("o", 0.5 + rest, 1.0 + rest)]


def rested(
    samples: NDArray[np.float32], phonemes: list[Phoneme], symbols: str, speed: float = 1.0
) -> tuple[NDArray[np.float32], list[Phoneme]]:
    """With the rest that its mark asks for."""
    gap = gaps_of([Piece(symbols)])[1]
    wanted = gap.wanted(phonemes[1].start - phonemes[0].end, speed)
    return keep_rests(samples, RATE, phonemes, [wanted])


@pytest.mark.parametrize(
    ("mark", "rest", "wanted"),
    [(",", 0.9, 0.30), (",", 0.02, 0.14), (";", 0.1, 0.30), (".", 1.0, 0.56), (".", 0.2, 0.42),
     (",", 0.2, 0.2), ("", 0.8, 0.16)],
)  # fmt: skip
def test_a_rest_is_brought_into_the_range_of_its_mark(
    mark: str, rest: float, wanted: float
) -> None:
    samples, phonemes = two_sounds(rest)
    changed, moved = rested(samples, phonemes, f"a{mark} o")
    assert moved[1].start - moved[0].end == pytest.approx(wanted, abs=0.005)
    assert len(changed) / RATE == pytest.approx(1.0 + wanted, abs=0.005)
    heard = np.flatnonzero(np.abs(changed) > 0.05) / RATE
    quiet = np.diff(heard).max()
    assert quiet == pytest.approx(wanted, abs=0.02)


def test_faster_speech_rests_shorter() -> None:
    samples, phonemes = two_sounds(0.9)
    _changed, moved = rested(samples, phonemes, "a. o", speed=2.0)
    assert moved[1].start - moved[0].end == pytest.approx(0.28, abs=0.005)


def test_stronger_marks_rest_longer_and_never_over_six_tenths() -> None:
    rests = [CLAUSE_PAUSE, rest_after("a;"), rest_after("a."), PARAGRAPH_PAUSE]
    assert rests == sorted(set(rests))
    assert rests[-1] <= 0.6


def test_a_cut_leaves_no_click() -> None:
    samples, phonemes = two_sounds(0.9)
    samples = samples + 0.01 * np.sin(np.arange(len(samples)) / 3).astype(np.float32)
    changed, _moved = rested(samples, phonemes, "a, o")
    rest = changed[int(0.52 * RATE) : int(0.78 * RATE)]
    assert np.abs(np.diff(rest)).max() < 0.008


@pytest.mark.parametrize(
    ("pieces", "rest"),
    [
        ([Piece("a"), Piece(",", rest=1.0), Piece("o")], 1.0),
        ([Piece("a"), Piece(","), Piece("", rest=1.0), Piece("o")], 1.2),
        ([Piece("a"), Piece("."), Piece("", rest=0.0), Piece("o")], 0.0),
        ([Piece("a"), Piece(",", rest=1.0), Piece("", rest=0.5), Piece("o")], 1.5),
    ],
)
def test_a_pause_that_is_asked_for_comes_beside_that_of_a_mark(
    pieces: list[Piece], rest: float
) -> None:
    assert gaps_of(pieces)[1].wanted(0.2, 1.0) == pytest.approx(rest)
    assert gaps_of(pieces)[1].wanted(0.2, 2.0) == pytest.approx(rest, abs=0.1)
