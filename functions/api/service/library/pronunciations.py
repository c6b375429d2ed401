"""The owner's pronunciation dictionary, which every task of theirs that speaks follows.

`if_match` is an ETag that an earlier answer carried: who gives it changes nothing that somebody
else has changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dh_core.errors import InvalidRequest, NotFound, PreconditionFailed
from dh_core.field_rules import shown
from dh_core.specs import pronunciation
from dh_core.specs.pronunciation import BAD, MAX_ENTRIES, TOO_MANY, key_of
from dh_core.store import Pronunciations
from functions.api.auth.caller import Caller
from functions.api.schemas.library.pronunciations import (
    PronunciationDeletedResponse,
    PronunciationResponse,
    PronunciationsResponse,
)
from functions.api.service.shared import moderation
from functions.api.service.shared.context import Stores
from functions.api.service.shared.entity_tags import matches

Answered = tuple[PronunciationsResponse, str]
"""An answer and the ETag that goes with it."""


def list_all(stores: Stores, caller: Caller) -> Answered:
    return _answer(stores.pronunciations.get(caller.owner))


def replace(
    stores: Stores, caller: Caller, readings: Mapping[str, str], if_match: str | None
) -> Answered:
    """Raises InvalidRequest (moderation) and PreconditionFailed."""
    _check_words(stores, readings)
    return _answer(_change(stores, caller, if_match, lambda _: readings))


def clear(stores: Stores, caller: Caller, if_match: str | None) -> Answered:
    """Raises PreconditionFailed."""
    return replace(stores, caller, {}, if_match)


def show(stores: Stores, caller: Caller, word: str) -> PronunciationResponse:
    """Raises NotFound."""
    found = _find(stores.pronunciations.get(caller.owner).readings, word)
    return PronunciationResponse(word=found[0], reading=found[1])


def put(stores: Stores, caller: Caller, word: str, reading: str) -> PronunciationResponse:
    """Set one word's reading. Raises InvalidRequest."""
    word = pronunciation.written(word)
    fault = pronunciation.fault(word, reading)
    if fault is not None:
        raise InvalidRequest(f'"{shown(word)}": {fault}.', code=BAD)
    _check_words(stores, {word: reading})

    def with_it(now: Mapping[str, str]) -> Mapping[str, str]:
        changed = {**_without(now, word), word: reading}
        if len(changed) > MAX_ENTRIES:
            raise InvalidRequest(
                f"The dictionary has {MAX_ENTRIES} words, which is the most; delete one first.",
                code=TOO_MANY,
            )
        return changed

    _change(stores, caller, None, with_it)
    return PronunciationResponse(word=word, reading=reading)


def delete(stores: Stores, caller: Caller, word: str) -> PronunciationDeletedResponse:
    """Raises NotFound."""

    def without_it(now: Mapping[str, str]) -> Mapping[str, str]:
        _find(now, word)
        return _without(now, word)

    _change(stores, caller, None, without_it)
    return PronunciationDeletedResponse(message="读音已删除", word=word)


def _change(
    stores: Stores,
    caller: Caller,
    if_match: str | None,
    change: Callable[[Mapping[str, str]], Mapping[str, str]],
) -> Pronunciations:
    def checked(now: Pronunciations) -> Mapping[str, str]:
        if if_match is not None and not matches(if_match, _etag(now)):
            raise PreconditionFailed(
                "The dictionary has changed since the answer with this ETag; read it again."
            )
        return change(now.readings)

    return stores.pronunciations.change(caller.owner, checked)


def _check_words(stores: Stores, readings: Mapping[str, str]) -> None:
    """What is read instead of a word is heard: moderation reads it as any text."""
    moderation.check(stores.moderator, {"pronunciations": pronunciation.aliases(readings)})


def _find(readings: Mapping[str, str], word: str) -> tuple[str, str]:
    for known, reading in readings.items():
        if key_of(known) == key_of(word):
            return known, reading
    raise NotFound(
        f'The dictionary does not have "{shown(word)}"; GET /api/pronunciations lists all.',
        code="pronunciation_not_found",
    )


def _without(readings: Mapping[str, str], word: str) -> dict[str, str]:
    return {known: text for known, text in readings.items() if key_of(known) != key_of(word)}


def _answer(now: Pronunciations) -> Answered:
    answer = PronunciationsResponse(
        pronunciations=dict(now.readings), total=len(now.readings), updated_at=now.updated_at
    )
    return answer, _etag(now)


def _etag(now: Pronunciations) -> str:
    return f'"{now.version}"'
