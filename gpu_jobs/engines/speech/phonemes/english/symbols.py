"""Runs of Latin letters: acronyms are spelled, brand words read, the rest is espeak-ng's."""

from __future__ import annotations

import re
from importlib.resources import files

from dh_core.specs import pinyin
from gpu_jobs.engines.speech.phonemes.english.espeak import english_to_symbols
from gpu_jobs.engines.speech.phonemes.syllables import symbols_of_syllable

_ACRONYM = re.compile(r"(?<![A-Za-z'’])([A-Z]{2,5})(?![A-Za-z'’])")

_LINES = (files(__package__) / "lexicon.tsv").read_text("utf-8").splitlines()[1:]
_LEXICON = {written.lower(): said for written, said in (line.split("\t") for line in _LINES)}
"""Brands, terms and words in capitals that are not spelled."""


def _pattern(line: str) -> str:
    """A word that is only not spelled is one in capitals alone: GOOD, but not good."""
    written, said = line.split("\t")
    found = re.escape(written)
    return found if written.lower() == said.lower() else f"(?i:{found})"


_PATTERNS = "|".join(map(_pattern, sorted(_LINES, key=len, reverse=True)))
_BRAND = re.compile(f"(?<![A-Za-z])({_PATTERNS})(?![A-Za-z])")

_AI = _LEXICON["ai"].strip("/")
"""In Mandarin sounds, like WiFi: of WiFi in English vowels a listener wrote 玩法, of AI 也爱."""

_BREATHED_STOP = re.compile(
    r"(?:(?<![^ ])|(?<!s)(?=[ptk][wjɹl]?[ˈˌ]))([ptk])(?=[ˈˌwjɹl]|[^\W\dstkp])"
)
"""p, t, k that begin a word or a stressed syllable. To the Mandarin voices a bare p is pinyin b:
without the breath after it PPT is heard as BBD, APP as ABB."""


def symbols_of(run: str) -> str:
    """Kokoro symbols of a run of Latin words; raises UnspeakableText without espeak-ng."""
    parts = _BRAND.split(run)
    read = (_part(part, brand=number % 2 == 1) for number, part in enumerate(parts))
    return " ".join(filter(None, read))


def _part(part: str, *, brand: bool) -> str:
    said = _LEXICON[part.lower()] if brand else part
    if said.startswith("/"):
        return said.strip("/")
    syllables = pinyin.parse(said)
    if syllables is not None:
        return "".join(map(symbols_of_syllable, syllables))
    if not re.search(r"\w", said):
        return ""
    shouted = said.isupper() and len(said.split()) > 2 and not brand
    words = (_word(word, shouted) for word in _ACRONYM.split(said))
    return _BREATHED_STOP.sub(r"\1ʰ", " ".join(filter(None, words)))


def _word(word: str, shouted: bool) -> str:
    """An acronym letter by letter, each stressed, as Chinese speakers say it; the rest as it is."""
    if not _ACRONYM.fullmatch(word):
        return english_to_symbols(word) if word.strip() else ""
    if shouted:
        return english_to_symbols(word.capitalize())
    letters = re.findall("AI|[A-Z]", word)
    return " ".join(_AI if one == "AI" else english_to_symbols(one) for one in letters)
