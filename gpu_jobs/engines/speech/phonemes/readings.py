"""How a run of text in one script is read: pieces of text with the symbols that speak them."""

from __future__ import annotations

from collections.abc import Sequence

from gpu_jobs.engines.speech.phonemes.alignment import matching_positions
from gpu_jobs.engines.speech.phonemes.alphabet import SPACE, STRESS
from gpu_jobs.engines.speech.phonemes.spoken import GAP, Piece
from gpu_jobs.engines.speech.text import english, mandarin
from gpu_jobs.engines.speech.text.syllables import symbols_of_syllable


def chinese_pieces(text: str) -> list[Piece]:
    """One piece per character of a run of Chinese, with the reading that it has in its place."""
    pieces: list[Piece] = []
    for word in mandarin.read_phrase(text):
        pieces += syllable_pieces(word.text, word.readings)
        pieces.append(GAP)
    return pieces


def syllable_pieces(word: str, readings: Sequence[str]) -> list[Piece]:
    """A word whose syllables are given in pinyin; in one piece if they are not its characters'."""
    symbols = [symbols_of_syllable(reading) for reading in readings]
    if len(symbols) != len(word):
        return [Piece("".join(symbols), text=word)]
    return [
        Piece(symbol, text=character, joins=number > 0)
        for number, (symbol, character) in enumerate(zip(symbols, word, strict=True))
    ]


def english_pieces(run: str) -> list[Piece]:
    """One piece per word of a phrase. The phrase is read as a whole, as words change each other."""
    symbols, words = english.symbols_of(run), run.split()
    spoken = [f"{sound}{SPACE}" for sound in symbols.split()]
    if len(spoken) != len(words):  # "of the" is one word in speech, "20" may be several
        spoken = _divide(symbols, [english.symbols_of(word) for word in words])
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
