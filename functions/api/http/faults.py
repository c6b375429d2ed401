"""What Pydantic found wrong with a request, told field by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dh_core.errors import RequestError
from dh_core.errors.catalogue import request_codes
from dh_core.field_rules import UNKNOWN_FIELD, nearest, shown, suggestion
from dh_core.specs import pronunciation
from dh_core.specs.task_types import SPECS
from functions.api.http import sentences
from functions.api.http.language import Language
from functions.api.schemas.common import FieldProblem

UNKNOWN_PARAMETER: Final = "unknown_parameter"

_TEXT_FIELDS = frozenset().union(*(spec.free_texts() for spec in SPECS.values()))
_FINER_CODES: Final = request_codes()
"""A rule of ours may name the code of its answer as the type of its error."""

_JSON_TYPES: Final = {
    "string": "string",
    "int": "integer",
    "float": "number",
    "finite": "number",
    "bool": "boolean",
    "dict": "object",
    "model": "object",
    "list": "array",
}
"""By the first word of the error's type."""
_BOUNDS: Final = {
    "greater_than_equal": ("minimum", "ge"),
    "less_than_equal": ("maximum", "le"),
    "string_too_short": ("minLength", "min_length"),
    "string_too_long": ("maxLength", "max_length"),
    "too_short": ("minItems", "min_length"),
    "too_long": ("maxItems", "max_length"),
}


def unknown_parameter(name: str, known: Sequence[str]) -> dict[str, Any]:
    """As Pydantic would write that a query parameter is none of the route's."""
    context = {
        "name": shown(name),
        "suggestion": suggestion(name, known),
        "near": nearest(name, known),
        "known": list(known),
    }
    return {"type": UNKNOWN_PARAMETER, "loc": ("query", name), "msg": "", "ctx": context}


def explain(error: Mapping[str, Any], language: Language = "en") -> str:
    """One sentence out of a Pydantic error: which field, what is wrong, what to do."""
    field, kind = field_of(error), error["type"]
    if kind in _FINER_CODES:
        return _of_a_rule(field, kind, error["msg"], language)
    about = sentences.ABOUT_A_FIELD if field else sentences.ABOUT_THE_BODY
    sentence: str = getattr(about.get(kind, sentences.OTHERWISE), language)
    return sentence.format(field=field or "The body", **_context(error, language))


def detail(error: Mapping[str, Any], language: Language) -> FieldProblem:
    """The same for programs."""
    within = [field_of(error)]
    if error["type"] == UNKNOWN_FIELD:
        within.append(error["ctx"]["name"])
    return FieldProblem(
        field=".".join(filter(None, within)),
        reason=explain(error, language),
        allowed=_allowed(error["type"], error.get("ctx", {})),
    )


def code_of(error: Mapping[str, Any]) -> str:
    """The stable code of an answer about this error."""
    field = field_of(error)
    if field == "uuid":
        return "invalid_uuid"
    if error["type"] == "string_too_long" and field in _TEXT_FIELDS:
        return "text_too_long"
    if error["type"] == "too_long" and field in ("pronounce", "pronunciations"):
        return pronunciation.TOO_MANY
    return error["type"] if error["type"] in _FINER_CODES else RequestError.code


def field_of(error: Mapping[str, Any]) -> str:
    """`("body", "title_position", 0)` → `title_position.0`; empty for the body itself."""
    # Of a dictionary's entry Pydantic also says whether it means the key: "[key]".
    within = [part for part in error["loc"][1:] if part != "[key]"]
    # A JSON error is placed by its position in the text, which is no field.
    if within and isinstance(within[0], int):
        return ""
    return ".".join(shown(str(part)) for part in within)


def _of_a_rule(field: str, kind: str, said: str, language: Language) -> str:
    stop = "" if said.endswith("?") else "."
    sentence = f"{field}: {said}{stop}" if field else f"{said}{stop}"
    return sentence if language == "en" else in_chinese(kind, sentence)


def in_chinese(code: str, message: str) -> str:
    """The Chinese sentence of a code; of some only the message says what exactly is wrong."""
    # Few ask in Chinese of a function that was just started.
    from dh_core.errors.chinese import CODES, DETAILED  # noqa: PLC0415

    chinese = CODES.get(code, CODES["internal_error"])
    return f"{chinese}（{message}）" if code in DETAILED else chinese


def _context(error: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """What a sentence is filled in with."""
    context = dict(error.get("ctx", {}))
    if language == "en":
        return context
    if "error" in context:
        context["chinese"] = getattr(context["error"], "chinese", context["error"])
    if "near" in context:
        known = "、".join(context["known"])
        context["instead"] = (
            f"，是不是 {context['near']}？"
            if context["near"]
            else (f"，可用的有：{known}。" if known else "，请去掉。")
        )
    if "expected" in context:
        context["choices"] = "、".join(_choices(context["expected"]))
    return context


def _allowed(kind: str, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the field takes, in the words of JSON Schema, where the error knows."""
    if kind in _BOUNDS:
        name, bound = _BOUNDS[kind]
        return {name: context[bound]}
    if "expected" in context:
        return {"enum": _choices(context["expected"])}
    if "known" in context:
        return {"enum": context["known"]}
    first, _, rest = kind.partition("_")
    return {"type": _JSON_TYPES[first]} if rest and first in _JSON_TYPES else None


def _choices(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected)
