"""What the synthetic speakers say: random, but the same for the same seed.

Mandarin is drawn from jieba's dictionary (MIT), English from the prose of Python's own manual
(`pydoc_data.topics`, PSF licence) and misaki's word list (Apache-2.0), so that set-up needs no
text of ours. Babble, random syllables of all the sounds that the model knows, adds those of other
languages and every order of sounds.
"""

from __future__ import annotations

import json
import random
import re
from functools import cache
from importlib.resources import files
from pydoc_data.topics import topics

import jieba

_COMMON_WORD = 300  # occurrences in jieba's corpus
_ONSETS = (
    *"pbmfvtdnlszʃʒʨɕxhkɡwjɹθð",
    "pʰ",
    "tʰ",
    "kʰ",
    "ʨʰ",
    "ꭧ",
    "ꭧʰ",
    "ʂ",
    "pl",
    "bl",
    "st",
    "",
)
_NUCLEI = (
    *"aɑɛeəɤiɪoɔuʊyæʌøœAIOWY",
    "ja",
    "wa",
    "wo",
    "je",
    "yɛ",
    "aɪ",
    "ɑʊ",
    "aː",
    "iː",
    "oː",
    "uː",
)
_CODAS = ("", "", "", "n", "ŋ", "m", "p", "t", "k", "f", "s", "l", "ɾ", "ç")


def mandarin(rng: random.Random) -> str:
    """One to three clauses of two to five words."""
    clauses = ("".join(rng.choices(_mandarin_words(), k=rng.randint(2, 5))) for _ in range(3))
    return "，".join(list(clauses)[: rng.randint(1, 3)]) + "。"


def english(rng: random.Random) -> str:
    """A sentence of the manual, or four to ten words of the word list."""
    if rng.random() < 0.5:
        return rng.choice(_english_sentences())
    return " ".join(rng.choices(_english_words(), k=rng.randint(4, 10))) + "."


def babble(rng: random.Random) -> str:
    """Kokoro symbols of four to nine meaningless words of one to three syllables."""
    return " ".join(_babbled_word(rng) for _ in range(rng.randint(4, 9))) + "."


def _babbled_word(rng: random.Random) -> str:
    syllables = (
        rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS)
        for _ in range(rng.randint(1, 3))
    )
    return "ˈ" + "".join(syllables)


@cache
def _mandarin_words() -> tuple[str, ...]:
    jieba.initialize()
    return tuple(
        word
        for word, count in jieba.dt.FREQ.items()
        if count > _COMMON_WORD and re.fullmatch("[\u4e00-\u9fff]{2,4}", word)
    )


@cache
def _english_sentences() -> tuple[str, ...]:
    prose = re.sub(r"\s+", " ", " ".join(topics.values()))
    return tuple(re.findall(r"(?<=\. )[A-Z][a-z]+(?:,? [a-z]+){4,15}\.", prose))


@cache
def _english_words() -> tuple[str, ...]:
    entries = json.loads(files("misaki.data").joinpath("us_gold.json").read_text("utf-8"))
    return tuple(word for word in entries if re.fullmatch("[a-z]{3,11}", word))
