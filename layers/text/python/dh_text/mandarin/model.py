"""The learnt numbers of the reading: `polyphones.npz`; `encoder.npz`, which set-up makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dh_text.mandarin.encoder import Encoder, FourBit, Layer
from dh_text.mandarin.lexicon import Lexicon
from dh_text.mandarin.network import Network
from dh_text.mandarin.polyphones import Polyphones
from dh_text.mandarin.second_look import SecondLook

PATH = Path(__file__).with_name("polyphones.npz")
ENCODER_PATH = Path(__file__).with_name("encoder.npz")
MATRICES = ("q", "k", "v", "ao", "fi", "fo")
"""Of a layer of the encoder: query, key, value, their output; the two dense ones."""

VECTORS = (*(f"{name}.b" for name in MATRICES), "aln.w", "aln.b", "oln.w", "oln.b")


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
        second_look=_second_look(arrays) if "readouts" in arrays else None,
    )


def _second_look(arrays: Mapping[str, NDArray[Any]]) -> SecondLook:
    counts = {character: len(told) for character, *told in _rows(arrays["readings"])}
    rows, first = {}, 0
    for (character,) in _rows(arrays["misread"]):
        rows[character] = first
        first += counts[character]
    return SecondLook(
        encoder=encoder(),
        rows=rows,
        readouts=arrays["readouts"] * arrays["readout_steps"].astype(np.float32)[:, None],
        leanings=arrays["leanings"].astype(np.float32),
        centre=arrays["centre"],
        spread=arrays["spread"],
    )


def encoder(path: Path = ENCODER_PATH) -> Encoder:
    if not path.exists():
        raise FileNotFoundError(f"{path.name} is made at set-up; run `make setup`.")
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}

    def four_bit(name: str) -> FourBit:
        return FourBit(arrays[f"{name}.nibbles"], arrays[f"{name}.steps"])

    def layer(number: int) -> Layer:
        matrices = {name: four_bit(f"{number}.{name}").rows() for name in MATRICES}
        return Layer(
            {name: np.ascontiguousarray(matrix.T) for name, matrix in matrices.items()},
            {name: arrays[f"{number}.{name}"] for name in VECTORS},
        )

    return Encoder(
        pieces={row[0]: at for at, row in enumerate(_rows(arrays["pieces"]))},
        scores=arrays["scores"].tolist(),
        embedding=four_bit("embedding"),
        positions=arrays["positions"],
        norm=(arrays["norm.w"], arrays["norm.b"]),
        layers=[layer(number) for number in range(int(arrays["layers"]))],
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
