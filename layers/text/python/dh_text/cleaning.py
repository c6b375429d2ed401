"""Text as people type and paste it, reduced to what a reader would read out.

Mark-up, control characters and emoji go; addresses keep the part that is said; widths, lines and
repeated punctuation become regular.
"""

from __future__ import annotations

import html
import re
import unicodedata

from dh_core.errors import UnsupportedLanguage

FOREIGN_SHARE = 0.1
"""Up to this share of letters in other scripts is skipped; beyond it the text is refused."""

PARAGRAPH = "\n"

_HTML = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[A-Za-z][^<>]{0,500}>", re.S | re.I)
_BLOCK_TAG = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]*>", re.I)
_MARKDOWN = (
    (re.compile(r"^\s*(?:```|~~~).*$", re.M), ""),  # fences
    (re.compile(r"^\s*(?:[-*_]\s*){3,}$", re.M), ""),  # rules
    (re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*$", re.M), ""),  # table heads
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),  # links, pictures
    (re.compile(r"^\s{0,3}#{1,6}\s+", re.M), ""),
    (re.compile(r"^\s{0,3}>\s?", re.M), ""),
    (re.compile(r"^\s*[-*+•]\s+", re.M), ""),
    (re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"`+"), ""),
    (re.compile(r"\s*\|\s*"), "，"),
)
_URL = re.compile(r"(?:https?|ftp)://([\w.-]+)[\w\-./?%&=#:@+~,;!$'()*]*", re.I | re.A)
_HOST = r"(?:[A-Za-z0-9-]+\.)+(?:com|cn|net|org|edu|gov|io|ai|top|vip|cc|tv|me|app|dev|info|xyz)"
_EMAIL = re.compile(rf"([A-Za-z0-9._+-]+)@({_HOST})\b", re.A)
_BARE_HOST = re.compile(rf"(?<![\w@.])({_HOST})(?:/[\w\-./?%&=#]*)?(?![\w.-]*\w)", re.A)

_REPEATS = (
    (re.compile(r"([!?！？])[!?！？]*"), r"\1"),
    (re.compile(r"[。.]{3,}|…+|。{2,}"), "…"),
    (re.compile(r"([，,、；;：:])[，,、；;：:]+"), r"\1"),
    (re.compile(r"[—–―─]+|-{2,}"), "—"),
    (re.compile(r"[~～]{2,}|[~～](?=\s*(?:$|[。！？!?，])|\s+\D)"), "，"),
    (re.compile(r"[=_*#^\\/|]{3,}"), "，"),
)
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e\u3000]+")
_KEEP_WIDE = "，。！？；：（）～"
_NAMED = str.maketrans(
    {
        "α": "阿尔法", "β": "贝塔", "γ": "伽马", "δ": "德尔塔", "ε": "艾普西龙", "θ": "西塔",
        "λ": "兰姆达", "π": "派", "σ": "西格玛", "φ": "斐", "ω": "欧米伽",
        "Δ": "德尔塔", "Ω": "欧姆", "Σ": "西格玛", "の": "的", "〇": "零", "№": "编号",
        "「": "“", "」": "”", "『": "“", "』": "”", "•": "，", "→": "，", "←": "，",
        "−": "-", "‐": "-", "‑": "-", "∶": ":", "〜": "~", "⁄": "/",
        **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    }
)  # fmt: skip

_DOT = re.compile(r"·(?<!\d·(?=\d))(?<![WAN]·(?=[hm]))")
"""The dot of a foreign name; that of 3·15 and kW·h belongs to figures."""
_MICROS = "μµ"
_MICRO = re.compile(rf"[{_MICROS}](?![mgLlsAFV])")
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")

_SCRIPTS = {
    "ARABIC": "Arabic", "CYRILLIC": "Russian or another language in Cyrillic letters",
    "DEVANAGARI": "Hindi", "GREEK": "Greek", "HANGUL": "Korean", "HEBREW": "Hebrew",
    "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "THAI": "Thai",
}  # fmt: skip


def clean(text: str) -> str:
    """The part of a text that is read out; paragraphs end with PARAGRAPH.

    Raises UnsupportedLanguage when more than FOREIGN_SHARE of the letters are neither Chinese nor
    Latin.
    """
    plain = html.unescape(_HTML.sub(" ", _BLOCK_TAG.sub(PARAGRAPH, text)))
    plain = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c]", PARAGRAPH, plain)
    for pattern, replacement in _MARKDOWN:
        plain = pattern.sub(replacement, plain)
    plain = _FULL_WIDTH.sub(_narrow, unicodedata.normalize("NFC", plain))
    plain = _KEYCAP.sub(r"\1，", _say_addresses(plain).translate(_NAMED))
    plain = _MICRO.sub("缪", _DOT.sub(" ", plain))
    _refuse_foreign(plain)
    plain = "".join(_spoken(character) for character in plain)
    for pattern, replacement in _REPEATS:
        plain = pattern.sub(replacement, plain)
    lines = (re.sub(r"\s+", " ", line).strip() for line in plain.split(PARAGRAPH))
    return PARAGRAPH.join(line for line in lines if line)


def _narrow(run: re.Match[str]) -> str:
    """Full-width letters, digits and signs as plain ones; Chinese punctuation stays."""
    return "".join(c if c in _KEEP_WIDE else unicodedata.normalize("NFKC", c) for c in run[0])


def _say_addresses(text: str) -> str:
    """`https://www.example.com/a?b=1` → `www 点 example 点 com`; in English text with "dot"."""
    chinese = re.search(r"[\u3400-\u9fff]", text) is not None
    dot, at = (" 点 ", " 艾特 ") if chinese else (" dot ", " at ")

    def host(name: str) -> str:
        return f" {name.strip('.').replace('.', dot)} "

    text = _URL.sub(lambda url: host(url[1]), text)
    text = _EMAIL.sub(lambda mail: f"{host(mail[1])}{at}{host(mail[2])}", text)
    return _BARE_HOST.sub(lambda name: host(name[1]), text)


def _refuse_foreign(text: str) -> None:
    scripts = [
        unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha() and c not in _MICROS
    ]
    foreign = [s for s in scripts if s not in ("CJK", "LATIN", "FULLWIDTH", "FEMININE")]
    if len(foreign) > FOREIGN_SHARE * len(scripts):
        language = next((_SCRIPTS[s] for s in foreign if s in _SCRIPTS), "another language")
        raise UnsupportedLanguage(
            f"The text is in {language}, which this voice does not speak; "
            "write it in Chinese or English."
        )


def _spoken(character: str) -> str:
    """Keep what is read or what parts sentences; a control character leaves no trace."""
    if character == PARAGRAPH or character in _MICROS:
        return character
    category = unicodedata.category(character)
    if category == "Co":
        return character  # a sign of dh_text.hints
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category[0] in "CM" or category in ("So", "Sk"):
        return character if character in "℃℉°^" or "\u3380" <= character <= "\u33df" else ""
    if category[0] == "L" and not unicodedata.name(character, "").startswith(("CJK", "LATIN")):
        return " "
    return character
