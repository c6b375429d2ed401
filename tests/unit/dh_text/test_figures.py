"""Figures that the number reader gets wrong by itself."""

from __future__ import annotations

import pytest

from dh_text.figures import regular, spoken

CASES = {
    "1,234,567.89美元": "一百二十三万四千五百六十七点八九美元",
    "价格是5,999元": "价格是五千九百九十九元",
    "7×24小时": "七乘二十四小时",
    "v2.0.1版本": "v二点零点一版本",
    "住302室": "住三零二室",
    "坐G123次列车": "坐G 幺二三次列车",
    "血压120/80mmHg": "血压一百二十、八十毫米汞柱",
    "50Hz": "五十赫兹",
    "千分比5‰": "千分比千分之五",
    "10的10^3": "十的十的三次方",
    "10万+": "十万多",
    "AI+教育": "AI加教育",
    "学C++语言": "学C加加语言",
    "½杯": "二分之一杯",
    "Ⅲ期": "三期",
    "COVID-19": "COVID 十九",
    "13812345678": "幺三八幺二三四五六七八",
    "2024-05-01": "二零二四年五月一日",
    "增长3.5%": "增长百分之三点五",
    "5&6": "五和六",
}


@pytest.mark.parametrize(("written", "read"), CASES.items())
def test_a_figure_is_read_as_people_say_it(written: str, read: str) -> None:
    assert spoken(regular(written)) == read
