"""Loudness and peaks of finished speech: -16 LUFS, true peak under -1 dBTP, in constant memory.

`SampleBuffer` takes sentence after sentence to a file on disk and measures its loudness meanwhile;
`finish` turns it up block by block, twice, since limiting costs a little loudness. The level is
that of speech as it came: what a request wants softer or louder is so beside it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

from dh_core.errors import MediaTooLong
from dh_core.limits import MAX_SPEECH_SECONDS
from gpu_jobs.audio.loudness import LoudnessMeter

LOUDNESS_LUFS = -16.0
PEAK_DBTP = -1.2
"""A little under the promised -1 dB, for 16-bit rounding and a codec's ripple."""

_OVERSAMPLING = 4
_LOOK_AHEAD_SECONDS = 0.004
_PASSES = 2
_BLOCK_SECONDS = 10.0
_CONTEXT_SECONDS = 0.05
"""Beside a block: more than the limiter and the oversampling filter look ahead and behind."""

_TOO_LONG = (
    f"The text takes more than {MAX_SPEECH_SECONDS / 60:.0f} minutes to speak; "
    "split it over several tasks."
)
_FLOAT = np.dtype(np.float32)


class SampleBuffer:
    """Mono float32 sound that grows on disk. Use as a context manager; `finish` once."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._raw: IO[bytes] = tempfile.TemporaryFile(prefix="speech-")  # noqa: SIM115  # closed in __exit__
        self._gains: set[float] = set()
        self._is_even = True
        """Whether one gain holds for all that is heard."""
        self._natural = LoudnessMeter(sample_rate)
        self._kept = LoudnessMeter(sample_rate)
        self.length = 0
        """Samples so far."""

    def __enter__(self) -> SampleBuffer:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._raw.close()

    def append(self, samples: NDArray[np.float32], gain: float | NDArray[np.float32] = 1.0) -> None:
        """Put `samples` at the end, `gain` times as loud as the speech that is brought to level.

        Raises MediaTooLong beyond MAX_SPEECH_SECONDS.
        """
        if self.length + len(samples) > MAX_SPEECH_SECONDS * self._rate:
            raise MediaTooLong(_TOO_LONG)
        if samples.any():
            self._gains |= {gain} if isinstance(gain, float) else set()
            self._is_even &= isinstance(gain, float) and len(self._gains) == 1
        kept = (samples * gain).astype(_FLOAT)
        self._raw.write(kept.tobytes())
        self._natural.add(samples)
        self._kept.add(kept)
        self.length += len(samples)

    def kept(self) -> NDArray[np.float32]:
        """What is in it now, read-only, at the level that it came at; stays when more comes."""
        if self.length == 0:
            return np.zeros(0, dtype=_FLOAT)
        self._raw.flush()
        return np.memmap(self._raw, dtype=_FLOAT, mode="r", shape=(self.length,))

    def finish(self) -> NDArray[np.float32]:
        """All of it under PEAK_DBTP, read-only, in a file that vanishes by itself.

        At LOUDNESS_LUFS, and as much beside it as the gains ask for. Silence stays silence.
        """
        if self.length == 0:
            return np.zeros(0, dtype=_FLOAT)
        gain, loudness = 1.0, self._kept.integrated()
        wanted = LOUDNESS_LUFS + loudness - self._natural.integrated()
        with tempfile.TemporaryFile(prefix="speech-") as target:
            if np.isfinite(loudness):
                # What the limiter takes from a loud part is not given to the others.
                for _ in range(_PASSES if self._is_even else 1):
                    gain *= 10 ** ((wanted - loudness) / 20)
                    loudness = self._write(target, gain)
            else:
                self._write(target, gain)
            return np.memmap(target, dtype=_FLOAT, mode="r", shape=(self.length,))

    def _write(self, target: IO[bytes], gain: float) -> float:
        """The whole buffer, turned up and limited, into `target`; answers its loudness."""
        meter = LoudnessMeter(self._rate)
        target.seek(0)
        for block in limited_blocks(self._read, self.length, self._rate, gain):
            target.write(block.tobytes())
            meter.add(block)
        target.flush()
        return meter.integrated()

    def _read(self, start: int, stop: int) -> NDArray[np.float32]:
        self._raw.seek(start * _FLOAT.itemsize)
        return np.frombuffer(self._raw.read((stop - start) * _FLOAT.itemsize), dtype=_FLOAT)


def limited_blocks(
    read: Callable[[int, int], NDArray[np.float32]], length: int, sample_rate: int, gain: float
) -> Iterator[NDArray[np.float32]]:
    """`read(start, stop)` times `gain`, limited, in blocks that join without a seam."""
    size, context = (round(s * sample_rate) for s in (_BLOCK_SECONDS, _CONTEXT_SECONDS))
    for start in range(0, length, size):
        stop = min(start + size, length)
        first, last = max(0, start - context), min(length, stop + context)
        block = limit(read(first, last) * np.float32(gain), sample_rate)
        yield block[start - first : stop - first]


def limit(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Turn the gain down around every true peak over PEAK_DBTP, smoothly and ahead of it.

    The gain at each sample is the mean over a window of gains that are each low enough for the
    whole window, so no peak gets through.
    """
    ceiling = 10 ** (PEAK_DBTP / 20)
    peaks = np.abs(resample_poly(samples, _OVERSAMPLING, 1))
    peaks = maximum_filter1d(peaks, 2 * _OVERSAMPLING + 1)[::_OVERSAMPLING][: len(samples)]
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    window = int(sample_rate * _LOOK_AHEAD_SECONDS) | 1
    gain = uniform_filter1d(minimum_filter1d(wanted, window), window)
    limited: NDArray[np.float32] = (samples * gain).astype(np.float32)
    return limited
