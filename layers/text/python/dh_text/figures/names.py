"""Names with digits in them: models, versions, network addresses, trains and flights."""

from __future__ import annotations

import re

from dh_text.figures.digits import called, counted, one_by_one
from dh_text.rules import rule


def _model(match: re.Match[str]) -> str:
    """RTX4090 digit by digit; a round number as such (H100, Mate 9000)."""
    letters, digits, suffix = match[1], match[2], match[3] or ""
    if suffix and " " in match[0]:
        return match[0]  # Pro Max 512GB
    said = counted(digits) if re.fullmatch("[1-9]0+", digits) else called(digits)
    return f"{letters} {said} {suffix}".rstrip()


def _part(match: re.Match[str]) -> str:
    """i5-12400F: what follows the hyphen is a second name."""
    number = match[2]
    return f"{match[1]} {called(number) if len(number) > 3 else number}"


RULES = (
    rule(
        r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{2,5}))?(?![\d.])",
        lambda m: one_by_one(m[1]) + (f" 冒号 {called(m[2])}" if m[2] else ""),
        "访问192.168.1.1:8080",
        "访问一九二点一六八点一点一 冒号 八零八零",
    ),
    rule(
        r"(?<![\d.])(?!(?:19|20)\d\d\.(?:0?[1-9]|1[0-2])\.(?:[0-2]?\d|3[01])(?!\d))"
        r"(\d+(?:\.\d+){2,})(?![\d.]*\d)",
        lambda m: one_by_one(m[1]),
        "升级到v2.0.1版本",
        "升级到v二点零点一版本",
    ),
    rule(
        r"(?<![A-Za-z\d])0x([\dA-Fa-f]+)(?![\dA-Za-z])",
        lambda m: f"零 x {' '.join(called(c) for c in m[1])}",
        "地址0x1F",
        "地址零 x 幺 F",
    ),
    rule(
        r"(?<![A-Za-z\d])([B-GMOPSVe])2([B-GMOPSVe])(?![A-Za-z\d])",
        r"\1 to \2",
        "做C2C业务",
        "做C to C业务",
    ),
    rule(
        r"(?<![A-Za-z\d])([A-Za-z]{1,5})[- ]?(\d{3,4})(?=次|航班|列车|号航班|动车|高铁)",
        lambda m: f"{m[1]} {called(m[2])}",
        "坐G100次列车",
        "坐G 幺零零次列车",
    ),
    rule(
        r"(?<![A-Za-z\d])(\d[A-Z])(\d{3,4})(?=次|航班|号航班)",
        lambda m: f"{m[1]} {called(m[2])}",
        "乘坐3U8633航班",
        "乘坐三U 八六三三航班",
    ),
    rule(
        r"(?<![A-Za-z\d])([A-Z][A-Za-z]{0,9})[- ]?((?:19|20)\d\d)(?!\d)",
        lambda m: f"{m[1]} {one_by_one(m[2])}",
        "参加CES2019展会",
        "参加CES 二零一九展会",
    ),
    rule(
        r"(?<![A-Za-z\d])([A-Za-z]+\d[A-Za-z\d.]*)-(\d+)",
        _part,
        "处理器i5-12400F",
        "处理器i五 幺二四零零F",
    ),
    rule(
        r"(?<![A-Za-z\d$])([A-Z][A-Za-z]{0,7})[- ]?(\d{3,4})([A-Za-z]{1,2})?"
        r"(?![A-Za-z\d°]|[.,:]\d|%|\s?[元年个人块万亿])",
        _model,
        "显卡RTX4060Ti",
        "显卡RTX 四零六零 Ti",
    ),
    rule(
        r"(?<![A-Za-z\d])([A-Za-z]{1,10}[- ]?)(\d{1,2})([A-Za-z])(?![A-Za-z\d])",
        lambda m: f"{m[1].rstrip('- ')} {counted(m[2])} {m[3]}",
        "用k8s部署iPhone 6s",
        "用k 八 s部署iPhone 六 s",
    ),
    rule(r"(?<=[A-Z]\.)(\d{3})(?!\d)", lambda m: called(m[1]), "编码H.264", "编码H.二六四"),
    rule(
        r"(波音|空客|宝马|奔驰|标致|麦道|骁龙|麒麟|天玑|锐龙|酷睿)-?([1-9]\d{2,3})(?:-(\d+))?"
        r"(?!\d|[.,]\d|[架辆台亿万元])",
        lambda m: _model(m).replace(" ", "", 1),
        "一架波音747",
        "一架波音七四七",
    ),
    rule(
        r"([铀钚钴碳锶铯碘氚氦氧氮磷钾钠铊镅钍])-(\d{1,3})(?![\d.])",
        lambda m: m[1] + (one_by_one(m[2]) if len(m[2]) > 2 else counted(m[2])),
        "铀-235和碳-14",
        "铀二三五和碳十四",
    ),
    rule(
        r"(?<=[\u4e00-\u9fff])-(?=\d[\d,]*-[\u4e00-\u9fff])",
        "",
        "丁-2-炔",
        "丁二-炔",
    ),
    rule(
        r"(?<=[歼轰运直苏图强舟征娥宫旗鹰浪风击格])-(?=\d{1,3}(?![\d.℃°度%]))",
        "",
        "歼-20首飞",
        "歼二十首飞",
    ),
    rule(
        r"\d+(?=\s+(?:点|艾特)\s)|(?<=\s点\s)\d+",
        lambda m: one_by_one(m[0]),
        "写信给 li88  艾特  163 点 com",
        "写信给 li八八  艾特  一六三 点 com",
    ),
    rule(
        r"(?<![A-Za-z])([a-z][²³]?)\s?-\s?(?=\d[\d.]{0,9}\s?[=+×])",
        r"\1减",
        "方程x-4=0",
        "方程x减四等于零",
    ),
    rule(r"(?<=[A-Za-z])[-_](?=\d)", " ", "GPT-4发布", "GPT 四发布"),
    rule(
        r"(\d{3,4})(?=[pPiI](?![A-Za-z\d]))",
        lambda m: f"{called(m[0])} ",
        "画质1080p",
        "画质幺零八零 p",
    ),
    rule(r"(?<![A-Za-z\d.])\.NET(?![A-Za-z])", "dot net", "学习.NET开发", "学习dot net开发"),
    rule(r"(?<![A-Za-z])([CF])#", r"\1 sharp", "学C#语言", "学C sharp语言"),
    rule(r"(?<=(?<![A-Za-z])[A-Za-z])\+\+", "加加", "学C++语言", "学C加加语言"),
)
