"""How a text will be read, without a task.

The reading of text (`dh_text`, with dictionaries and grammars) is loaded by the first preview and
by nothing else: on AWS this use case has a function of its own, whose layer has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from dh_core.errors import InvalidRequest, MediaTooLong, UnspeakableText
from dh_core.specs import ssml
from dh_core.specs.pronunciation import aliases, merged
from functions.api.auth.caller import Caller
from functions.api.schemas.tasks.text_previews import (
    SpokenWord,
    TextPreviewRequest,
    TextPreviewResponse,
)
from functions.api.service.shared import moderation
from functions.api.service.shared.context import Stores


def preview(stores: Stores, caller: Caller, asked: TextPreviewRequest) -> TextPreviewResponse:
    """As a voice task with this text would read it, the owner's dictionary included.

    Raises InvalidRequest for what such a task would be refused or fail for.
    """
    return read_text(
        stores,
        caller,
        ssml.read(asked.text, asked.text_type),
        asked.pronounce,
        speed=asked.speed,
        source=ssml.blanked(asked.sent_text, asked.text_type),
    )


def read_text(
    stores: Stores,
    caller: Caller,
    script: ssml.Script,
    pronounce: Mapping[str, str],
    *,
    speed: float,
    source: str | None = None,
) -> TextPreviewResponse:
    """How any task would read a text. `source`: in which words are placed. Raises as `preview`."""
    from dh_text.preview import preview as read  # noqa: PLC0415 - see above

    texts = {"text": script.words, "pronounce": aliases(pronounce)}
    moderation.check(stores.moderator, texts)
    own = stores.pronunciations.get(caller.owner).readings
    try:
        found = read(script, merged(pronounce, own, script.words), source=source)
    except UnspeakableText as error:
        raise InvalidRequest(error.message, code=error.error_code) from error
    except MediaTooLong as error:
        raise InvalidRequest(error.message, code="text_too_long") from error
    return TextPreviewResponse(
        spoken_text=found.text,
        words=[
            SpokenWord(text=word.text, pinyin=list(word.pinyin), start=word.start, end=word.end)
            for word in found.words
        ],
        estimated_seconds=round(found.seconds / speed, 1),
    )
