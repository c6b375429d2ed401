"""What the reading is learnt from: the network of g2pM, labelled sentences, two dictionaries."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dh_text.mandarin.lexicon import tone3

MARK = "\u2581"
_LABELLED = re.compile(r"(.)(?:\[(\w+)\])?")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and the reading of the character at `at`."""

    text: str
    at: int
    reading: str


def cpp(folder: Path, part: str) -> Iterator[Example]:
    """CPP (Park & Lee 2020): the character between two marks, `u:` for ü."""
    sentences = (folder / f"{part}.sent").read_text(encoding="utf-8").splitlines()
    labels = (folder / f"{part}.lb").read_text(encoding="utf-8").split()
    for sentence, label in zip(sentences, labels, strict=True):
        yield Example(sentence.replace(MARK, ""), sentence.index(MARK), label.replace("u:", "v"))


def everyday(path: Path) -> Iterator[Example]:
    """Our own sentences: a reading in brackets behind each character that it belongs to."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pairs = [found.groups() for found in _LABELLED.finditer(line)]
        text = "".join(character for character, _ in pairs)
        for at, (_, reading) in enumerate(pairs):
            if reading:
                yield Example(text, at, reading)


def dictionary(path: Path) -> dict[str, list[str]]:
    """`json/complete.json` of @pinyin-pro/data: word to its readings."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    words = {word: [tone3(one) for one in pinyin.split()] for word, (pinyin, _) in entries.items()}
    return {word: readings for word, readings in words.items() if len(word) == len(readings)}


def rare_and_usual(
    words: dict[str, list[str]],
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Words that read a character otherwise than most, and how most read it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word, readings in words.items():
        for character, reading in zip(word, readings, strict=True):
            counts[character][reading] += 1
    usual = {character: count.most_common(1)[0][0] for character, count in counts.items()}
    rare = {
        word: readings
        for word, readings in words.items()
        if len(word) > 1
        and any(
            usual[character] != reading and character not in "一不"
            for character, reading in zip(word, readings, strict=True)
        )
    }
    return rare, usual


def g2pm() -> dict[str, Any]:
    """The package's arrays by the names that `dh_text.mandarin.network` gives them."""
    folder = files("g2pM")

    def unpickled(name: str) -> Any:
        return pickle.loads((folder / name).read_bytes())  # noqa: S301 a package that pip checked

    state = unpickled("np_ckpt.pkl")
    lstm = {
        name: np.stack([state[f"lstm.{name}_l0"], state[f"lstm.{name}_l0_reverse"]])
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    return {
        "vocabulary": _by_index(unpickled("char2idx.pkl")),
        "outputs": [one.replace("u:", "v") for one in _by_index(unpickled("class2idx.pkl"))],
        "embedding": state["embedding.weight"],
        "inward": _turned(lstm["weight_ih"]),
        "recurrent": _turned(lstm["weight_hh"]),
        "gate_bias": lstm["bias_ih"] + lstm["bias_hh"],
        "hidden": state["logit_layer.0.weight"].T,
        "hidden_bias": state["logit_layer.0.bias"],
        "output": state["logit_layer.2.weight"].T,
        "output_bias": state["logit_layer.2.bias"],
    }


def _by_index(index: dict[str, int]) -> list[str]:
    return sorted(index, key=index.__getitem__)


def _turned(weights: NDArray[Any]) -> NDArray[Any]:
    turned: NDArray[Any] = weights.transpose(0, 2, 1)
    return turned
