"""What every model of a request shares: only known fields, and words for what a value should be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

UNKNOWN_FIELD: Final = "unknown_field"
UNEXPECTED_FORM: Final = "unexpected_form"
_LEAST_LIKENESS: Final = 0.5
_SHOWN_CHARACTERS: Final = 40


class StrictModel(BaseModel):
    """Refuses a field that it does not have, and names the one that was probably meant."""

    # Errors of validation reach the log; what a user wrote must not.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    _not_sent: ClassVar[frozenset[str]] = frozenset()
    """Fields that are filled in otherwise: a client that sends one is refused."""

    @model_validator(mode="before")
    @classmethod
    def _only_known_fields(cls, body: Any) -> Any:
        if isinstance(body, dict):
            known = [name for name in cls.model_fields if name not in cls._not_sent]
            for name in body:
                if name not in known:
                    context = {"name": shown(str(name)), "suggestion": suggestion(str(name), known)}
                    raise PydanticCustomError(
                        UNKNOWN_FIELD, "{name} is not a field here; {suggestion}", context
                    )
        return body


class Expected:
    """In an annotation: whatever is wrong with a value, `form` says what it must be instead."""

    def __init__(self, form: str) -> None:
        self.form = form

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source),
            UNEXPECTED_FORM,
            custom_error_message="{form}",
            custom_error_context={"form": self.form},
        )


def suggestion(name: str, known: Iterable[str]) -> str:
    """How a sentence about an unknown name ends: with the nearest one, or which there are."""
    names = list(known)
    if not names:
        return "leave it out."
    near = difflib.get_close_matches(_plain(name), map(_plain, names), n=1, cutoff=_LEAST_LIKENESS)
    if near:
        meant = next(one for one in names if _plain(one) == near[0])
        return f"did you mean {meant}?"
    return f"there are {', '.join(names)}."


def shown(text: str) -> str:
    """What a client wrote, as an answer may repeat it: short, printable, valid Unicode."""
    clipped = text[:_SHOWN_CHARACTERS] + ("…" if len(text) > _SHOWN_CHARACTERS else "")
    return "".join(char if char.isprintable() else "?" for char in clipped)


def _plain(name: str) -> str:
    """`voiceId`, `voice-id` and `voice_id` are alike."""
    return name[: 2 * _SHOWN_CHARACTERS].lower().replace("_", "").replace("-", "")
