"""What happens to tones in running speech: 一, 不, neutral second syllables, third tones.

A phrase is what is said between two pauses: words, each with its characters and its dictionary
readings (`hao3`; tone 5 is neutral). Rules: 现代汉语词典; Duanmu, The Phonology of Standard Chinese
(2007), chapter 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_DIGITS = "零一二三四五六七八九幺〇点"
_ORDINAL_BEFORE = "第初十之周期"
_KEEPS_FIRST = ("月", "号", "日", "楼", "班", "线", "区", "等奖")
"""After these 一 is a number of a series and keeps its tone: 一月, 一号, 一楼."""

_VERBS = {"量量": ("liang2",), "数数": ("shu3",)}
"""Verbs that jieba takes for nouns: their reading tells."""


@dataclass(slots=True)
class Word:
    """One word of a phrase: its characters, its tag (jieba's) and a reading per character."""

    text: str
    tag: str
    readings: list[str]


@dataclass(slots=True)
class _Syllable:
    character: str
    reading: str
    word: int
    """Index of its word."""

    @property
    def tone(self) -> str:
        return self.reading[-1]

    def become(self, tone: str) -> None:
        self.reading = self.reading[:-1] + tone


def apply(words: Sequence[Word]) -> None:
    """Change the readings of one phrase, in place, from dictionary tones to spoken ones."""
    phrase = [
        _Syllable(character, reading, index)
        for index, word in enumerate(words)
        for character, reading in zip(word.text, word.readings, strict=True)
    ]
    _reduplicate(phrase, words)
    for at, syllable in enumerate(phrase):  # some dictionary words come with it applied
        if syllable.character == "一" and syllable.reading[:-1] == "yi":
            syllable.become(_tone_of_yi(phrase, at))
        elif syllable.character == "不" and syllable.reading[:-1] == "bu":
            syllable.become(_tone_of_bu(phrase, at))
    _third_tones(phrase, words)
    rest = iter(phrase)
    for word in words:
        word.readings = [next(rest).reading for _ in word.readings]


def _reduplicate(phrase: list[_Syllable], words: Sequence[Word]) -> None:
    """看看, 想想: the second verb is neutral."""
    for first, second in pairwise(phrase):
        word = words[first.word]
        is_verb = word.tag.startswith("v") or first.reading in _VERBS.get(word.text, ())
        is_verb = is_verb and len(word.text) == 2
        if is_verb and first.word == second.word and first.reading == second.reading:
            if first.tone == "3":
                first.become("2")
            second.become("5")


def _tone_of_yi(phrase: list[_Syllable], at: int) -> str:
    before = phrase[at - 1].character if at else ""
    rest = "".join(syllable.character for syllable in phrase[at + 1 : at + 3])
    if not rest or rest.startswith(_KEEPS_FIRST):
        return "1"
    if before and before in _ORDINAL_BEFORE + _DIGITS:
        return "1"
    if rest[0] in _DIGITS and (rest[0] != "点" or rest[1:2] in set(_DIGITS) - {""}):
        return "1"
    if before == rest[0]:  # 看一看
        return "5"
    word = [s for s in phrase if s.word == phrase[at].word]
    if len(word) > 1 and word[-1] is phrase[at]:  # 统一, 唯一, 万一
        return "1"
    return "2" if phrase[at + 1].tone in "45" else "4"


def _tone_of_bu(phrase: list[_Syllable], at: int) -> str:
    if at + 1 == len(phrase):
        return "4"
    following = phrase[at + 1]
    if at and phrase[at - 1].character == following.character:  # 是不是
        return "5"
    inside = at and phrase[at - 1].word == phrase[at].word == following.word
    if inside and sum(s.word == following.word for s in phrase) == 3:  # 看不懂
        return "5"
    return "2" if following.tone == "4" else "4"


def _third_tones(phrase: list[_Syllable], words: Sequence[Word]) -> None:
    """Of two third tones that are said together the first rises.

    Together are syllables of one word, or of neighbours of which one has a single syllable. In
    1+2 words (小老虎) the first stays low.
    """
    low = [syllable.tone == "3" for syllable in phrase]
    for at, (first, second) in enumerate(pairwise(phrase)):
        if not (low[at] and low[at + 1]):
            continue
        one_word = first.word == second.word
        lengths = len(words[first.word].text), len(words[second.word].text)
        if not one_word and min(lengths) > 1:
            continue
        starts_one_and_two = at + 2 < len(phrase) and low[at + 2] and _is_one_and_two(phrase, at)
        if not starts_one_and_two:
            first.become("2")


def _is_one_and_two(phrase: list[_Syllable], at: int) -> bool:
    """小/老虎, 我/很好 in one breath: a lone syllable before two of another word."""
    first, second, third = phrase[at : at + 3]
    if first.word == second.word:
        same = [s for s in phrase if s.word == first.word]
        return len(same) == 3 and same[0] is first and first.character in "小老好纸买"
    return second.word == third.word
