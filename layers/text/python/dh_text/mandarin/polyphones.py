"""Which reading a character with several has in its place: what all that is known adds up to.

A log-linear model weighs, for every reading that the character can have, the network's score, the
votes of the dictionaries, the words and characters around it with their parts of speech, and
whether it stands where surnames do. Its weights are learnt (`training/polyphones`), and looked up
by a hash of what they belong to (Weinberger et al. 2009, "Feature Hashing").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dh_text.mandarin.lexicon import Lexicon, Vote
from dh_text.mandarin.network import Network
from dh_text.mandarin.sandhi import Word

Array = NDArray[Any]
Features = tuple[Array, Array]
"""Where each weight stands, and what it is multiplied with."""

SLOT_BITS = 18
SLOTS = 1 << SLOT_BITS
"""Weights of the model: several times as many as it uses, so that few share a place."""

_AROUND = 0.6
"""Contexts are counted less than dictionaries: they are many, and each is seen a few times."""

_LEAST = -12.0
"""The network is never surer than this that a reading is wrong."""

_ERHUA = {"r5": "er5"}
"""CPP writes 花儿 as one syllable; ours are one for each character."""

_EDGE = "^"
_PERSON = ("nr", "nrt", "nrfg")


@dataclass(frozen=True)
class Phrase:
    """Words in their sentence. `edges`: where words begin and end in `text`."""

    text: str
    words: Sequence[Word]
    edges: Sequence[int]

    @classmethod
    def of(cls, words: Sequence[Word], before: str = "", after: str = "") -> Self:
        text = before + "".join(word.text for word in words) + after
        lengths = (len(word.text) for word in words)
        return cls(text, words, tuple(accumulate(lengths, initial=len(before))))

    def places(self) -> Iterator[Place]:
        """Every character of the words."""
        for number, (word, start) in enumerate(zip(self.words, self.edges, strict=False)):
            for offset in range(len(word.text)):
                yield Place(self, number, start, offset)


@dataclass(frozen=True, slots=True)
class Place:
    """A character of the word `number`, which starts at `start` of the text."""

    phrase: Phrase
    number: int
    start: int
    offset: int

    @property
    def at(self) -> int:
        return self.start + self.offset

    @property
    def word(self) -> Word:
        return self.phrase.words[self.number]

    @property
    def character(self) -> str:
        return self.word.text[self.offset]

    def near(self, distance: int) -> str:
        """A character beside it."""
        at = self.at + distance
        return self.phrase.text[at] if 0 <= at < len(self.phrase.text) else _EDGE

    def neighbour(self, distance: int) -> tuple[str, str]:
        """Text and tag of a word beside its own."""
        at = self.number + distance
        if 0 <= at < len(self.phrase.words):
            return self.phrase.words[at].text, self.phrase.words[at].tag
        return _EDGE, _EDGE


@dataclass(frozen=True)
class Polyphones:
    """The model. `readings`: those that each character can have; `surnames`: as a family name."""

    network: Network
    lexicon: Lexicon
    readings: Mapping[str, Sequence[str]]
    surnames: Mapping[str, str]
    weights: Array

    def decide(self, phrase: Phrase) -> None:
        """Correct the readings of a phrase's words in place."""
        places = []
        for place in phrase.places():
            if self.is_open(place):
                places.append(place)
            elif place.character in self.readings:
                place.word.readings[place.offset] = self.readings[place.character][0]
        if not places:
            return
        scores = self.network.scores(phrase.text, [place.at for place in places])
        for place, heard in zip(places, scores, strict=True):
            readings, chances = self.readings[place.character], self.chances(place, heard)
            options = self.features(place, chances)
            corrections = [self.weights[slots] @ values for slots, values in options]
            best = readings[int(np.argmax(chances + corrections))]
            place.word.readings[place.offset] = _ERHUA.get(best, best)

    def is_open(self, place: Place) -> bool:
        return len(self.readings.get(place.character, ())) > 1

    def features(self, place: Place, chances: Array) -> list[Features]:
        """For each reading of the character what speaks for it."""
        character, readings = place.character, self.readings[place.character]
        votes = list(self.lexicon.votes(place.phrase.text, place.at))
        around = np.array([_hash(context) for context in _contexts(place)], dtype=np.uint32)
        result = []
        for reading, chance in zip(readings, chances, strict=True):
            pair = character + reading
            own = dict(_of_network(place, chance))
            for vote in votes:
                if vote.reading == reading:
                    share = 1 / sum(vote.source == other.source for other in votes)
                    for name in _of_vote(vote, place, pair):
                        own[name] = own.get(name, 0) + share
            own[f"bias {pair}"] = 1
            for name in self._of_surname(place, reading):
                own[name] = 3
            alone = np.array([_hash(name) for name in own], dtype=np.uint32)
            slots = _slots(np.concatenate([alone, around + np.uint32(_hash(pair))]))
            values = np.array([*own.values(), *[_AROUND] * len(around)], dtype=np.float32)
            result.append((slots, values))
        return result

    def chances(self, place: Place, heard: Array) -> Array:
        """Log-probability that the network gives each reading of the character."""
        known, readings = self.network.readings, self.readings[place.character]
        scores = np.array([heard[known[one]] if one in known else -30.0 for one in readings])
        scores = scores - scores.max()
        chances: Array = np.maximum(scores - np.log(np.exp(scores).sum()), _LEAST)
        return chances

    def _of_surname(self, place: Place, reading: str) -> Iterator[str]:
        surname = self.surnames.get(place.character)
        if surname is None:
            return
        said = "surname" if surname == reading else "word"
        kind = place.word.tag if place.word.tag in _PERSON else "other"
        yield f"{said} {kind} {min(place.offset, 1)} {min(len(place.word.text), 3)}"
        if place.near(-1) in "姓叫氏":
            yield f"{said} after"


