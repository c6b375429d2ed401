"""A text sentence by sentence, and a sentence word by word, as they are said.

A sentence without any Chinese that is English has its figures in English; in a Chinese sentence so
has a run of English words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

from dh_core.specs.ssml import PLAIN, Prosody
from dh_text import figures, mandarin
from dh_text.cleaning import PARAGRAPH, clean
from dh_text.hints import BREAKS, MARKS, PROSODIES, WORDS, Hints
from dh_text.mandarin import sandhi
from dh_text.sentences import divided, is_english

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = r"[A-Za-z\u00c0-\u024f]"
LATIN_RUN = re.compile(rf"({_LATIN}(?:(?:{_LATIN}|['’.& -])*{_LATIN})?)")
_PHRASE = re.compile(rf"[\u3400-\u9fff{PROSODIES}{WORDS}]+|[{BREAKS}]|[^\u3400-\u9fff{MARKS}]+")
_GIVEN = "given"
"""In place of the tag of a word whose reading the request gives."""
_SAID = re.compile(rf"[^\W_]|[{WORDS}]")
_UNIT = re.compile(rf"[\u3400-\u9fff]+|[{WORDS}]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A normalised sentence with its final punctuation.

    `paragraph` counts from 0; `read` is the fraction of the text up to its end.
    """

    text: str
    paragraph: int
    read: float


