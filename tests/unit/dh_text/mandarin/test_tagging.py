"""Words are divided as jieba divides them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import jieba
import jieba.posseg

from dh_text.mandarin.tagging import Tagger

SENTENCES = (Path(__file__).parent / "cpp_dev_sample.txt").read_text(encoding="utf-8")
CHARACTERS = re.findall("[\u3400-\u9fff]", SENTENCES)


def _stretches() -> list[str]:
    """Characters in any order, of which few are words, and among them some that jieba never saw."""
    chance = random.Random(0)
    rare = [chr(code) for code in range(0x3400, 0xA000, 7)]
    return [
        "".join(chance.choice(chance.choice([CHARACTERS, CHARACTERS, rare])) for _ in range(length))
        for length in range(1, 11)
        for _ in range(30)
    ]


def test_unknown_words_are_found_as_jieba_finds_them() -> None:
    tokenizer = jieba.Tokenizer()
    ours, theirs = Tagger(tokenizer), jieba.posseg.POSTokenizer(tokenizer)
    stretches = [*_stretches(), *re.findall("[\u3400-\u9fff]+", SENTENCES)[:300]]
    assert [ours.lcut(one) for one in stretches] == [theirs.lcut(one) for one in stretches]
