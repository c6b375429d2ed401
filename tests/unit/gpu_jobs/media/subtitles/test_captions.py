"""Lines that can be read: short, broken at sense, one at a time."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from gpu_jobs.audio.speech import TimedText
from gpu_jobs.media.subtitles.captions import (
    LINE_WIDTH,
    MIN_SECONDS,
    Cue,
    to_cues,
    to_srt,
    to_vtt,
    width,
)

_STAMP = r"(\d\d):(\d\d):(\d\d)[,.](\d{3})"


def timed(parts: str, seconds: float = 0.2) -> list[TimedText]:
    """Words between bars, each character lasting `seconds`, marks a little pause."""
    words: list[TimedText] = []
    at = 0.0
    for text in parts.split("|"):
        spoken = sum(character.isalnum() for character in text) * seconds
        words.append(TimedText(text, at, at + spoken))
        at += spoken + (0.2 if text and not text[-1].isalnum() else 0)
    return words


def lines(parts: str, seconds: float = 0.2) -> list[str]:
    words = timed(parts, seconds)
    return [cue.text for cue in to_cues(words, words[-1].end)]


def random_words(rng: random.Random) -> list[TimedText]:
    """A text of Chinese words, Latin words, numbers and marks, at any pace."""
    words: list[TimedText] = []
    at = rng.random()
    for _ in range(rng.randrange(1, 60)):
        text = rng.choice(
            ["天", "今天", "人工智能", "iPhone ", "2026年", "3.14", "a", "了", "W" * 30]
        )
        text += rng.choice(["", "", "", "，", "。", "！", "……", " ", "\n"])
        end = at + rng.choice([0.0, 0.05, 0.3, 1.5])
        words.append(TimedText(text, at, end))
        at = end + rng.choice([0.0, 0.0, 0.1, 2.0])
    return words


@pytest.mark.parametrize("seed", range(60))
def test_any_text_becomes_short_lines_one_at_a_time(seed: int) -> None:
    words = random_words(random.Random(seed))
    duration = words[-1].end + 0.5
    cues = to_cues(words, duration)
    said = re.sub(r"[\s，。]", "", "".join(word.text for word in words))
    assert re.sub(r"[\s，。]", "", "".join(cue.text for cue in cues)) == said
    assert all(width(cue.text) <= LINE_WIDTH for cue in cues)
    assert all(0 <= cue.start < cue.end <= duration + 0.5 for cue in cues)
    assert all(cue.end <= following.start for cue, following in pairwise(cues))


@pytest.mark.parametrize("seed", range(20))
def test_no_word_or_number_is_divided(seed: int) -> None:
    words = random_words(random.Random(seed))
    shown = [cue.text for cue in to_cues(words, words[-1].end)]
    for word in words:
        text = re.sub(r"[\s，。！…]+$", "", word.text)
        assert any(text in line for line in shown)


def test_sentences_have_their_own_lines_without_the_full_stop() -> None:
    assert lines("大家|好，|我|很|高兴。|今天|去|公园。") == ["大家好，我很高兴", "今天去公园"]


def test_question_and_exclamation_marks_stay() -> None:
    assert lines("你|觉得|呢？|太|好|了！") == ["你觉得呢？", "太好了！"]


def test_a_long_sentence_breaks_at_its_comma() -> None:
    assert lines("我们|昨天|喝|了|一杯|热茶，|又|吃|了|一些|可口|的|小|面包") == [
        "我们昨天喝了一杯热茶",
        "又吃了一些可口的小面包",
    ]


def test_a_clause_longer_than_a_line_is_divided_evenly_and_no_word_stays_alone() -> None:
    clause = "专家|认为|这|一|增长|速度|明显|高于|市场|此前|的|普遍|预期。"
    first, second = lines(clause)
    assert first + second == clause.replace("|", "").rstrip("。")
    assert min(len(first), len(second)) >= 8


def test_the_beginning_of_a_long_clause_does_not_hang_on_the_clause_before() -> None:
    text = "根据|统计局|的|最新|数据，|2026年|第一|季度|国内|生产|总值|同比|增长|5.2%。"
    assert lines(text)[0] == "根据统计局的最新数据"


def test_a_particle_does_not_begin_a_line_nor_a_conjunction_end_one() -> None:
    shown = lines("这些|先进|的|深度|学习|模型|可以|理解|上下文|并且|生成|流畅|自然|的|文本|内容")
    assert len(shown) == 2
    assert not shown[1].startswith("的")
    assert not shown[0].endswith("并且")


def test_a_silence_breaks_words_that_have_no_punctuation() -> None:
    words = [TimedText("今天天气很好", 0, 1.5), TimedText("明天可能会下雨", 2.5, 4.0)]
    shown = [cue.text for cue in to_cues(words, 4.2)]
    assert shown == ["今天天气很好", "明天可能会下雨"]


def test_english_has_42_characters_to_a_line_and_keeps_its_full_stop() -> None:
    text = "The weather was fine this morning, and we walked along the river for an hour."
    shown = lines(text.replace(" ", " |"), 0.06)
    assert shown == [
        "The weather was fine this morning,",
        "and we walked along the river for an hour.",
    ]


def test_an_address_longer_than_a_line_is_divided_and_nothing_is_lost() -> None:
    address = "https://example.com/" + "a" * 60
    assert "".join(lines(f"请看|{address}|谢谢")) == f"请看{address}谢谢"


def test_a_short_line_stays_long_enough_to_be_read_where_there_is_time() -> None:
    (cue,) = to_cues([TimedText("好。", 1.0, 1.2)], 5.0)
    assert cue.end - cue.start == pytest.approx(MIN_SECONDS)


def test_nothing_said_gives_no_lines() -> None:
    assert to_cues([], 3.0) == []


def test_srt_reads_back() -> None:
    cues = [Cue("你好", 0.0, 1.2345), Cue("a --> b", 3661.5, 3662.25)]
    blocks = to_srt(cues).strip().split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == ["1", "2"]
    assert [block.split("\n")[2] for block in blocks] == ["你好", "a → b"]
    assert [seconds(block.split("\n")[1]) for block in blocks] == [(0.0, 1.234), (3661.5, 3662.25)]


def test_webvtt_has_its_header_and_escapes_marks() -> None:
    text = to_vtt([Cue("1 < 2 & 3 > 2", 0.0, 1.0)])
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n1 &lt; 2 &amp; 3 &gt; 2\n"


def seconds(line: str) -> tuple[float, ...]:
    return tuple(
        int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000
        for h, m, s, ms in re.findall(_STAMP, line)
    )