class Kind(Enum):
    """What a token is made of."""

    HAN = auto()
    """A word with its pinyin."""
    LATIN = auto()
    """Latin words or figures, read as English."""
    MARK = auto()
    """Punctuation: a rest, or nothing."""
    BREAK = auto()
    """A pause of given length."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is said, or a mark.

    `readings`: a syllable of pinyin with its spoken tone (`hao3`; 5 is neutral) for each character
    of a Chinese word; a hinted word may have any number. `seconds` of a break are beside the rest
    that is made there anyway; 0: no rest at all.
    """

    kind: Kind
    text: str
    readings: tuple[str, ...] = ()
    prosody: Prosody = PLAIN
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words that are read together, whatever prosody changes between or within them.

    `letters`: characters, and signs of words whose reading is given; `changes`: the prosody that
    holds from a letter on; `before`, `after`: the rest of the sentence.
    """

    letters: str
    changes: Mapping[int, Prosody]
    before: str
    after: str

    def units(self) -> Iterator[mandarin.Run]:
        for found in _UNIT.finditer(self.letters):
            before, after = self.letters[: found.start()], self.letters[found.end() :]
            yield mandarin.Run(found[0], self.before + before, after + self.after)


_Read = Iterator[list[mandarin.Word]]
"""The words of each run of Chinese, in the order of the text."""


def prepare() -> None:
    """Load what reading needs, which the first text would otherwise wait for (0.8 s)."""
    mandarin.prepare()
    figures.prepare()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the text of one request."""

    hints: Hints

    def sentences(self, text: str) -> Iterator[Sentence]:
        """The text of a script sentence by sentence, each normalised when it is asked for.

        Figures are in words of the sentence's language; what `hints` asks for are signs, and each
        sentence begins with that of the prosody which holds there. Raises UnsupportedLanguage
        before the first.
        """
        holds, pauses = "", ""
        for sentence in self._sentences(text):
            carried = holds + pauses + sentence.text
            pauses = ""
            if not _SAID.search(carried):  # "……" alone: its pauses come before the next words
                pauses = "".join(re.findall(f"[{BREAKS}]", carried))
                carried = re.sub(f"[{BREAKS}]", "", carried)
            yield replace(sentence, text=carried)
            holds = self.hints.holding(carried)

    def _sentences(self, text: str) -> Iterator[Sentence]:
        plain = self.plain(text)
        english_text = is_english(plain)
        done = 0
        for paragraph, line in enumerate(plain.split(PARAGRAPH)):
            for written in divided(line, english_text=english_text):
                done += len(written.text)
                for spoken in written.spoken():
                    yield Sentence(spoken, paragraph, min(done / max(len(plain), 1), 1.0))
            done += len(PARAGRAPH)

    def plain(self, text: str) -> str:
        """The part of a script's text that is read out, with signs of `hints`."""
        return self.hints.mark(clean(self.hints.placed(text)))

    def tokens(self, text: str) -> Iterator[Token]:
        """A sentence of `sentences`, or a part of one, word by word."""
        for sentence in self.tokens_of([text]):
            yield from sentence

    def tokens_of(self, texts: Sequence[str]) -> Iterator[list[Token]]:
        """Several sentences, whose readings are looked for in one go: that is faster."""
        pieces = [list(self._pieces(text)) for text in texts]
        phrases = [one for parts in pieces for one in parts if isinstance(one, _Phrase)]
        runs = [run for phrase in phrases for run in phrase.units() if _HAN.match(run.text)]
        read = iter(mandarin.dictionary_readings(runs))
        for parts in pieces:
            yield list(self._spoken(parts, read))

    def _spoken(self, pieces: Iterable[Token | _Phrase], read: _Read) -> Iterator[Token]:
        prosody = PLAIN
        for piece in pieces:
            for found in [piece] if isinstance(piece, Token) else self._chinese(piece, read):
                if isinstance(found, Prosody):
                    prosody = found
                else:
                    yield replace(found, prosody=prosody)

    def _pieces(self, text: str) -> Iterator[Token | _Phrase]:
        start = 0
        for run in LATIN_RUN.split(text):
            if LATIN_RUN.fullmatch(run.strip()):
                yield Token(Kind.LATIN, run.strip())
                start += len(run)
                continue
            start += len(run) - len(run.lstrip())
            for found in _PHRASE.finditer(run.strip()):
                phrase, at = found[0], start + found.start()
                if re.match(f"[{BREAKS}]", phrase):
                    yield Token(Kind.BREAK, "", seconds=self.hints.seconds(phrase))
                elif not re.match(f"[\u3400-\u9fff{MARKS}]", phrase):
                    is_figure = any(character.isdigit() for character in phrase)
                    yield Token(Kind.LATIN if is_figure else Kind.MARK, phrase)
                else:
                    yield self._phrase(phrase, text[:at], text[at + len(phrase) :])
            start += len(run.lstrip())

    def _phrase(self, text: str, before: str, after: str) -> _Phrase:
        changes: dict[int, Prosody] = {}
        letters = ""
        for character in text:
            if re.match(f"[{PROSODIES}]", character):
                changes[len(letters)] = self.hints.prosody(character)
            else:
                letters += character
        return _Phrase(letters, changes, _said(before), _said(after))

    def _chinese(self, phrase: _Phrase, read: _Read) -> Iterator[Token | Prosody]:
        at = 0
        for token, length in self._words(phrase, read):
            for start, stop in pairwise(
                [0, *(n for n in range(1, length) if at + n in phrase.changes), length]
            ):
                if at + start in phrase.changes:
                    yield phrase.changes[at + start]
                whole = stop - start == length
                yield token if whole else _part(token, start, stop)
            at += length
        if at in phrase.changes:
            yield phrase.changes[at]

    def _words(self, phrase: _Phrase, read: _Read) -> Iterator[tuple[Token, int]]:
        """Words, and how many characters stand for each; given readings rule their neighbours."""
        words: list[mandarin.Word] = []
        for unit, _, _ in phrase.units():
            if _HAN.match(unit):
                words += next(read)
            else:
                given = self.hints.reading(unit)
                words.append(mandarin.Word(unit * len(given), _GIVEN, list(given)))
        sandhi.apply(words)
        for word in words:
            if word.tag != _GIVEN:
                yield Token(Kind.HAN, word.text, tuple(word.readings)), len(word.text)
            else:
                unit = word.text[0]
                yield Token(Kind.HAN, self.hints.word(unit), self.hints.reading(unit)), 1


def _said(text: str) -> str:
    """A text without signs of how it is said, which would part a character from its neighbours."""
    return re.sub(f"[{PROSODIES}{BREAKS}]", "", text)


def _part(token: Token, start: int, stop: int) -> Token:
    return replace(token, text=token.text[start:stop], readings=token.readings[start:stop])
