"""How a run of text in one script is read: pieces of text with the symbols that speak them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from misaki import zh

from dh_text.alignment import matching_positions
from dh_text.reader import Kind, Token
from gpu_jobs.engines.speech.phonemes.alphabet import SPACE, STRESS
from gpu_jobs.engines.speech.phonemes.english.symbols import symbols_of
from gpu_jobs.engines.speech.phonemes.spoken import Piece
from gpu_jobs.engines.speech.phonemes.syllables import symbols_of_syllable

_BREAK = ","
"""What makes a voice pause where a text has no mark."""


def pieces_of(token: Token) -> list[Piece]:
    """The pieces of one word or mark."""
    return [replace(piece, prosody=token.prosody) for piece in _pieces_of(token)]


def _pieces_of(token: Token) -> list[Piece]:
    if token.kind is Kind.HAN:
        return syllable_pieces(token.text, token.readings)
    if token.kind is Kind.LATIN:
        return english_pieces(token.text)
    if token.kind is Kind.BREAK:
        return [Piece(_BREAK, rest=token.seconds)]
    mark = str(zh.ZHG2P.map_punctuation(token.text))
    return [Piece(mark, text=mark)]


def syllable_pieces(word: str, readings: Sequence[str]) -> list[Piece]:
    """A word in syllables; the first has all of its text if they are not its characters'."""
    texts = [*word] if len(word) == len(readings) else [word, *("" for _ in readings[1:])]
    return [
        Piece(symbols_of_syllable(reading), text, joins=number > 0, reading=reading)
        for number, (reading, text) in enumerate(zip(readings, texts, strict=True))
    ]


def english_pieces(run: str) -> list[Piece]:
    """One piece per word of a phrase. The phrase is read as a whole, as words change each other."""
    symbols, words = symbols_of(run), run.split()
    spoken = [f"{sound}{SPACE}" for sound in symbols.split()]
    if len(spoken) != len(words):  # "of the" is one word in speech, "20" may be several
        spoken = _divide(symbols, [symbols_of(word) for word in words])
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
