"""Signs and numbers of other forms: separators, circled and Roman numerals, + & @ #."""

from __future__ import annotations

import re
import unicodedata

from dh_text.figures.digits import called, counted
from dh_text.rules import roman, rule


def _item(match: re.Match[str]) -> str:
    return f"{int(unicodedata.numeric(match[0]))}，"


def _number(match: re.Match[str]) -> str:
    """No.1 is the first; a longer number names something."""
    digits = match[1]
    return f"编号{called(digits)}" if len(digits) > 3 or digits[0] == "0" else f"第{digits}"


def _power(base: str, exponent: str) -> str:
    return f"{base}的{exponent.replace('-', '负')}次方"


BEFORE = (
    rule(r"(?<![\d.A-Za-z])\.(?=\d)", "0.", "只有.5米", "只有零点五米"),
    rule(
        r"(?<![A-Za-z\d])(\d(?:\.\d+)?)[eE]([-+]?)(\d{1,3})(?![A-Za-z\d])",
        lambda m: f"{m[1]}乘{_power('十', m[2].strip('+') + m[3])}",
        "约1.5e3个",
        "约一点五乘十的三次方个",
    ),
    rule(
        r"([\dA-Za-z)])\^\(?(-?\d{1,3}|[a-z])\)?",
        lambda m: _power(m[1], m[2]),
        "10^-3和2^n",
        "十的负三次方和二的n次方",
    ),
    rule(r"(?:编号\s?)?(?<![A-Za-z])[Nn][Oo]\.\s?(\d+)", _number, "销量No.1", "销量第一"),
    rule(r"(?<=[A-Za-z℃°㎡])[~～](?=-?\d)", "到", "20Hz~20kHz", "二十赫兹到二十千赫"),
    rule(
        r"(\d\s?)([A-Za-z°℃㎡²]{1,4})[-~～–—](?=\d[\d.]{0,8}\s?\2)",
        r"\1\2到",
        "跑5km-10km",
        "跑五公里到十公里",
    ),
    rule(
        r"(?<![\d,.])(\d{1,3}(?:,\d{3})+)(?![\d,])(年?)",
        lambda m: (counted if m[2] else str)(m[1].replace(",", "")) + m[2],
        "共12,345.67美元",
        "共一万二千三百四十五点六七美元",
    ),
    rule(r"(?<=[\d%]) ([-~～–—]) ?(?=\d)", r"\1", "营业9:00 - 18:00", "营业九点到十八点"),
    rule(
        r"(?<![\d%℃°元])([-+])(?=\d+(?:\.\d+)?[%％])",
        lambda m: "负" if m[1] == "-" else "正",
        "涨幅-3.5%",
        "涨幅负百分之三点五",
    ),
)
AFTER = (
    rule(r"(?<![A-Za-z\d])(\d+)(?:st|nd|rd|th)(?![A-Za-z])", r"第\1", "拿下1st", "拿下第一"),
    rule(
        r"[Ⅰ-Ⅻⅰ-ⅻ]",
        lambda m: str(int(unicodedata.numeric(m[0]))),
        "Ⅲ期",
        "三期",
    ),
    rule(
        r"(?<![A-Za-z])((?=[IVX]{2})X{0,2}(?:IX|IV|V?I{0,3})|I)(?=[期型类级度世代章卷册]|世纪|区|部(?!门))",
        lambda m: str(roman(m[1])),
        "III期临床",
        "三期临床",
    ),
    rule(r"[\u2460-\u249b\u2776-\u277f]", _item, "①注册②登录", "一，注册二，登录"),
    rule(
        r"(-?\d+(?:\.\d+)?)([‰‱])",
        lambda m: f"{'千' if m[2] == '‰' else '万'}分之{m[1]}",
        "盐度5‰",
        "盐度千分之五",
    ),
    rule(r"(?<=[\d万亿千百])\+(?!\s?[\dA-Za-z])", "多", "10万+阅读", "十万多阅读"),
    rule(
        r"(?<=[A-Za-z\u4e00-\u9fff\d])\s?\+\s?(?=[A-Za-z\u4e00-\u9fff])"
        r"|(?<=[A-Za-z\u4e00-\u9fff])\s?\+\s?(?=\d)|(?<=[A-Za-z])\+(?![A-Za-z+])|(?<=[\u4e00-\u9fff])\+(?=$|[，。！？；、”\"）)])",
        "加",
        "AI+教育、T+1",
        "AI加教育、T加一",
    ),
    rule(r"(?<=[A-Za-z\u4e00-\u9fff\d])\s?&\s?(?=[A-Za-z\u4e00-\u9fff\d])", "和", "5&6", "五和六"),
    rule(r"@(?=[\w\u4e00-\u9fff])", "艾特", "请@1班", "请艾特一班"),
    rule(r"#(?=\d)", "编号", "#1车间", "编号一车间"),
    rule(r"(?<![\dA-Za-z])([A-Za-z]+)/(?=[A-Za-z])", r"\1 ", "买A/B股2手", "买A B股两手"),
)
