"""Loudness by ITU-R BS.1770-4, heard piece by piece: only the energy of each 100 ms is kept."""

from __future__ import annotations

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import lfilter

_HOPS_PER_BLOCK = 4
_HOP_SECONDS = 0.1
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET = -0.691


class LoudnessMeter:
    """Mono. `add` sound in pieces of any length, then ask `integrated`."""

    def __init__(self, sample_rate: int) -> None:
        self._hop = round(sample_rate * _HOP_SECONDS)
        # K-weighting: the head's high shelf, then a high-pass; as pyloudnorm.Meter sets them.
        shelf = pyloudnorm.IIRfilter(4.0, 1 / np.sqrt(2), 1500.0, sample_rate, "high_shelf")
        high_pass = pyloudnorm.IIRfilter(0.0, 0.5, 38.0, sample_rate, "high_pass")
        self._filters = [(f.passband_gain * f.b, f.a) for f in (shelf, high_pass)]
        self._states = [np.zeros(max(len(b), len(a)) - 1) for b, a in self._filters]
        self._rest = np.zeros(0)
        self._energies: list[NDArray[np.float64]] = []

    def add(self, samples: NDArray[np.float32]) -> None:
        """Listen to the next piece."""
        if not len(samples):
            return
        weighted = samples.astype(np.float64)
        for index, (b, a) in enumerate(self._filters):
            weighted, self._states[index] = lfilter(b, a, weighted, zi=self._states[index])
        whole = np.concatenate([self._rest, weighted])
        hops = len(whole) // self._hop
        self._energies.append(np.sum(_rows(whole, hops, self._hop) ** 2, axis=1))
        self._rest = whole[hops * self._hop :]

    def integrated(self) -> float:
        """LUFS so far, gated; -inf in silence. Sound shorter than a block counts as one block."""
        energies = np.concatenate([np.zeros(0), *self._energies])
        if len(energies) < _HOPS_PER_BLOCK:
            total = float(energies.sum() + np.sum(self._rest**2))
            count = len(energies) * self._hop + len(self._rest)
            blocks = np.array([total / count if count else 0.0])
        else:
            sums = np.convolve(energies, np.ones(_HOPS_PER_BLOCK), "valid")
            blocks = sums / (_HOPS_PER_BLOCK * self._hop)
        loud = blocks[_lufs(blocks) > _ABSOLUTE_GATE_LUFS]
        if not len(loud):
            return float("-inf")
        gate = float(_lufs(np.mean(loud))) + _RELATIVE_GATE_LU
        return float(_lufs(np.mean(loud[_lufs(loud) > gate])))


def integrated_loudness(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Loudness of a whole mono sound in LUFS; -inf in silence."""
    meter = LoudnessMeter(sample_rate)
    meter.add(samples)
    return meter.integrated()


def _rows(samples: NDArray[np.float64], count: int, size: int) -> NDArray[np.float64]:
    return samples[: count * size].reshape(count, size)


def _lufs(power: NDArray[np.float64] | np.floating) -> NDArray[np.float64]:
    lufs: NDArray[np.float64] = _OFFSET + 10 * np.log10(np.maximum(power, 1e-12))
    return lufs
