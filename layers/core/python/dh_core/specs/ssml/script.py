"""A text and what is asked for at places in it, whatever form the request had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["digits", "characters", "cardinal", "ordinal", "date", "time", "telephone"]


@dataclass(frozen=True, slots=True)
class Prosody:
    """`rate` is a factor, `pitch` in semitones, `volume` in decibels (-inf: silent)."""

    rate: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0

    def within(self, outer: Prosody) -> Prosody:
        """What both ask for together."""
        return Prosody(self.rate * outer.rate, self.pitch + outer.pitch, self.volume + outer.volume)


PLAIN = Prosody()


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is asked for text[start:end], or at one place."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phoneme(Mark):
    """How a word is read, in pinyin."""

    syllables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sub(Mark):
    """What is read in place of what is written."""

    alias: str


@dataclass(frozen=True, slots=True)
class SayAs(Mark):
    """What figures are; `form` is the order of a date's parts, such as "ymd"."""

    kind: Kind
    form: str


@dataclass(frozen=True, slots=True)
class Break(Mark):
    """Silence beside the pause that is made there anyway; of no length: no pause at all."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ProsodyChange(Mark):
    """How the text is spoken from here on."""

    prosody: Prosody


@dataclass(frozen=True, slots=True)
class Script:
    """`text` is what a reader sees; marks come in its order, and none inside another."""

    text: str
    marks: tuple[Mark, ...] = ()

    @property
    def words(self) -> str:
        """Everything that is seen or said."""
        return "\n".join([self.text, *(mark.alias for mark in self._subs())])

    @property
    def characters(self) -> int:
        """How long the text is as it is said."""
        subs = self._subs()
        return len(self.text) + sum(len(sub.alias) - (sub.end - sub.start) for sub in subs)

    @property
    def last_pause(self) -> float:
        """Seconds of silence after the last word."""
        breaks = [mark for mark in self.marks if isinstance(mark, Break)]
        return sum(one.seconds for one in breaks if one.start == len(self.text))

    def _subs(self) -> list[Sub]:
        return [mark for mark in self.marks if isinstance(mark, Sub)]
