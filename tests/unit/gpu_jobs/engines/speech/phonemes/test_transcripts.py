"""A given text gets the times of a recording."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.speech.phonemes.transcripts import aligned, in_order

SAID = "这两天 央视 播出 了 一部 有关 扫黑除恶 的 政论 大片， 披露 了 不少 案件 的 细节。"
MISHEARD = "这两天 央视 播处 了 一部 有关 扫黑除恶 的 证论 大片， 披弱 了 不少 案件 的 细节。"


def heard(words: str, start: float = 0.0) -> list[TimedText]:
    """Half a second for each word."""
    return [
        TimedText(word, start + n / 2, start + n / 2 + 0.5) for n, word in enumerate(words.split())
    ]


def text_of(words: tuple[TimedText, ...] | None) -> str:
    assert words is not None
    return "".join(word.text for word in words)


def test_a_transcript_is_shown_as_written_at_the_times_of_what_was_misheard() -> None:
    text = SAID.replace(" ", "")
    words = aligned(text, heard(MISHEARD))
    assert text_of(words) == text
    assert words is not None
    times = {word.text: word.start for word in words}
    assert times["政论"] == 4.0
    assert times["披露"] == 5.0


def test_numbers_may_be_written_in_another_way_than_they_were_heard() -> None:
    text = "今天是2026年，我们见面了"
    words = aligned(text, heard("今天 是 二零二六 年， 我们 见面 了"))
    assert text_of(words) == text
    assert words is not None
    assert [word.start for word in words if "2026" in word.text] == [1.0]


def test_what_is_said_around_the_text_takes_no_part() -> None:
    text = "我们今天去公园散步"
    words = aligned(text, heard("好的 那么 开始 我们 今天 去 公园 散步 然后 再见 了"))
    assert words is not None
    assert (words[0].start, words[-1].end) == (1.5, 4.0)


@pytest.mark.parametrize(
    "text", ["今天天气很好，我们去公园散步吧。", "Hello there, my friend.", "！"]
)
def test_another_text_is_no_transcript(text: str) -> None:
    assert aligned(text, heard(SAID)) is None


def test_a_text_that_is_not_said_is_shown_in_order_while_somebody_speaks() -> None:
    text = "今天天气很好，我们去公园散步吧。iPhone 15也带上！"
    words = in_order(text, [(1.0, 3.0), (5.0, 8.0)])
    assert text_of(words) == text
    assert (words[0].start, words[-1].end) == (1.0, 8.0)
    assert all(a.start < a.end <= b.start + 1e-9 for a, b in pairwise(words))
    assert not any(3.0 < word.start < 5.0 for word in words)


def test_longer_words_are_shown_longer() -> None:
    first, second = in_order("好 北京大学", [(0.0, 5.0)])
    assert first.end - first.start == pytest.approx(1.0)
    assert second.end - second.start == pytest.approx(4.0)


def test_nothing_to_say_or_no_time_to_say_it_shows_nothing() -> None:
    assert in_order("……", [(0.0, 1.0)]) == ()
    assert in_order("你好", []) == ()
