"""Runs of Latin letters: acronyms are spelled, brand words read, the rest is espeak-ng's."""

from __future__ import annotations

import re

from dh_core.specs import pinyin
from gpu_jobs.engines.speech.phonemes.english.espeak import english_to_symbols
from gpu_jobs.engines.speech.phonemes.syllables import symbols_of_syllable

_ACRONYM = re.compile(r"(?<![A-Za-z'’])([A-Z]{2,5})(?![A-Za-z'’])")

_CAPITAL_WORDS = """
AIDS APEC ASEAN ASAP BRICS COVID FAQ FIFA GIF IKEA IMAX JAVA JPEG LASER LEGO LIDAR NASA NASDAQ
NATO OPEC PIN RADAR RAM ROM SARS SIM SOHO SONAR SWAT SWIFT TED TOEFL UNESCO UNICEF VISA WIFI ZARA
"""
_READ_AS_WORDS = frozenset(_CAPITAL_WORDS.split())
"""Capitals that people pronounce; any other capitals up to five letters are spelled."""

_SAID = {
    "iOS": "eye OS", "MySQL": "my SQL", "IoT": "IOT", "SaaS": "sass", "LaTeX": "lah tech",
    "vs": "versus", "Alipay": "ally pay", "iQOO": "eye coo", "Xiaomi": "xiao2 mi3",
    "Huawei": "hua2 wei2", "Baidu": "bai3 du4", "Weibo": "wei1 bo2", "Taobao": "tao2 bao3",
    "Douyin": "dou3 yin1", "Beijing": "bei3 jing1", "Shanghai": "shang4 hai3",
    "Shenzhen": "shen1 zhen4", "Bilibili": "bi4 li4 bi4 li4", "Qwen": "chwen",
    "DeepSeek": "deep seek", "LinkedIn": "linked in", "Nginx": "engine X",
    "Kubernetes": "koo ber net ease", "PyTorch": "pie torch", "GIF": "gif", "OpenAI": "open AI",
}  # fmt: skip
"""Brands and terms that espeak-ng misreads: as a spelling that it reads right, or as pinyin."""

_MANDARIN_SOUNDS = {"AI": "ei→ ai↘", "WiFi": "wai→ fai→", "Wi-Fi": "wai→ fai→"}
"""What the Mandarin voices say clearly only in their own sounds: of WiFi in English vowels a
listener wrote 玩法, of the letters AI AR, 也爱 and 眼睛."""

_BRANDS = sorted([*_SAID, *_MANDARIN_SOUNDS], key=len, reverse=True)
_BRAND = re.compile(rf"(?<![A-Za-z])({'|'.join(map(re.escape, _BRANDS))})(?![A-Za-z])", re.I)
_SAID_LOWER = {word.lower(): said for word, said in _SAID.items()}
_SOUNDS_LOWER = {word.lower(): symbols for word, symbols in _MANDARIN_SOUNDS.items()}

_BREATHED_STOP = re.compile(
    r"(?:(?<![^ ])|(?<!s)(?=[ptk][wjɹl]?[ˈˌ]))([ptk])(?=[ˈˌwjɹl]|[^\W\dstkp])"
)
"""p, t, k that begin a word or a stressed syllable. To the Mandarin voices a bare p is pinyin b:
without the breath after it PPT is heard as BBD, APP as ABB."""


def symbols_of(run: str) -> str:
    """Kokoro symbols of a run of Latin words; raises UnspeakableText without espeak-ng."""
    parts = _BRAND.split(run)
    read = (_part(part, brand=number % 2 == 1) for number, part in enumerate(parts))
    return " ".join(filter(None, read))


def _part(part: str, *, brand: bool) -> str:
    if brand and part.lower() in _SOUNDS_LOWER:
        return _SOUNDS_LOWER[part.lower()]
    said = _SAID_LOWER[part.lower()] if brand else part
    syllables = pinyin.parse(said)
    if syllables is not None:
        return "".join(map(symbols_of_syllable, syllables))
    if not re.search(r"\w", said):
        return ""
    shouted = said.isupper() and len(said.split()) > 2 and not brand
    words = (_word(word, shouted) for word in _ACRONYM.split(said))
    return _BREATHED_STOP.sub(r"\1ʰ", " ".join(filter(None, words)))


def _word(word: str, shouted: bool) -> str:
    """An acronym letter by letter, each stressed, as Chinese speakers say it; the rest as it is."""
    if not _ACRONYM.fullmatch(word):
        return english_to_symbols(word) if word.strip() else ""
    if word in _READ_AS_WORDS or shouted:
        return english_to_symbols(word.capitalize())
    letters = re.findall("AI|[A-Z]", word)
    return " ".join(_MANDARIN_SOUNDS.get(one) or english_to_symbols(one) for one in letters)
