"""What every model of a request shares: only known fields, and words for what a value should be."""

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar, Final, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    core_schema,
)
from pydantic_core.core_schema import ErrorType

UNKNOWN_FIELD: Final = "unknown_field"
UNEXPECTED_FORM: Final = "unexpected_form"
_LEAST_LIKENESS: Final = 0.5
_SHOWN_CHARACTERS: Final = 40
_OF_PYDANTIC: Final = frozenset(get_args(ErrorType))
_MOST_UNKNOWN: Final = 20
"""Finding the nearest name takes time, and a body may have thousands of them."""


class StrictModel(BaseModel):
    """Refuses a field that it does not have, and names the one that was probably meant."""

    # Errors of validation reach the log; what a user wrote must not.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    _not_sent: ClassVar[frozenset[str]] = frozenset()
    """Fields that are filled in otherwise: a client that sends one is refused."""

    @model_validator(mode="wrap")
    @classmethod
    def _only_known_fields(cls, body: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(body, dict):
            return handler(body)
        known = [name for name in cls.model_fields if name not in cls._not_sent]
        unknown = [name for name in body if name not in known]
        if not unknown:
            return handler(body)
        errors = [_unknown_field(str(name), known) for name in unknown[:_MOST_UNKNOWN]]
        # What is wrong with the others is told in the same answer.
        try:
            handler({name: value for name, value in body.items() if name in known})
        except ValidationError as others:
            errors += map(_once_more, others.errors(include_url=False))
        raise ValidationError.from_exception_data(cls.__name__, errors, hide_input=True)


def _unknown_field(name: str, known: list[str]) -> InitErrorDetails:
    context = {
        "name": shown(name),
        "suggestion": suggestion(name, known),
        "near": nearest(name, known),
        "known": known,
    }
    fault = PydanticCustomError(UNKNOWN_FIELD, "{name} is not a field here; {suggestion}", context)
    return InitErrorDetails(type=fault, input=None)


def _once_more(error: ErrorDetails) -> InitErrorDetails:
    """The same error for another ValidationError."""
    kind, context = error["type"], error.get("ctx") or {}
    again = InitErrorDetails(type=kind, loc=error["loc"], input=None, ctx=context)
    if kind not in _OF_PYDANTIC:
        # A rule of ours: its message is made already.
        again["type"] = PydanticCustomError(kind, error["msg"], context)
    return again


class Contradiction(ValueError):
    """What several fields together say cannot be done; told in both languages."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


class Expected:
    """In an annotation: whatever is wrong with a value, `form` says what it must be instead.

    `chinese` says the same for who asks in Chinese. A setting, which operators write, has none.
    """

    def __init__(self, form: str, chinese: str = "") -> None:
        self.form = form
        self.chinese = chinese

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source),
            UNEXPECTED_FORM,
            custom_error_message="{form}",
            custom_error_context={"form": self.form, "chinese": self.chinese},
        )


def suggestion(name: str, known: Iterable[str]) -> str:
    """How a sentence about an unknown name ends: with the nearest one, or which there are."""
    names = list(known)
    if not names:
        return "leave it out."
    near = nearest(name, names)
    return f"did you mean {near}?" if near else f"there are {', '.join(names)}."


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty where none is like it."""
    names = {_plain(one): one for one in known}
    near = difflib.get_close_matches(_plain(name), names, n=1, cutoff=_LEAST_LIKENESS)
    return names[near[0]] if near else ""


def shown(text: str) -> str:
    """What a client wrote, as an answer may repeat it: short, printable, valid Unicode."""
    clipped = text[:_SHOWN_CHARACTERS] + ("…" if len(text) > _SHOWN_CHARACTERS else "")
    return "".join(char if char.isprintable() else "?" for char in clipped)


def _plain(name: str) -> str:
    """`voiceId`, `voice-id` and `voice_id` are alike."""
    return name[: 2 * _SHOWN_CHARACTERS].lower().replace("_", "").replace("-", "")
