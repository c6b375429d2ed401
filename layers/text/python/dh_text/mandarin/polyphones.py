"""Which reading a character with several has in its place: what all that is known adds up to.

A log-linear model weighs, for every reading that the character can have, the network's score, the
votes of the dictionaries, the words and characters around it with their parts of speech, and
whether it stands where surnames do. Its weights are learnt (`training/polyphones`), and looked up
by a hash of what they belong to (Weinberger et al. 2009, "Feature Hashing"). Where it is in doubt,
`second_look` has a say.
"""

from __future__ import annotations

from collections import Counter
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
from dh_text.mandarin.second_look import DOUBT, SecondLook

Array = NDArray[Any]
Features = tuple[Array, Array]
"""Where each weight stands, and what it is multiplied with."""

SLOT_BITS = 18
SLOTS = 1 << SLOT_BITS
"""Weights of the model: several times as many as it uses, so that few share a place."""

_AROUND = 0.6
"""Contexts are counted less than dictionaries: they are many, and each is seen a few times."""

_WORD = 0xFFFFFFFF
"""Hashes have 32 bits."""

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
    second_look: SecondLook | None = None

    def decide(self, phrases: Sequence[Phrase]) -> None:
        """Correct the readings of the words of phrases in place, all in one go."""
        texts, places = [], list[list[Place]]()
        for phrase in phrases:
            found = []
            for place in phrase.places():
                if self.is_open(place):
                    found.append(place)
                elif place.character in self.readings:
                    place.word.readings[place.offset] = self.readings[place.character][0]
            if found:
                texts.append(phrase.text)
                places.append(found)
        if not places:
            return
        scores = self.network.scores(texts, [[one.at for one in found] for found in places])
        self._choose([place for found in places for place in found], scores)

    def is_open(self, place: Place) -> bool:
        return len(self.readings.get(place.character, ())) > 1

    def _choose(self, places: Sequence[Place], scores: Array) -> None:
        counts = np.array([len(self.readings[place.character]) for place in places])
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        chances = self.chances(places, scores)
        options = [
            option
            for place, first, count in zip(places, firsts, counts, strict=True)
            for option in self._features(place, chances[first : first + count].tolist())
        ]
        hashes = np.array([one for named, _ in options for one in named], dtype=np.uint32)
        values = np.array([one for _, valued in options for one in valued], dtype=np.float32)
        begins = np.cumsum([0, *(len(named) for named, _ in options)])[:-1]
        totals = chances + np.add.reduceat(self.weights[_slots(hashes)] * values, begins)
        if self.second_look:
            self._look_again(self.second_look, places, totals, counts)
        for place, first, count in zip(places, firsts, counts, strict=True):
            best = int(np.argmax(totals[first : first + count]))
            reading = self.readings[place.character][best]
            place.word.readings[place.offset] = _ERHUA.get(reading, reading)

    def _look_again(
        self, look: SecondLook, places: Sequence[Place], totals: Array, counts: Array
    ) -> None:
        """Change the totals of places whose likeliest reading is not clearly ahead."""
        unsure: list[int] = np.flatnonzero(leads(totals, counts) < DOUBT).tolist()
        asked = [number for number in unsure if places[number].character in look.rows]
        if asked:
            texts = [places[one].phrase.text for one in asked]
            at = [places[one].at for one in asked]
            opinions = look.opinions(texts, at, counts[asked].tolist())
            totals[np.isin(np.repeat(np.arange(len(places)), counts), asked)] += opinions

    def chances(self, places: Sequence[Place], scores: Array) -> Array:
        """Log-probability that the network gives each reading of each character, in a row."""
        known = self.network.readings
        told = [self.readings[place.character] for place in places]
        counts = [len(readings) for readings in told]
        columns = np.array([known.get(one, -1) for readings in told for one in readings])
        heard = scores[np.repeat(np.arange(len(places)), counts), columns]
        heard = np.where(columns < 0, np.float32(-30), heard)
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
        heard = heard - np.repeat(np.maximum.reduceat(heard, firsts), counts)
        sums = np.log(np.add.reduceat(np.exp(heard), firsts))
        chances: Array = np.maximum(heard - np.repeat(sums, counts), _LEAST)
        return chances

    def features(self, place: Place, chances: Array) -> list[Features]:
        """For each reading of the character what speaks for it."""
        return [
            (_slots(np.array(hashes, dtype=np.uint32)), np.array(values, dtype=np.float32))
            for hashes, values in self._features(place, chances.tolist())
        ]

    def _features(
        self, place: Place, chances: Sequence[float]
    ) -> Iterator[tuple[list[int], list[float]]]:
        character = place.character
        votes = list(self.lexicon.votes(place.phrase.text, place.at))
        voters = Counter(vote.source for vote in votes)
        heard = [_hash(name) for name in _of_network(place)]
        around = [_hash(context) for context in _contexts(place)]
        for reading, chance in zip(self.readings[character], chances, strict=True):
            pair = character + reading
            hashes = [*heard, _hash(f"bias {pair}")]
            values = [chance, max(chance, -2.0), 0.4 * max(chance, -6.0), 1.0]
            for vote in votes:
                if vote.reading == reading:
                    named = [_hash(name) for name in _of_vote(vote, place, pair)]
                    hashes += named
                    values += [1 / voters[vote.source]] * len(named)
            named = [_hash(name) for name in self._of_surname(place, reading)]
            base = _hash(pair)
            hashes += [*named, *((one + base) & _WORD for one in around)]
            yield hashes, values + [3.0] * len(named) + [_AROUND] * len(around)

    def _of_surname(self, place: Place, reading: str) -> Iterator[str]:
        surname = self.surnames.get(place.character)
        if surname is None:
            return
        said = "surname" if surname == reading else "word"
        kind = place.word.tag if place.word.tag in _PERSON else "other"
        yield f"{said} {kind} {min(place.offset, 1)} {min(len(place.word.text), 3)}"
        if place.near(-1) in "姓叫氏":
            yield f"{said} after"


def leads(totals: Array, counts: Array) -> Array:
    """How far the best of each place's totals is ahead of its next: (places,)."""
    ranked = totals[np.lexsort((totals, np.repeat(np.arange(len(counts)), counts)))]
    best = np.cumsum(counts) - 1
    result: Array = ranked[best] - ranked[best - 1]
    return result


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


def _of_network(place: Place) -> Iterable[str]:
    """What its score counts as: at all, within its doubts, and for this character."""
    length = min(len(place.phrase.text) // 6, 3)  # it knows less of short texts
    character = place.character
    return f"network {length}", f"network near {length}", f"network {character} {length}"


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
