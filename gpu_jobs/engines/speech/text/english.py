"""Runs of Latin letters: acronyms are spelled, brand words read, the rest is espeak-ng's."""

from __future__ import annotations

import re

from dh_core import pinyin
from gpu_jobs.engines.speech.espeak import english_to_symbols
from gpu_jobs.engines.speech.text.syllables import symbols_of_syllable

_TOKEN = re.compile(r"[A-Za-z]+")

_CAPITAL_WORDS = """
AIDS APEC ASEAN ASAP BRICS COVID FAQ FIFA GIF IKEA IMAX JAVA JPEG LASER LEGO LIDAR NASA NASDAQ
NATO OPEC PIN RADAR RAM ROM SARS SIM SOHO SONAR SWAT SWIFT TED TOEFL UNESCO UNICEF VISA WIFI ZARA
"""
_READ_AS_WORDS = frozenset(_CAPITAL_WORDS.split())
"""Capitals that people pronounce; any other capitals up to five letters are spelled."""

_SAID = {
    "AWS": "A W S", "iOS": "eye O S", "MySQL": "my S Q L", "SQL": "S Q L", "IoT": "I O T",
    "IPO": "I P O", "SaaS": "sass", "LaTeX": "lah tech", "WPS": "W P S", "vs": "versus",
    "Alipay": "ally pay", "iQOO": "eye coo", "BYD": "B Y D", "Xiaomi": "xiao2 mi3",
    "Huawei": "hua2 wei2", "Baidu": "bai3 du4", "Weibo": "wei1 bo2", "Taobao": "tao2 bao3",
    "Douyin": "dou3 yin1", "Beijing": "bei3 jing1", "Shanghai": "shang4 hai3",
    "Shenzhen": "shen1 zhen4", "Bilibili": "bi4 li4 bi4 li4", "Qwen": "chwen",
    "DeepSeek": "deep seek", "LinkedIn": "linked in", "Nginx": "engine X",
    "Kubernetes": "koo ber net ease", "PyTorch": "pie torch", "GIF": "gif", "WiFi": "why fye",
    "Wi-Fi": "why fye",
}  # fmt: skip
"""Brands and terms that espeak-ng misreads: as a spelling that it reads right, or as pinyin."""

_BRAND = re.compile(
    r"(?<![A-Za-z])(" + "|".join(map(re.escape, sorted(_SAID, key=len, reverse=True))) + r")"
    r"(?![A-Za-z])",
    re.I,
)
_SAID_LOWER = {word.lower(): said for word, said in _SAID.items()}


def symbols_of(run: str) -> str:
    """Kokoro symbols of a run of Latin words; raises UnspeakableText without espeak-ng."""
    parts = _BRAND.split(run)
    return " ".join(filter(None, (_part(part, brand=i % 2 == 1) for i, part in enumerate(parts))))


def _part(part: str, *, brand: bool) -> str:
    said = _SAID_LOWER[part.lower()] if brand else part
    syllables = pinyin.parse(said)
    if syllables is not None:
        return "".join(map(symbols_of_syllable, syllables))
    if not re.search(r"\w", said):
        return ""
    shouted = said.isupper() and len(said.split()) > 2 and not brand
    return english_to_symbols(_TOKEN.sub(lambda token: _as_read(token[0], shouted), said))


def _as_read(token: str, shouted: bool) -> str:
    """Spell capitals with dots, which espeak-ng reads letter by letter."""
    if not token.isupper() or len(token) == 1:
        return token
    if token in _READ_AS_WORDS or len(token) > 5 or shouted:
        return token.capitalize()
    return ".".join(token) + "."
