"""Is a recording good enough to take a voice from? Errors where it is not, warnings where it harms.

The limits were set on seven recorded speakers, clean and spoilt on purpose: the figures beside them
are what the measure gave. A noisy recording still gives its speaker: `eval.noisy_references`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import ReferenceTooShort, SilentAudio
from gpu_jobs.audio.denoise import without_noise
from gpu_jobs.audio.voice_activity import CHUNK, SAMPLE_RATE, only, speech_chunks
from gpu_jobs.engines.speech.speaker.ge2e import SpeakerEncoder

LEAST_SECONDS: Final = 3.0
"""Of speech, pauses not counted."""

CLIPPED: Final = "reference_clipped"
NOISY: Final = "reference_noisy"
SEVERAL_SPEAKERS: Final = "reference_several_speakers"

NO_VOICE: Final = "No voice can be heard in the audio; record it again, close to the mouth."

_NO_VOICE_SECONDS: Final = 0.3
"""Music passes for speech for a moment now and then."""
_SILENT_DBFS: Final = -65.0
_RARE: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01)
"""Shares of the samples that reach the levels looked at."""
_NEAR: Final = 0.85
_CROWDED: Final = 20.0
"""3-13 in clean speech, 50-190 cut at half its peak; 22-150 as MP3, AAC or Opus after that."""
_HIGHEST: Final = 0.001
"""Share of the samples that count as the highest peaks."""
_FLAT: Final = 3.2
"""4.1-6.4 in clean speech, 1.6-2.4 cut at a fifth of its peak; then as Opus or AAC 2.1-3.0."""
_HEARD: Final = 0.1
"""Of the loudest channel: one that is 20 dB softer hardly is."""
_NOISY_DB: Final = 13.0
"""White noise at 10 dB measures 9-12, at 20 dB 13-21."""
_CLEAN_DB: Final = 25.0
"""Cleaner recordings are left as they are: subtraction would only move their embeddings."""
_ANOTHER_SPEAKER: Final = 0.78
"""Cosine between two halves: 0.83-0.95 in one speaker, 0.47-0.74 (rarely 0.79) in two."""
_LEAST_WINDOWS: Final = 4
_LEAST_SHARE: Final = 0.2


def usable_speech(reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """The speech in 16 kHz mono audio, freed from noise and music if there is any.

    Raises SilentAudio, and ReferenceTooShort under 3 s of speech.
    """
    chunks = _checked_chunks(reference)
    if signal_to_noise(reference, chunks) < _CLEAN_DB:
        reference = without_noise(reference)
    return only(reference, chunks)


def warnings(
    reference: NDArray[np.float32],
    encoder: SpeakerEncoder,
    recorded: NDArray[np.float32] | None = None,
) -> tuple[str, ...]:
    """What is wrong with a usable reference, as codes. Raises SilentAudio, ReferenceTooShort.

    `recorded`: the same sound as in its file, unmixed and at its own rate, shape (N, channels):
    a mix or another rate moves the peaks that were cut off.
    """
    chunks = _checked_chunks(reference)
    speech = only(reference, chunks)
    channels = reference[:, None] if recorded is None else recorded
    found = {
        CLIPPED: is_clipped(during(channels, chunks, len(reference))),
        NOISY: signal_to_noise(reference, chunks) < _NOISY_DB,
        SEVERAL_SPEAKERS: has_several_speakers(encoder.embed_windows(speech)),
    }
    return tuple(code for code, is_so in found.items() if is_so)


def is_clipped(speech: NDArray[np.float32]) -> bool:
    """Whether the peaks of a channel that is heard are cut off; shape (N, channels)."""
    loudness = np.sqrt(np.mean(np.square(speech, dtype=np.float64), axis=0))
    heard = speech[:, loudness >= _HEARD * loudness.max(initial=0.0)]
    return any(
        crowding(channel) > _CROWDED or crest(channel) < _FLAT
        for channel in heard.T
        if len(channel)
    )


def crest(speech: NDArray[np.float32]) -> float:
    """The level of the highest peaks over the mean one: little is left where most were cut off.

    Codecs spread such a sound over many levels, so that no single one is crowded.
    """
    mean = float(np.sqrt(np.mean(np.square(speech, dtype=np.float64))))
    return float(np.quantile(np.abs(speech), 1 - _HIGHEST)) / max(mean, 1e-12)


def crowding(speech: NDArray[np.float32]) -> float:
    """How many times more samples reach near a level than that level, where it is the most.

    Few peaks of speech are high, so that in each step down there are only some times more; where
    peaks were cut off, many lie just below the cut. Relative to levels that few samples reach, not
    to full scale: a clipped recording may have been turned down since, or coded with loss, which
    lets single peaks stand out again.
    """
    amplitude = np.sort(np.abs(speech))
    count = len(amplitude)
    reached = [_NEAR * amplitude[int(count * (1 - share))] for share in _RARE]
    near = count - np.searchsorted(amplitude, reached)
    return float(np.max(near / (count * np.array(_RARE))))


def during(
    channels: NDArray[np.float32], chunks: NDArray[np.bool_], length: int
) -> NDArray[np.float32]:
    """The samples during chunks of a sound of `length` samples, whatever their own rate."""
    chunk = np.arange(len(channels)) * length // len(channels) // CHUNK
    return channels[chunks[np.minimum(chunk, len(chunks) - 1)]]


def signal_to_noise(reference: NDArray[np.float32], speech: NDArray[np.bool_]) -> float:
    """Power of the speech chunks over that of the quietest twentieth of all chunks, in dB.

    People pause for longer than that; music or noise behind the voice does not.
    """
    chunks = reference[: len(speech) * CHUNK].reshape(-1, CHUNK)
    power = np.mean(np.square(chunks, dtype=np.float64), axis=1)
    noise = float(np.quantile(power, 0.05)) + 1e-12
    signal = max(float(power[speech].mean()) - noise, 1e-12)
    return float(10 * np.log10(signal / noise))


def has_several_speakers(windows: NDArray[np.float32]) -> bool:
    """Whether speaker embeddings (W, 256) of unit norm fall into two groups that are far apart.

    Spherical 2-means from the first principal axis; a group must hold a fifth of the windows.
    """
    if len(windows) < _LEAST_WINDOWS:
        return False
    centred = windows - windows.mean(axis=0)
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    group = centred @ axis > 0
    for _ in range(10):
        if not _LEAST_SHARE <= group.mean() <= 1 - _LEAST_SHARE:
            return False
        one, other = _direction(windows[group]), _direction(windows[~group])
        moved = windows @ one > windows @ other
        if (moved == group).all():
            break
        group = moved
    return bool(one @ other < _ANOTHER_SPEAKER)


def _direction(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = windows.mean(axis=0)
    unit: NDArray[np.float32] = mean / np.linalg.norm(mean)
    return unit


def _checked_chunks(reference: NDArray[np.float32]) -> NDArray[np.bool_]:
    if _loudest(reference) < 10 ** (_SILENT_DBFS / 20):
        raise SilentAudio
    chunks = speech_chunks(reference)
    seconds = int(chunks.sum()) * CHUNK / SAMPLE_RATE
    if seconds < LEAST_SECONDS:
        if seconds < _NO_VOICE_SECONDS and len(reference) >= LEAST_SECONDS * SAMPLE_RATE:
            raise SilentAudio(NO_VOICE)
        raise ReferenceTooShort(
            f"The voice sample holds {seconds:.1f} s of speech; record at least "
            f"{LEAST_SECONDS:.0f} s."
        )
    return chunks


def _loudest(samples: NDArray[np.float32]) -> float:
    return float(np.abs(samples).max(initial=0.0))
