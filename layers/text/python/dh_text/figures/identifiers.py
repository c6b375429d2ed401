"""Numbers that are called out digit by digit: telephones, codes, cards, plates, rooms."""

from __future__ import annotations

import re

from dh_text.figures.digits import called
from dh_text.rules import rule

_COUNTED = (
    r"(?!\d|[.,]\d|\s?(?:[个只名位人件条张元块次万亿千百年月日号天周点分秒时岁斤米吨升%％倍多余种台部套遍回趟轮局届期头只匹棵颗粒滴根支艘架辆所座栋间层笔句"
    r"页章集份起字篇家户股美英欧港日人里度]|左右|以上|以下|以内))"
)
"""Not before a measure: 手机3000元 is no number to dial."""

_LINK = r"(?:号码|账号|号|是|为|叫|填|输入|选|[：:“\"（(【\s]){0,3}"
_CODE = r"(?P<code>[A-Za-z_]{0,12}\d[A-Za-z\d]*(?:[- ][A-Za-z]{0,3}\d[A-Za-z\d]*){0,6})" + _COUNTED


def _named(match: re.Match[str]) -> str:
    code = match["code"]
    digits = sum(map(str.isdigit, code))
    if digits < (2 if re.search("[A-Za-z]", code) else 3):
        return match[0]
    if match["weak"] and not match["link"] and not re.search(r"\d{5}", code):
        return match[0]
    return match[0][: -len(code)] + called(code)


RULES = (
    rule(
        r"\+(\d{1,3})[- ](\(?\d[\d() -]{5,16}\d)(?!\d)",
        lambda m: f"加{called(m[1])} {called(m[2])}",
        "请拨+86-10-62345678",
        "请拨加八六 幺零六二三四五六七八",
    ),
    rule(
        rf"(?<![\dA-Za-z.])(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{{4}})[- ]?(\d{{4}}){_COUNTED}",
        lambda m: ("加八六 " if m[0][:1] in "+8" else "") + called(m[1] + m[2] + m[3]),
        "请问你的电话号码是86-13800138000对吗",
        "请问你的电话号码是加八六 幺三八零零幺三八零零零对吗",
    ),
    rule(
        r"(?!^0\d\d-\d{8}$)(?<![\d.])[(（]?(0\d{2,3})[)）]?[- ]?(\d{7,8})"
        r"(?:\s?(?:-|转)\s?(\d{1,6}))?(?!\d)",
        lambda m: called(m[1] + m[2]) + (f"转{called(m[3])}" if m[3] else ""),
        "总机 0551-4376729 转801",
        "总机 零五五幺四三七六七二九转八零幺",
    ),
    rule(
        rf"(?<![\d.])([48]00)[- ]?(\d{{3}})[- ]?(\d{{4}}){_COUNTED}",
        lambda m: called(m[0]),
        "咨询4008208820",
        "咨询四零零八二零八八二零",
    ),
    rule(
        r"(?<![\dA-Za-z.])(\d{12,}[Xx]?|\d{4}(?: \d{4}){2,3}(?: \d{1,4})?)(?![\d.])",
        lambda m: called(m[0]),
        "我的11010119900307123X",
        "我的幺幺零幺零幺幺九九零零三零七幺二三X",
    ),
    rule(
        r"(?<![A-Za-z\d])([A-Z]{1,4})-?(\d{6,})(?!\d)",
        lambda m: m[1] + called(m[2]),
        "包裹SF1234567890123已到",
        "包裹SF幺二三四五六七八九零幺二三已到",
    ),
    rule(
        rf"(?:(?<![\d一二三四五六七八九十几])[号码]|QQ|[VvWw][Xx]|身份证|护照|邮编|编号|密码|口令|座机|"
        rf"传真|客服|热线|拨打|致电|拨|呼叫|端口|ISBN|ISSN|(?P<weak>群|微信|订单|运单|快递|手机|电话|股票|"
        rf"会议|ID))(?P<link>{_LINK}){_CODE}",
        _named,
        "请加QQ群：123456789",
        "请加QQ群：幺二三四五六七八九",
    ),
    rule(
        r"(?<![\d.])(\d{6,})(?=号(?![线楼]))",
        lambda m: called(m[1]),
        "京ICP备12345678号",
        "京ICP备幺二三四五六七八号",
    ),
    rule(
        r"(?<![\d.])(\d{3,6})(?=客服|热线|急救|报警|服务台|网|官网|邮箱|浏览器|客户端|小程序|公众号)",
        lambda m: called(m[0]),
        "找95533客服",
        "找九五五三三客服",
    ),
    rule(
        r"([京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新蒙])([A-Z])[· ]?"
        r"((?=[A-Z\d]*\d)[A-Z\d]{5,6})(?![A-Za-z\d])",
        lambda m: f"{m[1]}{m[2]}{called(m[3])}",
        "车牌粤B88888",
        "车牌粤B八八八八八",
    ),
    rule(
        r"(?<![\d.])(\d{3,4})(?=室|房间|号房|号楼|教室|号线路|房(?!价|产))",
        lambda m: called(m[0]),
        "住302室",
        "住三零二室",
    ),
)
