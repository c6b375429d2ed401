"""Numbers beside numbers: scores, ratios, ranges, arithmetic, fractions, powers, angles."""

from __future__ import annotations

import re

from dh_text.figures.digits import counted, one_by_one
from dh_text.figures.grammar import normalised
from dh_text.rules import rule

_NUMBER = r"\d+(?:\.\d+)?"
_SPORT = (
    r"比分|[胜负赢输败]|半场|[首次末每第][一二三四五局盘节]|\d局|决胜|剃光头|零封|横扫|战平|逼平|不敌|领先|落后|逆转"
    r"|淘汰|晋级|夺冠|进球|队\s?\d{1,3}-\d|绝杀|点球|决赛|联赛|对阵|主场|客场|平局|[握打]平|言和|打成|平手|-\d{1,3}平(?![方米均])|国足|力克|\d比\d|[男女][足排篮]"
)
_RATIO = "比例|配比|比率|宽高比|画幅|混合|稀释|赔率|勾兑|概率|兑换|汇率"
_RANGE = r"[-~～–—]"
_NO_SUM = "^(?!.*(?:计算|算式|等于|减|=))"
_NOT_COUNTED = (
    r"(?![\d.%％]|\s?(?:[年月日号岁人个次天分秒元块万亿千℃°度级楼层页届]|小时|赛季"
    r"|学年))"
)

_CALLING = re.compile(
    r"拨|打(?![了到成算开破出折球分败])|电话|报警|急救|热线|火警|匪警|求助|号码|呼叫|查号|致电"
)

_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789负", strict=True))
_VULGARS = "½1/2 ⅓1/3 ⅔2/3 ¼1/4 ¾3/4 ⅕1/5 ⅖2/5 ⅗3/5 ⅘4/5 ⅙1/6 ⅚5/6 ⅛1/8 ⅜3/8 ⅝5/8 ⅞7/8"
_VULGAR = {each[0]: each[1:] for each in _VULGARS.split()}


def _squared(match: re.Match[str]) -> str:
    """x² but not 3 m²."""
    if match[1] in ("m", "km", "cm", "mm", "dm", "nm"):
        return match[0]
    return match[1] + ("的平方" if match[2] == "²" else "的立方")


def _fraction(above: str, below: str) -> str:
    return f"{counted(below)}分之{counted(above)}"


def _rising(match: re.Match[str]) -> str:
    """3-5 is from three to five; 7-3 is wetext's, and so are the teams and dates that it knows."""
    low, high = match[1], match[2]
    before = match.string[max(match.start() - 4, 0) : match.start()]
    if float(low) >= float(high) or re.search("日期|生日|截止|于$", before):
        return match[0]
    known = re.search("比", normalised(before + match[0])[len(before) :])
    return match[0] if known else f"{low}到{high}"


def _counted_unless_called(match: re.Match[str]) -> str:
    """wetext calls 110 and 120 out, as for police and ambulance, whatever stands before them."""
    before = match.string[max(match.start() - 14, 0) : match.start()]
    after = match.string[match.end() : match.end() + 3]
    called = _CALLING.search(before) or re.match("报警|急救|电话|热线|指挥|查号|接警|客服", after)
    return match[0] if called else counted(match[0])


