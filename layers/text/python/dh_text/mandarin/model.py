"""The learnt numbers of the reading: `polyphones.npz`, written by `training/polyphones`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dh_text.mandarin.lexicon import Lexicon
from dh_text.mandarin.network import Network
from dh_text.mandarin.polyphones import Polyphones

PATH = Path(__file__).with_name("polyphones.npz")


def load(frequencies: Mapping[str, int], path: Path = PATH) -> Polyphones:
    """`frequencies`: jieba's dictionary, which says what is a word."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    rare = {word: readings for word, *readings in _rows(arrays["rare"])}
    usual = dict(_pairs(arrays["usual"]))
    return Polyphones(
        network=_network(arrays),
        lexicon=Lexicon(frequencies, rare, usual),
        readings={character: readings for character, *readings in _rows(arrays["readings"])},
        surnames=dict(_pairs(arrays["surnames"])),
        weights=arrays["weights"].astype(np.float32) * float(arrays["weight_step"]),
    )


def _network(arrays: dict[str, NDArray[Any]]) -> Network:
    embedding = arrays["embedding"] * arrays["embedding_steps"][:, None].astype(np.float32)
    names = ("inward", "recurrent", "gate_bias", "hidden", "hidden_bias", "output", "output_bias")
    return Network(
        vocabulary={row[0]: at for at, row in enumerate(_rows(arrays["vocabulary"]))},
        readings={row[0]: at for at, row in enumerate(_rows(arrays["outputs"]))},
        embedding=embedding.astype(np.float32),
        **{name: arrays[name].astype(np.float32) for name in names},
    )


def _rows(text: NDArray[Any]) -> list[list[str]]:
    """A table that is stored as the bytes of its lines."""
    return [line.split(" ") for line in text.tobytes().decode().splitlines()]


def _pairs(text: NDArray[Any]) -> list[tuple[str, str]]:
    return [(character, reading) for character, reading in _rows(text)]
