"""English words to Kokoro's symbols, by the espeak-ng library.

espeak-ng is GPL-3 and stays a separate, optional component: the library and its data come in the
package `espeakng-loader` and are called through their C interface. Without it Mandarin still
works, and Latin words are refused with a message that says so.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from functools import cache

from dh_core.errors import UnspeakableText

# speak_lib.h: retrieval mode plays nothing; without the second flag a bad data path calls exit().
_AUDIO_OUTPUT_RETRIEVAL = 1
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_PHONEMES_IPA_TIED = 0x02 | 0x80 | (ord("^") << 8)

_NO_WORD = re.compile(r"(\S{40,})")
_PIECE_OF_WORDS = re.compile(r".{1,200}[,;:.!?](?=\s)|.{1,200}(?=\s|$)", re.S)
_PIECE_OF_NO_WORD = re.compile(r".{1,40}")
"""espeak-ng writes past its buffers when a word or a clause does not end: 400 letters of "a.a.a."
end the process. It is given no more than this at once, cut after a mark, else between words."""

_LOCK = threading.Lock()  # the library holds one global voice

# misaki's table from espeak-ng's American IPA to Kokoro's symbols, longest match first
# (misaki/espeak.py, EspeakFallback, Apache-2.0).
_TO_KOKORO = (
    ("ʔˌn\u0329", "tᵊn"),
    ("ʔn\u0329", "tᵊn"),
    ("ɜːɹ", "ɜɹ"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ɪə", "iə"),
    ("ɜː", "ɜɹ"),
    ("ʲ", ""),
    ("e", "A"),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u0303", ""),
    ("ː", ""),
    ("o", "ɔ"),
    ("ɾ", "T"),
    ("ʔ", "t"),
    ("l\u0329", "ᵊl"),
    ("n\u0329", "ᵊn"),
    ("m\u0329", "ᵊm"),
    ("\u0329", ""),
    ("^", ""),
)


def english_to_symbols(text: str) -> str:
    """Kokoro symbols of an English phrase; raises UnspeakableText without espeak-ng."""
    library = _library()
    with _LOCK:
        clauses = [clause for piece in _pieces(text) for clause in _clauses(library, piece)]
    return _to_kokoro(" ".join(filter(None, clauses)))


def _pieces(text: str) -> Iterator[str]:
    for number, part in enumerate(_NO_WORD.split(text)):
        yield from (_PIECE_OF_NO_WORD if number % 2 else _PIECE_OF_WORDS).findall(part)


def _clauses(library: ctypes.CDLL, text: str) -> Iterator[str]:
    buffer = ctypes.create_string_buffer(text.encode("utf-8", "replace"))
    rest = ctypes.c_void_p(ctypes.addressof(buffer))
    while rest.value:
        ipa = library.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, _PHONEMES_IPA_TIED)
        yield ipa.decode("utf-8", "replace").strip()


def _to_kokoro(ipa: str) -> str:
    for old, new in _TO_KOKORO:
        ipa = ipa.replace(old, new)
    return ipa


@cache
def _library() -> ctypes.CDLL:
    try:
        import espeakng_loader  # noqa: PLC0415  # optional component

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path()
    except (ImportError, OSError) as error:
        raise UnspeakableText(
            "English words cannot be spoken on this server: its espeak-ng component is not "
            "installed. Write them in Chinese."
        ) from error
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    rate = library.espeak_Initialize(
        _AUDIO_OUTPUT_RETRIEVAL, 0, data.encode(), _INITIALIZE_DONT_EXIT
    )
    if rate < 0 or library.espeak_SetVoiceByName(b"en-us") != 0:
        raise UnspeakableText(
            "English words cannot be spoken on this server: its espeak-ng component does not "
            "start. Write them in Chinese."
        )
    return library
