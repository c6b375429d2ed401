"""How a run of text in one script is read: pieces of text with the symbols that speak them."""

from __future__ import annotations

import logging
import re

import jieba
from misaki import zh
from pypinyin import Style, lazy_pinyin

from gpu_jobs.engines.speech.alignment import matching_positions
from gpu_jobs.engines.speech.alphabet import SPACE, STRESS
from gpu_jobs.engines.speech.espeak import english_to_symbols
from gpu_jobs.engines.speech.spoken import GAP, Piece

_HAN_OR_NOT = re.compile(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")
_NON_SYLLABIC = "\u032f"

jieba.setLogLevel(logging.WARNING)  # it announces its dictionary on every start


def chinese_pieces(run: str) -> list[Piece]:
    """One piece per character, with the reading that it has in its word; marks as they are."""
    pieces: list[Piece] = []
    for segment in _HAN_OR_NOT.findall(run):
        if not _is_han(segment):
            pieces.append(Piece(segment, text=segment.strip()))
            continue
        for number, word in enumerate(jieba.lcut(segment)):
            pieces += ([GAP] if number else []) + _chinese_word(word)
    return pieces


def _chinese_word(word: str) -> list[Piece]:
    readings = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
    symbols = [zh.ZHG2P.py2ipa(reading).replace(_NON_SYLLABIC, "") for reading in readings]
    if len(symbols) != len(word):  # a word whose reading is not one syllable a character
        return [Piece("".join(symbols), text=word)]
    return [
        Piece(symbol, text=character, joins=number > 0)
        for number, (symbol, character) in enumerate(zip(symbols, word, strict=True))
    ]


def _is_han(segment: str) -> bool:
    return "\u4e00" <= segment[0] <= "\u9fff"


def english_pieces(run: str) -> list[Piece]:
    """One piece per word of a phrase. The phrase is read as a whole, as words change each other."""
    symbols, words = english_to_symbols(run), run.split()
    spoken = [f"{sound}{SPACE}" for sound in symbols.split()]
    if len(spoken) != len(words):  # "of the" is one word in speech, "20" may be several
        spoken = _divide(symbols, [english_to_symbols(word) for word in words])
    return [Piece(sound, text=word) for word, sound in zip(words, spoken, strict=True)]


def _divide(symbols: str, alone: list[str]) -> list[str]:
    """Give each word its stretch of a phrase's symbols, by how the words sound `alone`."""
    word_of = [number for number, sound in enumerate(alone) for _ in sound]
    matches = dict(matching_positions(symbols, "".join(alone)))
    stretches = [""] * len(alone)
    word = 0
    for at, symbol in enumerate(symbols):
        word = word_of[matches[at]] if at in matches else word
        # A stress opens the word of the sound after it.
        opens = symbol in STRESS and at + 1 in matches
        stretches[word_of[matches[at + 1]] if opens else word] += symbol
    return stretches