RULES = (
    rule(
        rf"(?<![\d.:：/-])(\d{{1,3}})\s?[-–—]\s?(\d{{1,3}})(?![:：/-]){_NOT_COUNTED}",
        r"\1比\2",
        "势如破竹4-0剃光头，首局11-3速胜",
        "势如破竹四比零剃光头，首局十一比三速胜",
        where=_SPORT,
    ),
    rule(
        r"(比分\D{0,6}|以)(\d{1,3})[:：]([1-9]\d{1,2})(?![\d:：.])",
        r"\1\2比\3",
        "19:30开赛，比分13:10",
        "十九点三十分开赛，比分十三比十",
    ),
    rule(
        rf"(?<![\d.:：])({_NUMBER})[:：]({_NUMBER})(?![\d:：])",
        r"\1比\2",
        "按比例3:10混合",
        "按比例三比十混合",
        where=_RATIO,
    ),
    rule(
        r"(?<![\d.:：])(\d+)[:：](\d|\d{3,})(?![\d:：])",
        r"\1比\2",
        "按1:100分装",
        "按一比一百分装",
    ),
    rule(
        rf"(?<=[\d%℃C度元万亿千米斤克点分时岁人年])\s?{_RANGE}\s?(?=-?[\d¥$]+(?:\.\d+)?[%℃°万亿千元度年])",
        "到",
        "占5%-10%",
        "占百分之五到百分之十",
    ),
    rule(r"(?<=\d)[～–—](?=\d)", "~", "大约20～30秒", "大约二十到三十秒"),
    rule(
        r"(?<![\d.A-Za-z+×*÷/:：-])(?!0\d)(\d)-(0|\1)(?![\d.:：=+×*÷/%-])",
        r"\1比\2",
        "现在是3-3",
        "现在是三比三",
    ),
    rule(
        rf"(?<![\d.%])({_NUMBER})[-~～–—到至]({_NUMBER})[%％]",
        r"\1%到\2%",
        "打折20-30%",
        "打折百分之二十到百分之三十",
    ),
    rule(
        r"(?<=[\d点分])[-~～–—](?=\d{1,2}[:：点]|[次翌]日|第二天|凌晨|[上中下]午|傍晚|晚上|夜里)",
        "到",
        "23:00-次日7:00",
        "二十三点到次日七点",
    ),
    rule(r"([A-Z])(\d{1,3})[-~～–—](?=\1\d)", r"\1\2到", "座位A1-A5", "座位A一到A五"),
    rule(
        r"(?<![\d/.])(\d{1,6})/(\d{1,6})(?=\s?=)",
        lambda m: f"{m[1]}除以{m[2]}" if int(m[1]) >= int(m[2]) else m[0],
        "15/3=5",
        "十五除以三等于五",
    ),
    rule(
        r"(?<=[\dA-Za-z])\s?([<>])\s?(?=[\dA-Za-z])",
        lambda m: "大于" if m[1] == ">" else "小于",
        "当0<x<1时",
        "当零小于x小于一时",
    ),
    rule(
        r"(?<=第)(\d{1,4})[-~](\d{1,4})(?!\d)",
        lambda m: f"{counted(m[1])}到{counted(m[2])}",
        "第2-3页",
        "第二到三页",
    ),
    rule(
        r"(?<=\d)\s?[-−]\s?(?=\d[\d.+×*÷/−-]{0,30}\s?=)",
        "减",
        "12-5=7",
        "十二减五等于七",
    ),
    rule(
        r"(?<=\d)[-−](?=\d)",
        "减",
        "请计算12-5",
        "请计算十二减五",
        where="计算|算式|等于多少|心算|口算",
    ),
    rule(
        rf"(?<![\d.A-Za-z=+×*÷/:：-])(?!0\d)({_NUMBER})[-~]({_NUMBER})(?![\d.:：=+×*÷/-])",
        _rising,
        "花被片9-11，白色",
        "花被片九到十一，白色",
        where=_NO_SUM + r"(?!1[0-2]-(?:[12]\d|3[01]|[1-9])$)",
    ),
    rule(r"(\d+) (\d+)/(\d+)(?![\d/])", r"\1又\2/\3", "加2 1/2杯水", "加二又二分之一杯水"),
    rule(
        r"(\d*)([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])",
        lambda m: (f"{m[1]}又" if m[1] else "") + _fraction(*_VULGAR[m[2]].split("/")),
        "2⅓杯",
        "二又三分之一杯",
    ),
    rule(
        r"(?<![\d/.])([1-9]\d{0,3})/([1-9]\d{2,4})(?![\d/年.])",
        lambda m: _fraction(m[1], m[2]),
        "快门1/1000秒",
        "快门一千分之一秒",
    ),
    rule(
        r"(?<![\d/.])([1-9]\d?)/([1-9]\d?)(?=\s?(?:小时|分钟|秒|[个天周年]))",
        lambda m: _fraction(m[1], m[2]),
        "等1/2小时",
        "等二分之一小时",
    ),
    rule(
        r"(?<!\d)(\d{3,4})\s?[xX×*]\s?(\d{3,4})(?!\d)",
        lambda m: f"{one_by_one(m[1])}乘{one_by_one(m[2])}",
        "屏幕1920x1080",
        "屏幕一九二零乘一零八零",
    ),
    rule(
        r"(?<=\d)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{1,4}",
        lambda m: f"的{''.join(_SUPERSCRIPT[c] for c in m[0])}次方",
        "约6×10²³个",
        "约六乘十的二十三次方个",
    ),
    rule(r"((?<![A-Za-z])[A-Za-z]{1,2}|\))([²³])(?![A-Za-z])", _squared, "求x²", "求x的平方"),
    rule(r"(?<=[=])2(?=时)", "二", "当x=2时", "当x等于二时"),
    rule(r"√\s?(?=[\da-z(])", "根号", "√2是无理数", "根号二是无理数"),
    rule(r"(?<=\d)\s?[*×xX]\s?(?=\d)", "乘", "长3*4", "长三乘四"),
    rule(r"(?<=\d)\s?\+\s?(?=\d)", "加", "1/4+1/2", "四分之一加二分之一"),
    rule(r"(?<=\d)\s?÷\s?(?=\d)", "除以", "10÷2=5", "十除以二等于五"),
    rule(
        r"(?<=[A-Za-z\u4e00-\u9fff\d)])\s?(=|≈|≠)\s?(?=[-\dA-Za-z\u4e00-\u9fff(±])",
        lambda m: {"=": "等于", "≈": "约等于", "≠": "不等于"}[m[1]],
        "当x=3时",
        "当x等于三时",
    ),
    rule(
        r"(?<![\d.])(110|11[1249]|12[02])(?![\d.:：/-]|\s?[A-Za-z㎡℃°%])",
        _counted_unless_called,
        "花了120，涨了110",
        "花了一百二十，涨了一百一十",
        where=r"^(?!11[0249]$|12[02]$)",
    ),
    rule(
        r"(?<![\d.])(1[0-2]\.\d{1,2})(?![\d.号日%％‰℃°A-Za-z]|\s[A-Za-z])",
        lambda m: counted(m[1]),
        "气温10.5",
        "气温十点五",
        where=r"^(?!1[0-2]\.\d\d?$)",
    ),
    rule(
        r"(\d+)\s?[°度]\s?(\d+(?:\.\d+)?)\s?[′'’](?:\s?(\d+(?:\.\d+)?)\s?(?:[″\"”]|''))?",
        lambda m: f"{m[1]}度{m[2]}分" + (f"{m[3]}秒" if m[3] else ""),
        "东经116°23′",
        "东经一百一十六度二十三分",
    ),
    rule(
        r"(?<!\d)(\d{1,2})[′'](\d{1,2})(?:[″\"]|'')",
        r"\1分\2秒",
        "成绩3′20″",
        "成绩三分二十秒",
    ),
)
