"""espeak-ng's own formant synthesis with its Mandarin voice: `espeak.py FOLDER`."""

from __future__ import annotations

import ctypes

import espeakng_loader
import numpy as np

from bench.engines.readers.reader import Sound, Speak, serve

_SYNCHRONOUS = 2
_UTF8 = 1
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def espeak_mandarin() -> Speak:
    """Raises RuntimeError where the library has no Mandarin voice."""
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

    def speak(text: str, _kept: object = callback) -> Sound:
        pieces.clear()
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        return np.concatenate(pieces).astype(np.float32) / np.float32(32768), rate

    return speak


if __name__ == "__main__":
    serve(espeak_mandarin)
