"""Engines to stand beside: the same sentences, spoken by programs that run here."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import espeakng_loader
import numpy as np
from misaki import zh

from gpu_jobs.engines.speech.front_end import Group
from gpu_jobs.engines.speech.kokoro import KokoroEngine
from gpu_jobs.timeline import Speech
from gpu_jobs.weights import WeightStore

_SYNCHRONOUS = 2
_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def espeak_mandarin() -> Callable[[str], Speech]:
    """espeak-ng's own formant synthesis with its Mandarin voice."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(
        _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0x8000
    )
    if library.espeak_SetVoiceByName(b"cmn") != 0:
        raise RuntimeError("espeak-ng has no Mandarin voice here")
    pieces: list[np.ndarray] = []

    def take(sound: ctypes._Pointer[ctypes.c_short], count: int, _events: object) -> int:
        if count > 0:
            pieces.append(np.ctypeslib.as_array(sound, (count,)).copy())
        return 0

    callback = _CALLBACK(take)
    library.espeak_SetSynthCallback(callback)

    def speak(text: str, _kept: object = callback) -> Speech:
        pieces.clear()
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        return Speech(np.concatenate(pieces).astype(np.float32) / 32768, rate)

    return speak


def plain_kokoro(weights: WeightStore, threads: int) -> Callable[[str], Speech]:
    """The same acoustic model as its authors' package reads for it: misaki alone, no espeak."""
    engine = KokoroEngine(weights, threads)
    engine.setup()
    reader = zh.ZHG2P()
    vocabulary = set(engine.vocabulary)

    def speak(text: str) -> Speech:
        symbols, _tokens = reader(text)
        known = "".join(symbol for symbol in symbols if symbol in vocabulary)
        return engine.speak(Group(known[:500], 0.0), engine.default_voice())

    return speak
