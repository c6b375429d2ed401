"""Figures are read as the request says, in the language of their sentence."""

from __future__ import annotations

import pytest

from dh_core.specs.ssml import parse
from dh_text.figures.digits import counted
from dh_text.hints import Hints


def placed(inner: str) -> str:
    script = parse(f"<speak>{inner}</speak>")
    return Hints({}, script.marks).placed(script.text)


@pytest.mark.parametrize(
    ("kind", "figures", "read"),
    [
        ('"digits"', "2026", "二零二六"),
        ('"telephone"', "+86 138-1234", "加八六幺三八幺二三四"),
        ('"characters"', "gpu3", " G P U 三"),
        ('"spell-out"', "北A7", "北 A 七"),
        ('"cardinal"', "1,205.50", "一千二百零五点五零"),
        ('"number"', "-20000", "负两万"),
        ('"ordinal"', "12", "第十二"),
        ('"date"', "2026-05-01", "二零二六年五月一日"),
        ('"date"', "20260501", "二零二六年五月一日"),
        ('"date" format="mdy"', "5/1/2026", "二零二六年五月一日"),
        ('"date" format="ym"', "05.12", "零五年十二月"),
        ('"date"', "5-1", "五月一日"),
        ('"time"', "17:30", "十七点三十分"),
        ('"time"', "2:05 pm", "下午两点零五分"),
        ('"time"', "8:00", "八点整"),
        ('"time"', "8:00:09", "八点零分九秒"),
    ],
)
def test_in_chinese(kind: str, figures: str, read: str) -> None:
    tag = f"<say-as interpret-as={kind}>{figures}</say-as>"
    assert placed(f"这是{tag}。").replace(" 。", "。") == f"这是{read}。"


@pytest.mark.parametrize(
    ("kind", "figures", "read"),
    [
        ("digits", "2026", "2 0 2 6"),
        ("telephone", "010-1234", "0 1 0, 1 2 3 4"),
        ("characters", "gpu3", "G P U 3"),
        ("ordinal", "21", "21st"),
        ("ordinal", "112", "112th"),
        ("date", "2026-05-01", "May 1, 2026"),
        ("cardinal", "1205", "1205"),
    ],
)
def test_in_english(kind: str, figures: str, read: str) -> None:
    tag = f'<say-as interpret-as="{kind}">{figures}</say-as>'
    assert placed(f"你好。It is {tag}") == f"你好。It is  {read} "


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("0", "零"), ("10", "十"), ("17", "十七"), ("20", "二十"), ("105", "一百零五"),
        ("110", "一百一十"), ("2000", "两千"), ("10205", "一万零二百零五"), ("20050", "两万零五十"),
        ("120000", "十二万"), ("200000001", "两亿零一"), ("10000000000000", "十万亿"),
        ("123456789", "一亿两千三百四十五万六千七百八十九"),
    ],
)  # fmt: skip
def test_a_number_is_counted(digits: str, words: str) -> None:
    assert counted(digits) == words
