"""In which language an error is told (RFC 9110, 12.5.4)."""

from __future__ import annotations

from typing import Final, Literal

from starlette.datastructures import Headers

Language = Literal["en", "zh"]

_OF_MINI_PROGRAMS: Final = "https://servicewechat.com/"
"""WeChat sets this Referer for every request of a mini-program, which cannot change it."""


def language_of(headers: Headers) -> Language:
    """What Accept-Language prefers of the two; without a preference Chinese in mini-programs."""
    weights = dict.fromkeys(("zh", "en"), 0.0)
    for part in headers.get("accept-language", "").split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in weights:
            weights[language] = max(weights[language], _quality(weight))
    if weights["zh"] != weights["en"]:
        return "zh" if weights["zh"] > weights["en"] else "en"
    return "zh" if headers.get("referer", "").startswith(_OF_MINI_PROGRAMS) else "en"


def _quality(parameter: str) -> float:
    """`q=0.8`; 1 where there is none, 0 where it cannot be read."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
