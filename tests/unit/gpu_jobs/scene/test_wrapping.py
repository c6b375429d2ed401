from __future__ import annotations

import pytest

from gpu_jobs.scene.wrapping import wrap


def squares(text):
    """Width as a square font has it: Chinese 1, Latin 0.5."""
    return sum(1.0 if char > "\u2e80" else 0.5 for char in text)


def test_a_title_that_fits_is_one_line():
    assert wrap("人工智能助手", 10, squares) == ["人工智能助手"]


def test_lines_break_between_words_and_come_out_even():
    lines = wrap("人工智能改变我们的日常生活", 8, squares)
    assert len(lines) == 2
    assert all(word in "|".join(lines) for word in ("人工智能", "改变", "我们", "日常", "生活"))
    assert abs(len(lines[0]) - len(lines[1])) <= 3


def test_punctuation_is_a_good_place_to_break_and_never_begins_a_line():
    assert wrap("早上好，欢迎收看今天的新闻", 9, squares) == ["早上好，", "欢迎收看今天的新闻"]
    for width in range(4, 12):
        lines = wrap("他说：“你好！”然后（马上）走了。", width, squares)
        assert not any(line[0] in "：！”，。）" for line in lines)
        assert not any(line[-1] in "“（" for line in lines)


def test_latin_words_stay_whole():
    lines = wrap("Artificial intelligence for everyone", 8, squares)
    assert " ".join(lines) == "Artificial intelligence for everyone"


def test_a_word_wider_than_a_line_is_cut():
    lines = wrap("https://example.com/a/very/long/address", 6, squares)
    assert "".join(lines) == "https://example.com/a/very/long/address"
    assert max(map(squares, lines)) <= 6


def test_the_authors_own_line_breaks_are_kept():
    assert wrap("第一行\n第二行", 20, squares) == ["第一行", "第二行"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_gives_no_lines(text):
    assert wrap(text, 10, squares) == []


@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_nothing_is_lost_and_nothing_is_too_wide(width):
    text = "数字人小程序，支持中文English混排！2026年"
    lines = wrap(text, width, squares)
    assert "".join(lines).replace(" ", "") == text
    assert all(squares(line) <= width or len(line) == 1 for line in lines)
