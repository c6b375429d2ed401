"""How words are to be read: `{"单于": "chan2 yu2", "GPU": "G P U"}`.

A Chinese word takes one pinyin syllable with its tone (1-4, 5 for neutral) per character. A word
in Latin letters takes pinyin or an alias, the text to read in its place. A request gives readings
of its own (`pronounce`); an owner keeps others in a dictionary, for all tasks that speak.
"""

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dh_core.errors import InvalidRequest
from dh_core.field_rules import shown
from dh_core.specs import pinyin

MAX_ENTRIES: Final = 500
"""Of a dictionary: at most 250 KB in the table, where an item may have 400."""
MAX_HINTS: Final = 600
"""Of a task, its own and those of the dictionary together."""
MAX_WORD_CHARACTERS: Final = 40
MAX_ALIAS_CHARACTERS: Final = 100

BAD: Final = "invalid_pronunciation"
"""The error's type, which is also the code of the answer."""
TOO_MANY: Final = "too_many_pronunciations"

_HAN: Final = re.compile(r"[\u3400-\u9fff〇]+")
_LATIN: Final = re.compile(r"[A-Za-z0-9\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f .&'’+#_-]*")
_SPEAKABLE: Final = re.compile(r"[A-Za-z0-9\u3400-\u9fff]")
_SOME_HAN: Final = re.compile(r"[\u3400-\u9fff〇]")
_TAG: Final = re.compile(r"<[^<>]*>")
_SILENT: Final = re.compile(r"[\s*_~`\u200b-\u200f\u2060\ufeff]+")


def is_chinese(word: str) -> bool:
    """Whether a word consists of Chinese characters only."""
    return _HAN.fullmatch(word) is not None


def written(word: str) -> str:
    """A word as it is kept: one form for what looks the same."""
    return unicodedata.normalize("NFC", word).strip()


def key_of(word: str) -> str:
    """The same for all ways to write a word that are read alike."""
    return written(word).lower()


def fault(word: str, reading: str) -> str | None:
    """What is wrong with one entry, and what to write instead."""
    if len(word) > MAX_WORD_CHARACTERS:
        return f"give a word of at most {MAX_WORD_CHARACTERS} characters"
    if is_chinese(word):
        return _fault_of_pinyin(word, reading)
    if not _LATIN.fullmatch(word):
        return _fault_of_word(word)
    if len(reading) > MAX_ALIAS_CHARACTERS or not _SPEAKABLE.search(reading):
        return (
            f"give pinyin or a text of at most {MAX_ALIAS_CHARACTERS} characters in Chinese or "
            "English to read instead"
        )
    return None


def aliases(readings: Mapping[str, str]) -> str | None:
    """The texts that are read in place of words; None if all readings are pinyin."""
    texts = [text for text in readings.values() if pinyin.parse(text) is None]
    return "\n".join(texts) or None


def merged(own: Mapping[str, str], dictionary: Mapping[str, str], text: str) -> dict[str, str]:
    """A request's readings and, below them, those of a dictionary whose words are in the text.

    Raises InvalidRequest (`too_many_pronunciations`).
    """
    plain = _plain(text)
    said = {key_of(word) for word in own}
    found = {
        word: reading
        for word, reading in dictionary.items()
        if key_of(word) not in said and _condensed(word) in plain
    }
    if len(own) + len(found) > MAX_HINTS:
        raise InvalidRequest(
            f"{len(found)} words of your dictionary are in the text, and pronounce has {len(own)} "
            f"more; a task takes {MAX_HINTS} together. Divide the text.",
            code=TOO_MANY,
        )
    return {**own, **found}


def _plain(text: str) -> str:
    """What may be read of a text, without what could stand within a word."""
    return _condensed(html.unescape(text)) + "\n" + _condensed(html.unescape(_TAG.sub("", text)))


def _condensed(text: str) -> str:
    return _SILENT.sub("", key_of(unicodedata.normalize("NFKC", text)))


def _checked(readings: Mapping[str, str]) -> dict[str, str]:
    seen: dict[str, str] = {}
    for number, (given, reading) in enumerate(readings.items(), start=1):
        word = written(given)
        wrong = fault(word, reading)
        if wrong is None and key_of(word) in seen:
            wrong = f'it is the same word as "{shown(seen[key_of(word)])}"; keep one of them'
        if wrong is not None:
            raise PydanticCustomError(
                BAD,
                "{entry}: {fault}",
                {"entry": f'entry {number}, "{shown(word)}"', "fault": wrong},
            )
        seen[key_of(word)] = word
    return {seen[key_of(word)]: reading for word, reading in readings.items()}


def _fault_of_word(word: str) -> str:
    letters = [one for one in word if one.isalpha()]
    if any(_SOME_HAN.match(one) for one in letters):
        return "it mixes Chinese with something else; give the Chinese part an entry of its own"
    if letters and not any(_LATIN.match(one) for one in letters):
        return "it is neither Chinese nor in Latin letters, and only those are spoken; take it out"
    return "give a Chinese word, or one that starts with a Latin letter or a digit"


def _fault_of_pinyin(word: str, reading: str) -> str | None:
    wrong = pinyin.fault(reading)
    if wrong is not None:
        return wrong
    count = len(reading.split())
    if count != len(word):
        return f"{len(word)} characters need {len(word)} syllables, not {count}"
    return None


Pronunciation = Annotated[
    dict[str, str],
    Field(
        max_length=MAX_HINTS,
        description='How to read words: {"单于": "chan2 yu2", "GPU": "G P U"}',
    ),
    AfterValidator(_checked),
]
Dictionary = Annotated[
    dict[str, str],
    Field(
        max_length=MAX_ENTRIES,
        description="Readings by word: pinyin with tones 1 to 5, a syllable for each Chinese "
        "character; for a word in Latin letters also a text to read instead",
    ),
    AfterValidator(_checked),
]
