"""What is English in a text, sentence by sentence, and in Chinese sentences by runs."""

from __future__ import annotations

import re

_WORD = re.compile(r"(?<![\dA-Za-z])[A-Za-z]+(?:['’-][A-Za-z]+)*(?![\dA-Za-z])")
_FUNCTIONS = """
a an the and or but if of to in on at by for from with as is are was were be been am it its it's
this that these those i i'm you he she we they my your his her our their me him us them not yes do
does did don't have has had will would can could should may must so than then there here what when
where who how all some more most about into over after before up out
"""
_FUNCTION_WORDS = frozenset(_FUNCTIONS.split())
_UNITS = """
tel fax vip am pm kg km cm mm mg ml min hr sec ms kw mw hz khz mhz ghz db mah mph fps rpm px ppm
mmhg kwh
"""
_NO_WORDS = frozenset(_UNITS.split())
"""Units, which people write in Chinese as well."""

_RUN_WORDS = 3


def is_english_text(text: str) -> bool:
    """Whether a text without any Chinese is English: it has a word besides units and codes."""
    return any(_is_function_word(word) or _is_word(word) for word in _WORD.findall(text))


def is_english_sentence(sentence: str) -> bool:
    """Whether a sentence without Chinese, in a text with some, is English and no name alone."""
    words = _WORD.findall(sentence)
    return len(words) > 1 and any(word.islower() and _is_word(word) for word in words)


def is_english_run(run: str) -> bool:
    """Whether a stretch between Chinese is English: a phrase with a word like "the", "of", "is"."""
    words = _WORD.findall(run)
    return len(words) >= _RUN_WORDS and any(map(_is_function_word, words))


def _is_function_word(word: str) -> bool:
    return len(word) > 1 and not word.isupper() and word.lower() in _FUNCTION_WORDS - _NO_WORDS


def _is_word(word: str) -> bool:
    """No acronym (NBA), no name with a capital inside (iPhone), no unit."""
    return len(word) > 2 and word[1:].islower() and word.lower() not in _NO_WORDS
