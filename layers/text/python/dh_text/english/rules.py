"""What wetext's English grammar reads wrongly."""

from __future__ import annotations

import re

from dh_text.rules import roman, rule

_COINS = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "p")}
_DECADES = {
    "0": "thousands",
    "1": "tens",
    "2": "twenties",
    "3": "thirties",
    "4": "forties",
    "5": "fifties",
    "6": "sixties",
    "7": "seventies",
    "8": "eighties",
    "9": "nineties",
}
_ROMAN = r"(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))(?![A-Za-z])"
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _digits(text: str) -> str:
    return " ".join(re.sub(r"\D", "", text))


def _money(match: re.Match[str]) -> str:
    """$29.99 → 29 dollars and 99 cents."""
    coin, cent = _COINS[match["sign"]]
    whole, cents = int(match["whole"].replace(",", "")), int(match["cents"] or 0)
    amount = _thousand(str(whole)[1:]) if 1000 <= whole < 2000 else f"{whole:,}"
    parts = [f"{amount} {coin}{'s' * (whole != 1)}"] if whole or not cents else []
    if cents and cent == "p":
        parts.append(f"{cents} {'penny' if cents == 1 else 'pence'}")
    elif cents:
        parts.append(f"{cents} {cent}{'s' * (cents != 1)}")
    return " and ".join(parts)


def _thousand(rest: str) -> str:
    """One thousand and `rest`: wetext says "thousand", and of 1500 "fifteen hundred"."""
    more = rest.lstrip("0")
    return f"one thousand {'and ' * (len(more) < len(rest))}{more}" if more else "one thousand"


def _ordinal(number: int) -> str:
    regular = number % 100 in (11, 12, 13)
    return f"{number}{'th' if regular else _ENDINGS.get(number % 10, 'th')}"


def _decade(match: re.Match[str]) -> str:
    return f"{match[1]} {_DECADES[match[2]]}"


RULES = (
    rule(r"\be\.g\.,?", "for example", "fruit, e.g. 3 figs", "fruit, for example three figs"),
    rule(r"\bi\.e\.,?", "that is", "soon, i.e. in 3 days", "soon, that is in three days"),
    rule(r"\bvs\.?(?=\s)", "versus", "10 vs. 12 votes", "ten versus twelve votes"),
    rule(r"\betc\.", "et cetera", "pens, etc. for 5", "pens, et cetera for five"),
    rule(r"#(?=\d)", "number ", "ranked #1 here", "ranked number one here"),
    rule(r"\b[Nn]o\. ?(?=\d{1,3}\b)", "number ", "the No. 1 choice", "the number one choice"),
    rule(r"~(?=\d)", "about ", "with ~50 people", "with about fifty people"),
    rule(r"> ?(?=\d)", "more than ", "of >100 items", "of more than one hundred items"),
    rule(r"< ?(?=\d)", "less than ", "of <10 items", "of less than ten items"),
    rule(
        r"\bWW(I{1,2})\b", r"World War \1", "in WWII, 1944", "in World War two, nineteen forty four"
    ),
    rule(r"\b(\d+(?:st|nd|rd|th))-", r"\1 ", "a 2nd-hand book", "a second hand book"),
    rule(
        r"\b(\d{1,2}) May\b",
        lambda m: f"the {_ordinal(int(m[1]))} of May",
        "on 5 May 1990",
        "on the fifth of May nineteen ninety",
    ),
    rule(r"(?<=\d) ?m\b(?![.'’])", " meters", "a 100m race", "a one hundred meters race"),
    rule(r"(?<=\d) in\.(?=,? [a-z]|$)", " inches", "is 10 in. long", "is ten inches long"),
    rule(r"\b(\d+)/100\b", r"\1 out of 100", "got 95/100", "got ninety five out of one hundred"),
    rule(
        r"(?P<sign>[$€£])\s?(?P<whole>\d[\d,]*)\.(?P<cents>\d\d)"
        r"(?!\d|\s?(?:thousand|million|billion|trillion|[MBKmbk]n?\b))",
        _money,
        "it costs $29.99",
        "it costs twenty nine dollars and ninety nine cents",
    ),
    rule(
        r"([$€£])(\d+(?:\.\d+)?)[kK]\b",
        lambda m: f"{m[1]}{float(m[2]) * 1000:,.0f}",
        "about $3k here",
        "about three thousand dollars here",
    ),
    rule(
        r"(?P<sign>[$€£])\s?(?P<whole>1\d{3}|1,\d{3})(?P<cents>)(?![\d.,]\d?)",
        _money,
        "for $1999 only",
        "for one thousand nine hundred and ninety nine dollars only",
    ),
    rule(r"\b(1[5-9]|20)(\d)0s\b", _decade, "in the 1990s", "in the nineteen nineties"),
    rule(
        r"(?<![\d.,$€£-])1(?:,(\d{3}(?:\.\d+)?)|(00\d))(?![\d-]|[.,]\d)",
        lambda m: _thousand(m[1] or m[2]),
        "I have 1000 apples and 1,500 pears",
        "I have one thousand apples and one thousand five hundred pears",
    ),
    rule(
        r"\b([Nn]umber|No\.|[Cc]ode|ID|[Pp]assword|PIN|[Aa]ccount)( is | |: |:)(\d[\d,-]{2,}\d)\b",
        lambda m: f"{m[1]}{m[2]}{_digits(m[3])}",
        "My No. is 0,013,225",
        "My number is zero zero one three two two five",
    ),
    rule(
        r"(?<![\d.,$€£-])(1[3-9]\d{9}|\d{12,})(?!\d|[.,]\d)",
        lambda m: _digits(m[1]),
        "call 13800138000 now",
        "call one three eight zero zero one three eight zero zero zero now",
    ),
    rule(
        r"\b([Rr]oom|[Ff]light [A-Z]{2}|[Ss]uite|[Aa]partment) ?(\d{3,4})\b",
        lambda m: f"{m[1]} {_digits(m[2])}",
        "in room 302 now",
        "in room three zero two now",
    ),
    rule(
        r"(?<![\d.])(?!(?:19|20)\d\d\.)(\d+\.\d+\.\d+)(?!\.?\d)",
        lambda m: m[1].replace(".", " point "),
        "version 2.0.1 is out",
        "version two point zero point one is out",
    ),
    rule(r"\b24/7\b", "24 7", "open 24/7 here", "open twenty four seven here"),
    rule(
        r"(\d+)['’′](\d{1,2})[\"”″]",
        r"\1 foot \2",
        "he is 6'2\" tall",
        "he is six foot two tall",
    ),
    rule(
        rf"\b(Chapter|Part|Act|Book|Volume|Section|Phase|Type|Class|Stage|Scene|Bowl) {_ROMAN}",
        lambda m: f"{m[1]} {roman(m[2])}",
        "see Chapter IV here",
        "see Chapter four here",
    ),
    rule(
        rf"\b(Louis|Henry|Elizabeth|Charles|George|James|William|Edward|Richard|Philip|Napoleon|Paul|Pius"
        rf"|Benedict|Catherine|Peter|Nicholas|Francis|Frederick) {_ROMAN}",
        lambda m: f"{m[1]} the {_ordinal(roman(m[2]))}",
        "King Louis XIV ruled",
        "King Louis the fourteenth ruled",
    ),
    rule(rf"^{_ROMAN}$", lambda m: str(roman(m[1])), "IV", "four"),
    rule(r"\bTV\b", "T V", "a 4K TV", "a four K T V"),
)
