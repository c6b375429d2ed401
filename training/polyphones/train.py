"""Learn which reading a character has, and write `dh_text/mandarin/polyphones.npz`.

    .venv/bin/python -m training.polyphones.train --cpp FOLDER --dictionary complete.json

`--check` learns from four fifths of cpp/dev at a time and judges by the fifth instead of writing.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pypinyin_dict.pinyin_data import ktghz2013, kxhc1983

from dh_core.specs import pinyin
from dh_text.mandarin import model
from dh_text.mandarin.lexicon import tone3
from dh_text.mandarin.polyphones import SLOTS, Phrase, Place, Polyphones, leads
from dh_text.mandarin.second_look import DOUBT
from dh_text.mandarin.words import CONTEXT, HAN_RUN, frequencies, segmented
from training.polyphones import sources
from training.polyphones.fit import Choice, fitted
from training.polyphones.readouts import Seen, trust
from training.polyphones.sources import Example

Array = NDArray[Any]
FOLDER = Path(__file__).parent
FOLDS = 5
EVERYDAY_WEIGHT = 1.0
"""How much one of our own sentences counts. What CPP gains with less is within chance (.1 %)."""

WEIGHT_STEP = 1 / 24
"""Weights are stored as multiples of this in a byte: up to 5.3, finer than any of them is known."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cpp", type=Path, required=True, help="folder with dev.sent and dev.lb")
    parser.add_argument("--dictionary", type=Path, required=True, help="complete.json")
    parser.add_argument("--check", action="store_true", help="cross-validate, write nothing")
    asked = parser.parse_args()
    ours = list(sources.everyday(FOLDER / "everyday.txt"))
    theirs = list(sources.cpp(asked.cpp, "dev"))
    arrays = _arrays(asked.dictionary, ours + theirs)
    with TemporaryDirectory() as folder:
        untrained = _stored(arrays, np.zeros(SLOTS), Path(folder, "untrained.npz"))
    learner = _Learner(list(_choices(untrained, theirs)), _everyday(untrained, ours))
    print(learner.report(len(theirs)))
    if not asked.check:
        arrays |= learner.second_look()
        _stored(arrays, learner.weights(), model.PATH)
        print(f"{model.PATH}: {model.PATH.stat().st_size / 1e6:.2f} MB")


def _arrays(dictionary: Path, examples: Iterable[Example]) -> dict[str, Any]:
    network = sources.g2pm()
    rare, usual = sources.rare_and_usual(sources.dictionary(dictionary))
    seen: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        seen[example.text[example.at]].add(example.reading)
    readings = {
        character: sorted(options | _listed(character, network["outputs"]))
        for character, options in seen.items()
    }
    open_characters = set(readings)
    rare = {word: told for word, told in rare.items() if open_characters & set(word)}
    embedding = network.pop("embedding")
    steps = np.maximum(np.abs(embedding).max(1) / 127, 1e-6)
    return {
        "vocabulary": _table([one] for one in network.pop("vocabulary")),
        "outputs": _table([one] for one in network.pop("outputs")),
        "embedding": np.round(embedding / steps[:, None]).astype(np.int8),
        "embedding_steps": steps.astype(np.float16),
        **{name: array.astype(np.float16) for name, array in network.items()},
        "readings": _table([character, *told] for character, told in readings.items()),
        "surnames": _table(
            line.split() for line in (FOLDER / "surnames.txt").read_text().splitlines()
        ),
        "rare": _table([word, *told] for word, told in rare.items()),
        "usual": _table([one, usual[one]] for one in sorted(open_characters & set(usual))),
    }


def _listed(character: str, outputs: Sequence[str]) -> set[str]:
    """Readings in 通用规范汉字表 and 现代汉语词典 (1983) that the network can give."""
    tables = (ktghz2013.pinyin_dict, kxhc1983.pinyin_dict)
    listed = ",".join(table.get(ord(character), "") for table in tables)
    found = {tone3(one) for one in listed.split(",") if one} & set(outputs)
    return {one for one in found if pinyin.parse(one)}


def _table(rows: Iterable[Sequence[str]]) -> Array:
    return np.frombuffer("\n".join(map(" ".join, rows)).encode(), dtype=np.uint8)


def _stored(arrays: dict[str, Any], weights: Array, path: Path) -> Polyphones:
    """Written and read again, so that what is judged is what is used."""
    stored = np.clip(np.round(weights / WEIGHT_STEP), -127, 127).astype(np.int8)
    np.savez_compressed(path, **arrays, weights=stored, weight_step=WEIGHT_STEP)
    return model.load(frequencies(), path)


def _everyday(untrained: Polyphones, examples: Sequence[Example]) -> list[Choice]:
    return [replace(one, weight=EVERYDAY_WEIGHT) for one in _choices(untrained, examples)]


