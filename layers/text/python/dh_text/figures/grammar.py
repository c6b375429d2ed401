"""wetext, and nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import wetext


def normalised(sentence: str) -> str:
    """What wetext alone makes of a Chinese sentence."""
    read = str(_normaliser().normalize(sentence))
    return read.replace('\\"', '"').replace("\\\\", "\\")  # it escapes and does not unescape


def prepare() -> None:
    """Load the grammar, which the first text would otherwise wait for."""
    normalised("1")


@cache
def _normaliser() -> Any:
    return wetext.Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
