"""Texts that are refused at creation. Pure; the words come from the settings.

Another judge is a class with the same one method, made in `deps`; WeChat's, which must know who
wrote a text, is asked after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Protocol

from dh_core.errors import ContentRejected, InvalidRequest
from dh_core.settings import ApiSettings
from functions.api.auth.authenticator import Authenticator

_SEPARATORS = re.compile(r"[,，\r\n]+")


class TextModerator(Protocol):
    """Judges the texts of one request."""

    def refused_field(self, texts: Mapping[str, str]) -> str | None:
        """The name of the first field that is not allowed; None when all are."""
        ...


class WordList:
    """Refuses texts that hold one of some words, however they are dressed up.

    Width, case, compatibility forms and invisible characters are ignored, and between Chinese
    characters also spaces and punctuation. A word of Latin letters must stand by itself.
    """

    def __init__(self, words: Iterable[str]) -> None:
        plain = sorted({plain for word in words if (plain := _normalised(word))})
        self._whole = _any_of(word for word in plain if word.isascii())
        self._within = _any_of(_condensed(word) for word in plain if not word.isascii())

    def refused_field(self, texts: Mapping[str, str]) -> str | None:
        return next((name for name, text in texts.items() if self._holds_one(text)), None)

    def _holds_one(self, text: str) -> bool:
        plain = _normalised(text)
        if self._whole and self._whole.search(plain):
            return True
        return bool(self._within and self._within.search(_condensed(plain)))


def word_list(settings: ApiSettings) -> WordList:
    """The moderator that the settings describe. Raises OSError for a file that is not there."""
    words = _SEPARATORS.split(settings.moderation_words)
    if settings.moderation_words_file is not None:
        words += settings.moderation_words_file.read_text(encoding="utf-8").splitlines()
    return WordList(words)


def check(moderator: TextModerator, texts: Mapping[str, str | None]) -> None:
    """Raises InvalidRequest (`content_rejected`) that names the field, never the word."""
    _refuse(moderator.refused_field(_written(texts)))


def check_by_wechat(
    authenticator: Authenticator | None, owner: str, texts: Mapping[str, str | None]
) -> None:
    """The same by msgSecCheck, where the operator chose it. Raises ServiceUnavailable too."""
    if authenticator is not None:
        _refuse(authenticator.refused_by_wechat(owner, _written(texts)))


def judges_media(authenticator: Authenticator | None, owner: str) -> bool:
    """Whether what an owner sends and makes is judged before anybody sees it."""
    return authenticator is not None and authenticator.judges_media(owner)


def _written(texts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _refuse(field: str | None) -> None:
    if field is not None:
        raise InvalidRequest.of_field(
            field,
            f"{field} was rejected by moderation; write it differently.",
            code=ContentRejected.code,
        )


def _normalised(text: str) -> str:
    """NFKC, folded case, without format characters (zero-width, direction) and loose accents."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        char for char in folded if unicodedata.category(char) not in ("Cf", "Mn")
    ).strip()


def _condensed(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    # ASCII boundaries: a Latin word may stand directly beside a Chinese one.
    alternatives = [
        rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)
        for word in words
        if word
    ]
    return re.compile("|".join(alternatives)) if alternatives else None
