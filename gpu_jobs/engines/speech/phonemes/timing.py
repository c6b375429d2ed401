"""From the model's durations to the time of every sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.speech.phonemes.alphabet import PAUSES, SPACE, STRESS, TONES, is_sound

FRAME_SECONDS = 0.025
"""The model's duration unit: 600 samples at 24 kHz."""

DECODER_LEAD = 0.05
"""The sound comes two frames before its token: fricative noise (ʂ s ɕ) starts 65-75 ms and ends
50-58 ms early, releases of p come 58-68 ms and the middle of the noise 39-45 ms early, over 3
voices and 60 sounds."""

AUDIBLE_DB = -45.0
"""Below this level, relative to the loudest 10 ms, a stretch counts as silence."""

_STEP_SECONDS = 0.01


def shift(phonemes: Iterable[Phoneme], seconds: float) -> list[Phoneme]:
    """The same phonemes, later by `seconds`."""
    return [Phoneme(p.symbol, p.start + seconds, p.end + seconds) for p in phonemes]


def at_pace(phonemes: Iterable[Phoneme], factor: float) -> list[Phoneme]:
    """The same phonemes, `factor` times as long."""
    return [Phoneme(p.symbol, p.start * factor, p.end * factor) for p in phonemes]


def phonemes_of(symbols: str, frames: NDArray[np.int64]) -> list[Phoneme]:
    """Times of the sounds of one group, in seconds of the untrimmed audio.

    `frames` holds one count per symbol, with the start and end tokens first and last, shape
    (len(symbols) + 2,). Tones lengthen the sound before them, stress the sound after, a word
    boundary is shared, and punctuation is left out, as silence.
    """
    edges = np.cumsum(frames) * FRAME_SECONDS - DECODER_LEAD
    spoken: list[Phoneme] = []
    start = float(edges[0])
    for index, symbol in enumerate(symbols):
        end = float(edges[index + 1])
        if is_sound(symbol):
            spoken.append(Phoneme(symbol, start, end))
            start = end
        elif symbol in TONES:
            spoken = _extend_last(spoken, end)
            start = end
        elif symbol == SPACE and not _beside_pause(symbols, index):
            middle = (start + end) / 2
            spoken, start = _extend_last(spoken, middle), middle
        elif symbol not in STRESS:
            start = end
    return spoken


def _extend_last(spoken: list[Phoneme], end: float) -> list[Phoneme]:
    if not spoken:
        return spoken
    last = spoken[-1]
    return [*spoken[:-1], Phoneme(last.symbol, last.start, end)]


def _beside_pause(symbols: str, index: int) -> bool:
    neighbours = symbols[max(0, index - 1) : index + 2]
    return any(symbol in PAUSES for symbol in neighbours)


def end_with_the_sound(
    phonemes: Sequence[Phoneme], samples: NDArray[np.float32], sample_rate: int
) -> list[Phoneme]:
    """Shorten sounds before a pause to where they fade out.

    The model puts a good part of a pause into the last tone before it. A sound keeps one frame at
    least.
    """
    audible = audible_steps(samples, sample_rate)
    ends = [later.start for later in phonemes[1:]] + [len(samples) / sample_rate]
    shortened = []
    for phoneme, following in zip(phonemes, ends, strict=True):
        end = phoneme.end
        if following - end > FRAME_SECONDS / 2 or phoneme is phonemes[-1]:
            first = int(phoneme.start / _STEP_SECONDS)
            steps = np.flatnonzero(audible[max(first, 0) : int(end / _STEP_SECONDS)])
            heard = float(first + steps[-1] + 1) * _STEP_SECONDS if len(steps) else phoneme.start
            end = min(end, max(heard, phoneme.start + FRAME_SECONDS))
        shortened.append(Phoneme(phoneme.symbol, phoneme.start, end))
    return shortened


def audible_steps(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.bool_]:
    """Which 10 ms steps are louder than AUDIBLE_DB below the loudest, shape (steps,)."""
    step = int(sample_rate * _STEP_SECONDS)
    count = len(samples) // step
    power = np.mean(samples[: count * step].reshape(count, step) ** 2, axis=1)
    if count == 0 or power.max() == 0:
        return np.zeros(count, dtype=np.bool_)
    audible: NDArray[np.bool_] = power > power.max() * 10 ** (AUDIBLE_DB / 10)
    return audible


def audible_range(samples: NDArray[np.float32], sample_rate: int) -> tuple[float, float]:
    """First and last audible moment in seconds; (0, 0) in silence."""
    steps = np.flatnonzero(audible_steps(samples, sample_rate))
    if not len(steps):
        return 0.0, 0.0
    return float(steps[0] * _STEP_SECONDS), float((steps[-1] + 1) * _STEP_SECONDS)
