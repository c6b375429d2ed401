"""An SSML document as a `Script`, by the standard library's expat.

Whatever is wrong in it is named with its line and column. A document type is refused, so no entity
can be declared.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal
from xml.parsers import expat

from dh_core.field_rules import shown, suggestion
from dh_core.specs.ssml import values
from dh_core.specs.ssml.script import (
    PLAIN,
    Break,
    Mark,
    Phoneme,
    Prosody,
    ProsodyChange,
    SayAs,
    Script,
    Sub,
)
from dh_core.specs.ssml.written import Writer

TextType = Literal["plain", "ssml"]

MAX_DEPTH: Final = 20
MAX_BREAKS_SECONDS: Final = 600.0
"""Of all breaks together."""

_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "speak": ("version", "xmlns", "xml:lang", "xmlns:xsi", "xsi:schemaLocation", "xmlns:mstts"),
    "p": (),
    "s": (),
    "break": ("time", "strength"),
    "phoneme": ("alphabet", "ph"),
    "say-as": ("interpret-as", "format", "detail"),
    "prosody": ("rate", "pitch", "volume"),
    "sub": ("alias",),
}
_NEEDED: Final = {"phoneme": "ph", "say-as": "interpret-as", "sub": "alias"}
_AROUND_TEXT_ALONE: Final = frozenset({"break", *_NEEDED})
"""Tags that hold no others."""
_INSTEAD: Final = {
    "voice": "choose the voice with the request's field voice_id",
    "emphasis": "write prosody with rate, pitch or volume",
    "audio": "only a text can be spoken",
    "lang": "Chinese and English are told apart without it",
    "mark": "the timeline tells when each word is spoken",
}

_TAG: Final = re.compile(
    r"""<!--.*?-->|<\?.*?\?>|<!\[CDATA\[|\]\]>|<(?:[^<>"']|"[^"]*"|'[^']*')*>""", re.S
)
_ENTITY: Final = re.compile(r"&#?\w+;")
_codes = expat.errors.codes
_OUTSIDE: Final = {
    _codes[expat.errors.XML_ERROR_SYNTAX],
    _codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT],
}
_MISMATCH: Final = _codes[expat.errors.XML_ERROR_TAG_MISMATCH]
_CUT_OFF: Final = {_codes[expat.errors.XML_ERROR_NO_ELEMENTS], _MISMATCH}
_UNKNOWN_ENTITY: Final = _codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]


class SsmlError(ValueError):
    """What is wrong with a document, where, and what to write instead."""

    def __init__(self, line: int, column: int, fault: str) -> None:
        super().__init__(f"line {line}, column {column}: {fault.rstrip('.')}")
        self.line = line
        self.column = column


def read(text: str, text_type: TextType) -> Script:
    """A request's text; raises SsmlError where it is a document with a fault."""
    return parse(text) if text_type == "ssml" else Script(text)


def blanked(text: str, text_type: TextType) -> str:
    """A request's text without tags and entities; spaces keep every place what it was."""
    if text_type == "plain":
        return text
    untagged = _TAG.sub(lambda tag: " " * len(tag[0]), text)
    return _ENTITY.sub(lambda one: html.unescape(one[0]).ljust(len(one[0])), untagged)


@lru_cache(maxsize=8)
def parse(document: str) -> Script:
    """Read a document; raises SsmlError."""
    return _Reading().of(document)


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag that is not closed yet."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    column: int
    prosody: Prosody