def _choices(untrained: Polyphones, examples: Iterable[Example]) -> Iterator[Choice]:
    for part in _batches(examples, 1000):
        places = [_place(example) for example in part]
        texts = [place.phrase.text for place in places]
        scores = untrained.network.scores(texts, [[place.at] for place in places])
        for place, example, heard in zip(places, part, scores, strict=True):
            if not untrained.is_open(place):
                continue
            right = untrained.readings[place.character].index(example.reading)
            chances = untrained.chances([place], heard[None])
            features = untrained.features(place, chances)
            yield Choice(chances, features, right, place.phrase.text, place.at)


def _batches(examples: Iterable[Example], size: int) -> Iterator[list[Example]]:
    left = iter(examples)
    while batch := list(islice(left, size)):
        yield batch


def _place(example: Example) -> Place:
    """The run of Chinese characters around the example, as a text is divided when it is read."""
    run = next(found for found in re.finditer(HAN_RUN, example.text) if found.end() > example.at)
    before = example.text[: run.start()][-CONTEXT:]
    phrase = Phrase.of(segmented(run[0]), before, example.text[run.end() :][:CONTEXT])
    at = example.at - run.start() + len(before)
    return next(place for place in phrase.places() if place.at == at)


class _Learner:
    """Learns from all choices; and for each fifth of cpp/dev from all others, to judge by it."""

    def __init__(self, theirs: list[Choice], ours: list[Choice]) -> None:
        self._theirs, self._ours = theirs, ours
        self._seen = Seen.of(model.encoder(), theirs + ours)
        fold = np.random.default_rng(0).integers(0, FOLDS, len(theirs))
        self._totals = [np.zeros(0)] * len(theirs)
        self._opinions = [(np.zeros(0), 0.0)] * len(theirs)
        for number in range(FOLDS):
            self._judge(np.flatnonzero(fold == number), np.flatnonzero(fold != number))
        self._trust = trust(self._totals, self._opinions, [choice.right for choice in theirs])

    def _judge(self, judged: Array, learnt: Array) -> None:
        weights = fitted([*(self._theirs[at] for at in learnt), *self._ours])
        ours = len(self._theirs) + np.arange(len(self._ours))
        readouts = self._seen.readouts(np.r_[learnt, ours])
        for at in judged:
            self._totals[at] = self._theirs[at].totals(weights)
            self._opinions[at] = self._seen.opinion(readouts, at)

    def report(self, sentences: int) -> str:
        """Shares of all `sentences`: a character without a choice is read as its labels say."""
        again = [
            total + self._trust.of(examples) * opinion
            for total, (opinion, examples) in zip(self._totals, self._opinions, strict=True)
        ]
        doubtful = leads(np.concatenate(self._totals), np.array(list(map(len, again)))) < DOUBT
        doubtful &= [choice.character in self.misread for choice in self._theirs]
        rights = [choice.right for choice in self._theirs]
        first = np.array([one.argmax() for one in self._totals]) == rights
        second = np.array([one.argmax() for one in again]) == rights
        both = np.where(doubtful, second, first)
        shares = [1 - (~right).sum() / sentences for right in (first, second, both)]
        return (
            f"cpp/dev, cross-validated: {shares[0]:.4f}; with a second look at every place "
            f"{shares[1]:.4f}, at the {doubtful.mean():.1%} in doubt {shares[2]:.4f}"
        )

    @property
    def misread(self) -> list[str]:
        """Characters that the model alone read wrongly where they were judged."""
        wrong = {
            choice.character
            for choice, total in zip(self._theirs, self._totals, strict=True)
            if total.argmax() != choice.right
        }
        return sorted(wrong)

    def weights(self) -> Array:
        return fitted(self._theirs + self._ours)

    def second_look(self) -> dict[str, Array]:
        """Its arrays in `polyphones.npz`."""
        found = self._seen.readouts(np.arange(len(self._seen.choices)))
        known = [found[character] for character in self.misread]
        trusts = [self._trust.of(np.log(one.examples)) for one in known]
        rows = np.concatenate(
            [one.directions.T * trusted for one, trusted in zip(known, trusts, strict=True)]
        )
        leanings = [one.leanings * trusted for one, trusted in zip(known, trusts, strict=True)]
        steps = np.maximum(np.abs(rows).max(1) / 127, 1e-6)
        return {
            "misread": _table(self.misread),
            "readouts": np.round(rows / steps[:, None]).astype(np.int8),
            "readout_steps": steps.astype(np.float32),
            "leanings": np.concatenate(leanings).astype(np.float32),
            "centre": self._seen.centre,
            "spread": self._seen.spread,
        }


if __name__ == "__main__":
    main()
