"""Money and measures that wetext does not know, from two reviewed tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

from dh_text.figures.digits import counted
from dh_text.rules import rule


def _table(name: str) -> list[list[str]]:
    lines = (files(__package__) / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_CURRENCIES = {row[0]: row[1] for row in _table("currencies.tsv")}
_SIGNS = _any(sign for sign in _CURRENCIES if not sign.isalpha())
_CODES = _any(sign for sign in _CURRENCIES if sign.isalpha())
_UNITS = {row[0]: row[1] for row in _table("units.tsv")}
UNITS_OF_OURS = tuple(row[0] for row in _table("units.tsv") if len(row) < 3)
"""Those that wetext does not read after a number."""
_UNKNOWN = _any(UNITS_OF_OURS)

_NUMBER = r"\d+(?:\.\d+)?"
_LARGE = r"(?:\s?(?:万亿|千万|百万|十万|[万亿千百]))?"
_PICTURE = "分辨率|视频|画质|高清|超清|屏|电视|摄像|画面|影像|显示"
_RUNNING = "跑|马拉松|越野|徒步"
_TWO = (
    r"次(?![元方])|[台部项种款轮倍份间栋所处句幅滴圈遍步亩毛角]|年(?=半|多|内|间|时间|来|以|左右|之)|(?<=[约近共过了达满长期每隔需用]2)年|成(?!员)|公斤"
    "|[美欧日港]元|英镑"
)
"""What wetext does not know to be counted with 两."""
_POWER = "快充|充电|功率|灯|电源|适配|无线"
_PER = (
    r"秒|分钟?|小时|时|天|日|周|月|季度?|年|人|次|平方公里|平方千米|平方?米|立方米|公[里斤顷]|课时"
    r"|[个件份克斤吨米亩升晚夜位套组户台辆瓶盒箱包张页节期场股班碗杯支根条本只头棵双袋平]"
)


def _per(match: re.Match[str]) -> str:
    """5MB/s → 每秒5兆."""
    number, unit, per = match.groups()
    return f"每{_UNITS.get(per, per)}{number}{_UNITS.get(unit, unit)}"


def _money(match: re.Match[str]) -> str:
    """$1299.00 → 1299美元."""
    return re.sub(r"\.00$|(?<=\.\d)0$", "", match[2]) + _CURRENCIES[match[1]]


MONEY = (
    rule(
        rf"({_SIGNS})\s?({_NUMBER})[-~～–—]({_NUMBER}{_LARGE})(?![\d-])",
        lambda m: f"{m[2]}到{m[3]}{_CURRENCIES[m[1]]}",
        "售价¥50-100",
        "售价五十到一百元",
    ),
    rule(
        rf"({_SIGNS})\s?({_NUMBER}{_LARGE})(?!\d)(元)?",
        _money,
        "售价HK$200",
        "售价两百港元",
    ),
    rule(
        rf"(?<=[\d万亿千百])\s?({_SIGNS})(?!\s?\d)",
        lambda m: _CURRENCIES[m[1]],
        "票价100€",
        "票价一百欧元",
    ),
    rule(
        rf"(?<![A-Za-z])({_CODES})\s?({_NUMBER}{_LARGE})(?!\d)(元)?",
        _money,
        "收费RMB 500",
        "收费五百元",
    ),
    rule(
        rf"(?<=[\d万亿千百])\s?({_CODES})(?![A-Za-z])",
        lambda m: _CURRENCIES[m[1]],
        "收费100 USD",
        "收费一百美元",
    ),
)
RULES = (
    rule(
        rf"({_NUMBER})k(?![A-Za-z\d])(?!{_PICTURE}|{_RUNNING})",
        lambda m: f"{float(m[1]) * 1000:.0f}",
        "点赞3.5k",
        "点赞三千五百",
    ),
    rule(rf"(?<=\d)[kK](?={_RUNNING})", "公里", "报名10k跑", "报名十公里跑"),
    rule(rf"(?<=\d)k(?={_PICTURE})", "K ", "2k分辨率", "二K 分辨率"),
    rule(rf"({_NUMBER})w(?![A-Za-z\d])(?!{_POWER})", r"\1万", "阅读3.5w", "阅读三点五万"),
    rule(rf"(?<=\d)w(?={_POWER})", "瓦", "支持65w快充", "支持六十五瓦快充"),
    rule(
        r"(\d{2,3})/(\d{2,3})\s*(?:mmHg|毫米汞柱)",
        lambda m: f"{counted(m[1])}、{counted(m[2])}毫米汞柱",
        "血压120/80mmHg",
        "血压一百二十、八十毫米汞柱",
    ),
    rule(
        rf"({_NUMBER})\s?({_any(_UNITS)}|[一-龥]{{1,2}})/({_any(_UNITS)}|{_PER})(?![A-Za-z\d²³])",
        _per,
        "心率60次/分钟",
        "心率每分钟六十次",
    ),
    rule(
        rf"(?<=\d)\s?({_UNKNOWN})(?![A-Za-z\d²³/])",
        lambda m: _UNITS[m[1]],
        "面积100㎡",
        "面积一百平方米",
    ),
    rule(
        rf"(?<![A-Za-z\d/])({_any(_UNITS)})/({_any(_UNITS)})(?![A-Za-z\d²³/])",
        lambda m: f"{_UNITS[m[1]]}每{_UNITS[m[2]]}",
        "单位是kg/m³",
        "单位是千克每立方米",
    ),
    rule(
        r"(?<![A-Za-z\d/])(k?m[²³]|cm[²³])(?![A-Za-z\d/])",
        lambda m: _UNITS[m[1]],
        "单位是m²",
        "单位是平方米",
    ),
    rule(
        rf"(?<![\d.第：:年月])2(?:[-~～到至](?=\d{{1,2}}(?:{_TWO}|年))|(?={_TWO}))",
        lambda m: "两" + "到" * (len(m[0]) > 1),
        "每天2次，共2-3年",
        "每天两次，共两到三年",
    ),
    rule(r"2(?=单元)", "二", "3号楼2单元", "三号楼二单元"),
    rule(r"(?<=\d)M(?=宽带|带宽|网速|光纤|流量)", "兆", "100M宽带", "一百兆宽带"),
)
