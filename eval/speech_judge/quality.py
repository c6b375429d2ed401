"""How good speech sounds, by a model of listeners: DNSMOS (Reddy et al. 2021, P.808; 2022, P.835).

It was trained on what people said of noisy and of cleaned speech, most of it English: it hears
noise, artefacts and dullness, not whether a word is right.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
import soxr
from numpy.typing import NDArray
from speechmos import dnsmos

from bench.engines.readers.reader import Sound
from gpu_jobs.audio.loudness import integrated_loudness

_SAMPLE_RATE = 16_000
_LUFS = -23.0
"""All are judged at one level: the same noise costs more in what is louder."""
_WINDOW = 144_160
"""Samples that the model hears at once."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Opinion scores from 1 to 5: overall, signal, background, and by P.808 (overall too)."""

    overall: float
    signal: float
    background: float
    p808: float

    @classmethod
    def of(cls, sound: Sound) -> Self:
        """The scores of one recording; one of less than 9 s is repeated to fill them."""
        samples, rate = sound
        speech = _levelled(np.asarray(soxr.resample(samples, rate, _SAMPLE_RATE), np.float32))
        found = dnsmos.run(np.resize(speech, max(len(speech), _WINDOW)), _SAMPLE_RATE)
        names = ("ovrl_mos", "sig_mos", "bak_mos", "p808_mos")
        return cls(*(float(found[name]) for name in names))

    @classmethod
    def mean(cls, several: list[Self]) -> Self:
        """The mean of every score."""
        return cls(*np.mean([astuple(one) for one in several], axis=0).tolist())

    def row(self) -> str:
        """Cells of a table."""
        return " | ".join(f"{value:.2f}" for value in astuple(self))


def _levelled(speech: NDArray[np.float32]) -> NDArray[np.float32]:
    gain = 10 ** ((_LUFS - integrated_loudness(speech, _SAMPLE_RATE)) / 20)
    levelled: NDArray[np.float32] = np.clip(speech * np.float32(gain), -1.0, 1.0)
    return levelled
