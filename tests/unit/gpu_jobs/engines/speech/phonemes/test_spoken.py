"""Symbols keep their text while they are tidied and cut."""

from __future__ import annotations

from gpu_jobs.engines.speech.phonemes.spoken import (
    GAP,
    Piece,
    Pieces,
    cut,
    length_of,
    symbols_of,
    tidied,
)

NI_HAO = (Piece("ni↓", "你"), Piece("xau↓", "好", joins=True))
VOCABULARY = set("niaux↓ ,.b")


def texts(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces)


def test_spaces_become_single_and_leave_the_ends_and_the_punctuation() -> None:
    pieces = tidied([GAP, *NI_HAO, GAP, GAP, Piece(", ", ","), GAP, *NI_HAO, GAP], VOCABULARY)
    assert symbols_of(pieces) == "ni↓xau↓, ni↓xau↓"
    assert texts(pieces) == "你好,你好"


def test_symbols_that_the_model_does_not_know_go_and_their_text_stays() -> None:
    pieces = tidied([Piece("nʔi", "妮"), Piece("😀", "😀"), Piece("?", "")], VOCABULARY)
    assert pieces == (Piece("ni", "妮"), Piece("", "😀"))


def test_a_cut_falls_between_words() -> None:
    words = [piece for _ in range(10) for piece in (*NI_HAO, GAP)]
    parts = cut(words, 20)
    assert [symbols_of(part) for part in parts] == ["ni↓xau↓ ni↓xau↓"] * 5
    assert "".join(map(texts, parts)) == "你好" * 10


def test_a_word_longer_than_the_limit_is_cut_and_stays_one_word() -> None:
    parts = cut([Piece("b" * 50, "bbb")], 20)
    assert [length_of(part) for part in parts] == [20, 20, 10]
    assert "".join(map(texts, parts)) == "bbb"
    assert [part[0].joins for part in parts] == [False, True, True]