class _Reading:
    """One run of expat over a document."""

    def __init__(self) -> None:
        self._expat = expat.ParserCreate("utf-8")  # whatever its declaration says
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._opened
        self._expat.EndElementHandler = self._closed
        self._expat.CharacterDataHandler = self._said
        self._expat.StartDoctypeDeclHandler = self._no_doctype
        self._open: list[_Open] = []
        self._marks: list[Mark] = []
        self._text = Writer()
        self._pauses = 0.0

    def of(self, document: str) -> Script:
        try:
            self._expat.Parse(document.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise self._explained(error, document) from None
        script = Script(self._text.text, tuple(map(self._before_its_word, self._marks)))
        if not re.search(r"\w", script.words):
            raise SsmlError(1, 1, "<speak> holds nothing to say; put the text into it")
        return script

    def _opened(self, tag: str, attributes: dict[str, str]) -> None:
        self._check(tag, attributes)
        line, column = self._position
        prosody = self._open[-1].prosody if self._open else PLAIN
        with _placed(tag, line, column):
            if tag == "prosody":
                prosody = _asked(attributes).within(prosody)
                self._marks.append(ProsodyChange(*self._here, prosody))
            elif tag == "break":
                self._marks.append(self._pause(attributes))
        if tag == "p":
            self._text.end_paragraph()
        elif tag in _NEEDED:
            self._text.begin_word()
        self._open.append(_Open(tag, attributes, line, column, prosody))

    def _closed(self, tag: str) -> None:
        closed = self._open.pop()
        if tag == "p":
            self._text.end_paragraph()
        elif tag == "s":
            stop = self._text.missing_stop()
            self._marks += [Sub(*self._here, stop)] if stop else []
        elif tag == "prosody":
            self._marks.append(ProsodyChange(*self._here, self._open[-1].prosody))
        elif tag in _NEEDED:
            with _placed(tag, closed.line, closed.column):
                self._marks.append(self._span(tag, closed.attributes))

    def _said(self, text: str) -> None:
        last = self._open[-1]
        if last.tag == "break" and text.strip():
            fault = "<break> holds no text; close it at once, as in <break/>"
            raise SsmlError(last.line, last.column, fault)
        self._text.add(text)

    def _check(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._fault(f"tags stand {MAX_DEPTH} deep in each other; close some before")
        if tag not in _ATTRIBUTES:
            hint = _INSTEAD.get(tag) or suggestion(tag, _ATTRIBUTES)
            raise self._fault(f"<{shown(tag)}> is not a tag here; {hint}")
        if (tag == "speak") == bool(self._open):
            what = "stands inside another tag" if self._open else "stands outside of <speak>"
            raise self._fault(f"<{tag}> {what}; the whole text stands in one <speak>…</speak>")
        if self._open and self._open[-1].tag in _AROUND_TEXT_ALONE:
            outer = self._open[-1].tag
            raise self._fault(f"<{tag}> stands inside <{outer}>; close <{outer}> before")
        for name in attributes:
            if name not in _ATTRIBUTES[tag]:
                hint = suggestion(name, _ATTRIBUTES[tag])
                raise self._fault(f"<{tag}> takes no {shown(name)}; {hint}")
        if tag in _NEEDED and _NEEDED[tag] not in attributes:
            raise self._fault(f'<{tag}> needs {_NEEDED[tag]}="…"')

    def _before_its_word(self, mark: Mark) -> Mark:
        """A pause between two paragraphs stands where the second begins."""
        at = mark.start
        while isinstance(mark, Break) and self._text.text[at : at + 1].isspace():
            at += 1
        return mark if at == mark.start else replace(mark, start=at, end=at)

    def _pause(self, attributes: Mapping[str, str]) -> Break:
        seconds = values.seconds(attributes.get("time"), attributes.get("strength"))
        self._pauses += seconds
        if self._pauses > MAX_BREAKS_SECONDS:
            raise ValueError(
                f"all breaks together are longer than {MAX_BREAKS_SECONDS:g} s; shorten them"
            )
        return Break(*self._here, seconds)

    def _span(self, tag: str, attributes: Mapping[str, str]) -> Mark:
        start, end = self._text.end_word()
        word = self._text.text[start:end]
        if tag == "sub":
            if not re.search(r"\w", attributes["alias"]):
                raise ValueError("the alias is empty; give the text that is read instead")
            return Sub(start, end, attributes["alias"])
        if tag == "phoneme":
            alphabet = attributes.get("alphabet", "pinyin")
            return Phoneme(start, end, values.syllables(word, attributes["ph"], alphabet))
        kind = values.kind(attributes["interpret-as"])
        form = attributes.get("format", "").strip().lower()
        values.check_content(word, kind, form)
        return SayAs(start, end, kind, form)

    @property
    def _here(self) -> tuple[int, int]:
        return self._text.length, self._text.length

    @property
    def _position(self) -> tuple[int, int]:
        return self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber + 1

    def _fault(self, fault: str) -> SsmlError:
        return SsmlError(*self._position, fault)

    def _no_doctype(self, *_declaration: object) -> None:
        raise self._fault("a document type is not read; leave <!DOCTYPE …> out")

    def _explained(self, error: expat.ExpatError, document: str) -> SsmlError:
        place = error.lineno, error.offset + 1
        if error.code == _MISMATCH:
            line = document.split("\n")[error.lineno - 1]
            end = re.match(r"[^\s<>/]*", line[error.offset :].removeprefix("</"))
            closed = end[0] if end else ""
            if closed not in {one.tag for one in self._open}:
                return SsmlError(*place, f"</{shown(closed)}> closes nothing; leave it out")
        if error.code in _CUT_OFF and self._open:
            last = self._open[-1]
            return SsmlError(
                last.line, last.column, f"<{last.tag}> is not closed; write </{last.tag}> after it"
            )
        begins_with_text = not document.startswith("<")
        if error.code in _OUTSIDE or begins_with_text:
            if begins_with_text:
                place = 1, 1
            return SsmlError(
                *place, "something stands outside of <speak>; put all text into <speak>…</speak>"
            )
        if error.code == _UNKNOWN_ENTITY:
            return SsmlError(*place, "the entity is unknown; write the character itself")
        return SsmlError(
            *place,
            f"this is no XML ({expat.ErrorString(error.code)}); "
            "write &lt; for <, &amp; for &, and quotes around values",
        )


@contextmanager
def _placed(tag: str, line: int, column: int) -> Iterator[None]:
    """Says of a value's fault in which tag it is."""
    try:
        yield
    except ValueError as error:
        raise SsmlError(line, column, f"<{tag}>: {error}") from None


def _asked(attributes: Mapping[str, str]) -> Prosody:
    """What the attributes of a `prosody` ask for."""
    rate, pitch, volume = (attributes.get(name) for name in ("rate", "pitch", "volume"))
    return Prosody(
        PLAIN.rate if rate is None else values.rate(rate),
        PLAIN.pitch if pitch is None else values.pitch(pitch),
        PLAIN.volume if volume is None else values.volume(volume),
    )