def _contexts(place: Place) -> Iterable[str]:
    """Words, characters and tags around a place."""
    word, offset = place.word, place.offset
    before, before_tag = place.neighbour(-1)
    after, after_tag = place.neighbour(1)
    alone = "alone" if len(word.text) == 1 else offset
    near = place.near
    return (
        f"tag {word.tag} {alone}",
        f"tag before {before_tag}",
        f"tag after {after_tag}",
        f"tags {before_tag} {after_tag}",
        f"word {word.text} {offset}",
        f"word before {before}",
        f"word after {after}",
        f"-1 {near(-1)}",
        f"-2 {near(-2)}",
        f"-21 {near(-2)}{near(-1)}",
        f"+1 {near(1)}",
        f"+2 {near(2)}",
        f"+12 {near(1)}{near(2)}",
    )


def _of_network(place: Place, chance: float) -> Iterator[tuple[str, float]]:
    length = min(len(place.phrase.text) // 6, 3)  # it knows less of short texts
    yield f"network {length}", chance
    yield f"network near {length}", max(chance, -2.0)
    yield f"network {place.character} {length}", 0.4 * max(chance, -6.0)


def _of_vote(vote: Vote, place: Place, pair: str) -> Iterator[str]:
    text, edges = place.phrase.text, place.phrase.edges
    fits = f"{vote.start in edges} {vote.end in edges}"
    yield vote.source
    yield f"{vote.source} {min(vote.end - vote.start, 4)} {fits}"
    yield f"{vote.source} {pair}"
    yield f"{vote.source} {text[vote.start : vote.end]} {place.at - vote.start}"


def _hash(name: str) -> int:
    return crc32(name.encode())


def _slots(hashes: Array) -> Array:
    """Where weights stand: the high bits of a product, which hang on all bits of a hash."""
    spread: Array = (hashes * np.uint32(2654435761)) >> np.uint32(32 - SLOT_BITS)
    return spread
