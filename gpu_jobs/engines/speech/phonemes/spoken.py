"""Symbols that remember which text they speak.

The front end turns text into pieces: one Chinese character, one Latin word, a mark, a space. Edits
that a string of symbols needs (dropping unknown symbols, tidying spaces, cutting at a limit) are
done on pieces, so that the link to the text survives.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dh_core.specs.ssml import PLAIN, Prosody
from gpu_jobs.engines.speech.phonemes.alphabet import PAUSES, SPACE, is_sound

_NO_SPACE_BEFORE = frozenset(",.!?;:…")


@dataclass(frozen=True, slots=True)
class Piece:
    """Symbols and the normalised text they speak; "" for a space, or a stop that we added.

    `joins`: in one word with the piece before it. `reading`: of a syllable of Mandarin its pinyin.
    `rest`: seconds of a pause that the text asks for here beside the usual one; 0 for none at all.
    """

    symbols: str
    text: str = ""
    joins: bool = False
    reading: str | None = None
    prosody: Prosody = PLAIN
    rest: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is lost without it."""
        return not self.symbols and not self.text and self.rest is None

    @property
    def sounds(self) -> int:
        """How many of the symbols are heard, which is how many phonemes they become."""
        return sum(map(is_sound, self.symbols))


Pieces = tuple[Piece, ...]

GAP = Piece(SPACE)


def symbols_of(pieces: Iterable[Piece]) -> str:
    """All symbols in order."""
    return "".join(piece.symbols for piece in pieces)


def length_of(pieces: Iterable[Piece]) -> int:
    """Number of symbols."""
    return sum(len(piece.symbols) for piece in pieces)


def tidied(pieces: Sequence[Piece], vocabulary: Container[str]) -> Pieces:
    """Known symbols only; single spaces, none at the ends nor before punctuation.

    A pause that the text asks for is no mark of its own beside another.
    """
    kept: list[tuple[int, str]] = []
    for number, piece in enumerate(pieces):
        for symbol in piece.symbols:
            after_space = not kept or kept[-1][1] == SPACE
            heard = "".join(one for _number, one in kept[-2:]).rstrip(SPACE)
            if symbol not in vocabulary or (symbol == SPACE and after_space):
                continue
            if piece.rest is not None and (not heard or heard[-1] in PAUSES):
                continue
            if symbol in _NO_SPACE_BEFORE and kept and after_space:
                kept.pop()
            kept.append((number, symbol))
    if kept and kept[-1][1] == SPACE:
        kept.pop()
    symbols = [""] * len(pieces)
    for number, symbol in kept:
        symbols[number] += symbol
    changed = (replace(piece, symbols=new) for piece, new in zip(pieces, symbols, strict=True))
    return tuple(piece for piece in changed if not piece.is_empty)


def cut(pieces: Iterable[Piece], limit: int) -> list[Pieces]:
    """Cut at spaces into parts of at most `limit` symbols; a word too long is cut anywhere."""
    parts: list[list[Piece]] = [[]]
    for word in _up_to_spaces(pieces):
        fits = length_of(word) <= limit
        for chunk in [word] if fits else ([part] for piece in word for part in _bits(piece, limit)):
            if length_of(parts[-1]) + length_of(chunk) > limit:
                parts.append([])
            parts[-1] += chunk
    return [tuple(part) for part in map(_without_last_space, parts) if part]


def _up_to_spaces(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    word: list[Piece] = []
    for piece in pieces:
        word.append(piece)
        if piece.symbols.endswith(SPACE):
            yield word
            word = []
    if word:
        yield word


def _bits(piece: Piece, limit: int) -> Iterator[Piece]:
    """A piece in bits that fit; the first keeps the text."""
    yield replace(piece, symbols=piece.symbols[:limit])
    for at in range(limit, len(piece.symbols), limit):
        yield replace(piece, symbols=piece.symbols[at : at + limit], text="", joins=True)


def _without_last_space(pieces: list[Piece]) -> list[Piece]:
    if not pieces or not pieces[-1].symbols.endswith(SPACE):
        return pieces
    last = replace(pieces[-1], symbols=pieces[-1].symbols.rstrip(SPACE))
    return pieces[:-1] if last.is_empty else [*pieces[:-1], last]
