"""Speech with the time of every sound in it: what synthesis gives and lips, subtitles need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One symbol of the speech engine's alphabet (IPA-like) and its time in seconds."""

    symbol: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono sound and, where it was synthesised, its phonemes.

    `samples`: float32, shape (N,), in [-1, 1]. `phonemes` is empty for recorded speech.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    phonemes: tuple[Phoneme, ...] = ()

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate
