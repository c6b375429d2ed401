"""One pinyin syllable as the model's symbols, by misaki's tables."""

from __future__ import annotations

from functools import cache

from misaki import zh

_NON_SYLLABIC = "\u032f"


@cache
def symbols_of_syllable(reading: str) -> str:
    """`hao3` → `xau↓`; tone 5 has no mark. Raises KeyError or ValueError for no syllable."""
    return str(zh.ZHG2P.py2ipa(reading)).replace(_NON_SYLLABIC, "")
