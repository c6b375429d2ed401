"""Speech with the time of every sound in it: what synthesis gives and lips, subtitles need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One symbol of the speech engine's alphabet (IPA-like) and its time in seconds."""

    symbol: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class TimedText:
    """A stretch of text (a word, a syllable) and when it is spoken, in seconds."""

    text: str
    start: float
    end: float


TimedT = TypeVar("TimedT", bound=TimedText)


@dataclass(frozen=True, slots=True)
class Syllable(TimedText):
    """A syllable; `pinyin` as it is said (`hao3`, 5 is neutral), None for a Latin word's."""

    pinyin: str | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono sound and, where it was synthesised, what is spoken when.

    `samples`: float32, shape (N,), in [-1, 1]. The rest is empty for recorded speech. Words are the
    given text cut in pieces, so that together they are that text: punctuation stays with its word,
    and a number is one word. Syllables are what was said: for "2026年" 二 零 二 六 年, and
    `spoken_text` is all of it with its punctuation.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    phonemes: tuple[Phoneme, ...] = ()
    syllables: tuple[Syllable, ...] = ()
    words: tuple[TimedText, ...] = ()
    spoken_text: str = ""
    warnings: tuple[str, ...] = ()
    """Codes of what was asked for and may not have been done."""

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    def since(self, seconds: float) -> Self:
        """What sounds from a moment on, its times counted from there; sound and phonemes alone."""
        return replace(
            self,
            samples=self.samples[round(seconds * self.sample_rate) :],
            phonemes=tuple(
                replace(one, start=one.start - seconds, end=one.end - seconds)
                for one in self.phonemes
                if one.start >= seconds
            ),
            syllables=(),
            words=(),
        )

    def delayed(self, seconds: float) -> Self:
        """The same speech with everything said `seconds` later; the samples stay as they are."""
        return replace(
            self,
            phonemes=tuple(
                replace(one, start=one.start + seconds, end=one.end + seconds)
                for one in self.phonemes
            ),
            syllables=_delayed(self.syllables, seconds),
            words=_delayed(self.words, seconds),
        )


@dataclass(frozen=True, slots=True)
class Said:
    """How far a text has been spoken: `speech` is all of it up to here.

    `read`: which part of the text that is, 0 to 1. Until it is `whole` the speech ends with the
    last sound of a sentence, at the voice's own level and without words and syllables.
    """

    speech: Speech
    read: float = 1.0
    whole: bool = True


def _delayed(texts: tuple[TimedT, ...], seconds: float) -> tuple[TimedT, ...]:
    return tuple(replace(one, start=one.start + seconds, end=one.end + seconds) for one in texts)
