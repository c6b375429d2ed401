"""Written forms are read as people say them, and no rule stands that wetext does not need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dh_text import english, figures
from dh_text.english.rules import RULES as ENGLISH_RULES
from dh_text.figures.quantities import UNITS_OF_OURS
from dh_text.hints import Hints
from dh_text.reader import Reader
from dh_text.rules import Rule, rewritten

HERE = Path(__file__).parent

CHINESE_POLICIES = {
    "这儿有只鸟儿": "erhua is said",
    "这事儿好办": "erhua is said",
    "我儿子喜欢这地儿": "erhua is said",
    "儿": "erhua is said",
    "呃这个呃啊我不知道": "fillers are said",
    "好啊": "fillers are said",
    "啊呃呃": "fillers are said",
    "苹果宣布发布新ＩＰＨＯＮＥ": "widths are cleaning's",
    "我们안녕": "other scripts are cleaning's",
    "雪の花": "other scripts are cleaning's",
}
ENGLISH_POLICIES = {
    "1000": "one thousand, not thousand",
    "1001": "one thousand and one",
    "1011": "wetext itself gives this only to a part of its grammar",
    "1111": "wetext itself gives this only to a part of its grammar",
    "$12.05": "dollars and cents",
    "$0.05": "dollars and cents",
}
SAME_MARKS = str.maketrans("，！。：“”", ',!.:""')


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (HERE / name).read_text("utf-8").splitlines()[1:]]


def read(text: str) -> str:
    return "".join(sentence.text for sentence in Reader(Hints({})).sentences(text))


CASES = rows("cases.tsv")


@pytest.mark.parametrize("kind", sorted({row[0] for row in CASES}))
def test_a_written_form_is_read_as_people_say_it(kind: str) -> None:
    wanted = {written: spoken for of, written, spoken in CASES if of == kind}
    assert {written: read(written) for written in wanted} == wanted


def test_all_that_wetext_reads_rightly_in_chinese_stays_right() -> None:
    wrong = {
        written
        for _file, written, spoken in rows("wetext_chinese.tsv")
        if figures.spoken(written).translate(SAME_MARKS) != spoken.translate(SAME_MARKS)
    }
    assert wrong == set(CHINESE_POLICIES)


def test_all_that_wetext_reads_rightly_in_english_stays_right() -> None:
    wrong = {
        written
        for _file, written, spoken in rows("wetext_english.tsv")
        if english.spoken(written) != spoken
    }
    assert wrong == set(ENGLISH_POLICIES)


def _proofs(rules: tuple[Rule, ...], say: Callable[[str], str]) -> Iterator[tuple[Rule, str, str]]:
    for number, each in enumerate(rules):
        others = (*rules[:number], *rules[number + 1 :])
        yield each, say(rewritten(each.written, rules)), say(rewritten(each.written, others))


@pytest.mark.parametrize(
    ("rules", "say"),
    [(figures.RULES, figures.normalised), (ENGLISH_RULES, english.normalised)],
    ids=["chinese", "english"],
)
def test_each_rule_is_right_and_wetext_wrong_without_it(
    rules: tuple[Rule, ...], say: Callable[[str], str]
) -> None:
    for rule, with_it, without_it in _proofs(rules, say):
        assert with_it == rule.spoken
        assert without_it != rule.spoken, f"wetext needs no rule for {rule.written}"


def test_figures_far_apart_are_read_as_they_are_in_a_sentence_of_their_own() -> None:
    between = "这一天我们一起去了一个很远很远的地方看望老朋友们"
    sentence = f"3月5日{between}花了20元{between}跑了10km{between}"
    read = figures.spoken(sentence)
    assert read == f"三月五日{between}花了二十元{between}跑了十公里{between}"
    assert read == figures.normalised(sentence)


def test_the_units_of_the_table_are_those_that_wetext_does_not_know() -> None:
    read = {
        unit: (figures.normalised(f"共3{unit}"), figures.spoken(f"共3{unit}"))
        for unit in UNITS_OF_OURS
    }
    assert not [unit for unit, (alone, ours) in read.items() if alone == ours]


@pytest.mark.parametrize(
    "text", ["1", "1-", "1.", "-1:", "3/", "号1A ", "a1", "1 000 ", "=1+", "'1", "IX", "$1,"]
)
def test_figures_without_an_end_take_no_time(text: str) -> None:
    began = time.process_time()
    for rules in (figures.RULES, ENGLISH_RULES):
        rewritten(text * (5000 // len(text)), rules)
    assert time.process_time() - began < 5  # a twentieth of it, where no pattern runs away
