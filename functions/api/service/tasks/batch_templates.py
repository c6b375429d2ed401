"""A task's request with `{variables}`, filled in once for each row of a list. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dh_core.errors import FieldFault, InvalidRequest
from dh_core.field_rules import nearest, shown
from dh_core.specs.roles import Words
from dh_core.specs.task_types import SPECS

Row = Mapping[str, str | int | float]

_NAMED_BESIDES: Final = ("uuid", "user_id")
"""By which the results are told apart."""
_PARTS: Final = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^\W\d]\w{0,63})\}|(?P<wrong>[{}])")
_MOST_FAULTS: Final = 20


def filled(template: Mapping[str, Any], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The template's fields once for each row; only texts and names hold variables.

    In SSML a value is text, never a tag. Raises InvalidRequest (`variable_malformed`,
    `variable_missing`, `variable_unknown`) that names what is wrong: then no task is made.
    """
    texts = {name: template[name] for name in _fields(template)}
    _raise_any(_stray_braces(texts))
    used = {match["name"] for text in texts.values() for match in _PARTS.finditer(text)} - {None}
    _raise_any(_unfit(rows, used))
    marked = template.get("text_type") == "ssml"
    spoken = set(_words(template, spoken=True)) if marked else set()
    return [
        {**template, **{name: _fill(text, row, name in spoken) for name, text in texts.items()}}
        for row in rows
    ]


def _fields(template: Mapping[str, Any]) -> list[str]:
    """Those in which variables may stand."""
    names = [*_words(template), *_NAMED_BESIDES]
    return [name for name in names if isinstance(template.get(name), str)]


def _words(template: Mapping[str, Any], *, spoken: bool = False) -> list[str]:
    spec = SPECS.get(str(template.get("task_type")))
    said = spec.fields_with(Words) if spec else {}
    return [name for name, words in said.items() if words.spoken or not spoken]


def _fill(text: str, row: Row, is_markup: bool) -> str:
    def value(match: re.Match[str]) -> str:
        if match["brace"]:
            return match["brace"][0]
        written = str(row[match["name"]])
        return html.escape(written) if is_markup else written

    return _PARTS.sub(value, text)


def _stray_braces(texts: Mapping[str, str]) -> Iterator[FieldFault]:
    for name, text in texts.items():
        for match in _PARTS.finditer(text):
            if match["wrong"]:
                around = shown(text[max(match.start() - 10, 0) : match.end() + 10])
                yield FieldFault(
                    f"template.{name}",
                    f"template.{name}: a brace belongs to no variable in {around}; "
                    f"write {{name}}, or {match['wrong'] * 2} for a brace.",
                    "variable_malformed",
                )


def _unfit(rows: Sequence[Row], used: set[str]) -> Iterator[FieldFault]:
    for at, row in enumerate(rows):
        for name in sorted(used - row.keys()):
            place = f"variables.{at}.{name}"
            yield FieldFault(
                place,
                f"{place} is missing; the template has {{{name}}}.",
                "variable_missing",
            )
        for name in sorted(row.keys() - used):
            place = f"variables.{at}.{shown(name)}"
            near = nearest(name, used)
            instead = f"did you mean {near}?" if near else "leave it out."
            yield FieldFault(
                place, f"{place} is not in the template; {instead}", "variable_unknown"
            )


def _raise_any(faults: Iterator[FieldFault]) -> None:
    found = [fault for fault, _ in zip(faults, range(_MOST_FAULTS), strict=False)]
    if found:
        raise InvalidRequest(found[0].reason, code=found[0].code, faults=found)
