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
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pypinyin_dict.pinyin_data.ktghz2013 import pinyin_dict

from dh_text.mandarin import model
from dh_text.mandarin.lexicon import tone3
from dh_text.mandarin.polyphones import SLOTS, Phrase, Place, Polyphones
from dh_text.mandarin.words import CONTEXT, HAN_RUN, frequencies, segmented
from training.polyphones import sources
from training.polyphones.fit import Choice, fitted
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
    untrained = _stored(arrays, np.zeros(SLOTS))
    if asked.check:
        _check(untrained, ours, theirs)
        return
    weights = fitted([*_choices(untrained, theirs), *_everyday(untrained, ours)])
    _stored(arrays, weights)
    print(f"{model.PATH}: {model.PATH.stat().st_size / 1e6:.2f} MB, {len(ours + theirs)} examples")


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
    """Readings of a character in 通用规范汉字表 that the network can give."""
    listed = pinyin_dict.get(ord(character), "")
    return {tone3(one) for one in listed.split(",") if one} & set(outputs)


def _table(rows: Iterable[Sequence[str]]) -> Array:
    return np.frombuffer("\n".join(map(" ".join, rows)).encode(), dtype=np.uint8)


def _stored(arrays: dict[str, Any], weights: Array) -> Polyphones:
    """Written and read again, so that what is judged is what is used."""
    stored = np.clip(np.round(weights / WEIGHT_STEP), -127, 127).astype(np.int8)
    np.savez_compressed(model.PATH, **arrays, weights=stored, weight_step=WEIGHT_STEP)
    return model.load(frequencies())


def _everyday(untrained: Polyphones, examples: Sequence[Example]) -> list[Choice]:
    return [replace(one, weight=EVERYDAY_WEIGHT) for one in _choices(untrained, examples)]


def _choices(untrained: Polyphones, examples: Sequence[Example]) -> list[Choice]:
    return [choice for choice in _each(untrained, examples) if choice]


def _each(untrained: Polyphones, examples: Iterable[Example]) -> Iterator[Choice | None]:
    for part in _batches(examples, 1000):
        places = [_place(example) for example in part]
        texts = [place.phrase.text for place in places]
        scores = untrained.network.scores(texts, [[place.at] for place in places])
        for place, example, heard in zip(places, part, scores, strict=True):
            if not untrained.is_open(place):
                yield None
                continue
            right = untrained.readings[place.character].index(example.reading)
            chances = untrained.chances([place], heard[None])
            yield Choice(chances, untrained.features(place, chances), right)


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


def _check(untrained: Polyphones, ours: list[Example], theirs: list[Example]) -> None:
    extra = _everyday(untrained, ours)
    choices = list(_each(untrained, theirs))
    fold = np.random.default_rng(0).integers(0, FOLDS, len(choices))
    right = np.array([choice is None for choice in choices])
    for number in range(FOLDS):
        learnt = [one for one, at in zip(choices, fold, strict=True) if one and at != number]
        weights = fitted(learnt + extra)
        for at in np.flatnonzero(fold == number):
            choice = choices[at]
            if choice:
                right[at] = choice.chosen(weights) == choice.right
        share = right[fold == number].mean()
        print(f"fold {number}: {share:.4f}", flush=True)
    print(f"cpp/dev, cross-validated: {right.mean():.4f}")


if __name__ == "__main__":
    main()
