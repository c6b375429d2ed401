"""What a character means in its sentence: the lower layers of multilingual-e5-small, in numpy.

A transformer of BERT's kind (Wang et al. 2024, "Multilingual E5 Text Embeddings", MIT licence) over
SentencePiece's pieces (Kudo 2018, "Subword Regularization", unigram model). Weights:
`training/polyphones`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BLOCK = 32
"""Weights that share a step of the four-bit numbers."""

WINDOW = 12
"""Characters on either side of a place that are looked at."""

HEADS = 12
BATCH = 32
"""Places that are encoded side by side: more cost more memory and save no more time."""

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""The first pieces."""

LONGEST = 8
"""Characters of the longest piece."""

_START, _END, _UNKNOWN = 0, 2, 3
_UNSEEN = -30.0
"""Log-probability of a character without a piece: below that of every piece."""


@dataclass(frozen=True)
class FourBit:
    """A matrix whose rows are blocks of `BLOCK` weights: `step` times an integer from -8 to 7."""

    nibbles: Array
    """(rows, blocks, 16) bytes: the low halves are a block's first 16 weights."""
    steps: Array
    """(rows, blocks)"""

    def rows(self, wanted: Any = slice(None)) -> Array:
        """Some rows, or all: (rows, weights)."""
        nibbles = self.nibbles[wanted]
        weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
        weights *= self.steps[wanted].astype(np.float32)[..., None]
        rows: Array = weights.reshape(*weights.shape[:-2], -1)
        return rows


@dataclass(frozen=True)
class Layer:
    """Self-attention and two dense layers. Matrices are (inputs, outputs)."""

    matrices: Mapping[str, Array]
    vectors: Mapping[str, Array]

    def __call__(self, states: Array, mask: Array, at: Array | None = None) -> Array:
        """(batch, pieces, units) as they go on; of the pieces `at` alone where it is given.

        `mask` is -inf, shape (batch, 1, 1, pieces), where a row has no piece.
        """
        asking = states if at is None else states[np.arange(len(states)), at][:, None]
        query, key, value = (
            _heads(self._dense(name, rows))
            for name, rows in (("q", asking), ("k", states), ("v", states))
        )
        alike = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(query.shape[-1])) + mask
        alike = np.exp(alike - alike.max(-1, keepdims=True))
        alike /= alike.sum(-1, keepdims=True)
        heard = (alike @ value).swapaxes(1, 2).reshape(asking.shape)
        states = self._norm("aln", asking + self._dense("ao", heard))
        return self._norm("oln", states + self._dense("fo", _gelu(self._dense("fi", states))))

    def _dense(self, name: str, rows: Array) -> Array:
        result: Array = rows @ self.matrices[name] + self.vectors[f"{name}.b"]
        return result

    def _norm(self, name: str, rows: Array) -> Array:
        return normalised(rows, self.vectors[f"{name}.w"], self.vectors[f"{name}.b"])


@dataclass(frozen=True)
class Encoder:
    """`pieces`: the index of each; `scores`: their log-probabilities; `norm`: scale and shift."""

    pieces: Mapping[str, int]
    scores: Sequence[float]
    embedding: FourBit
    positions: Array
    norm: tuple[Array, Array]
    layers: Sequence[Layer]

    def states(self, texts: Sequence[str], places: Sequence[int]) -> Array:
        """The state of the character at a place of each text: (places, units)."""
        rows = [self.cut(text, at) for text, at in zip(texts, places, strict=True)]
        order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]))
        result = np.empty((len(rows), self.positions.shape[1]), np.float32)
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            result[batch] = self._encoded([rows[number] for number in batch])
        return result

    def cut(self, text: str, at: int) -> tuple[list[int], int]:
        """Pieces around a character, which is one by itself, and where among them it is."""
        before = self._divided(text[max(at - WINDOW, 0) : at])
        after = self._divided(text[at + 1 : at + 1 + WINDOW])
        alone = self.pieces.get(text[at], _UNKNOWN)
        return [_START, *before, alone, *after, _END], len(before) + 1

    def _divided(self, text: str) -> list[int]:
        """The likeliest pieces (Viterbi)."""
        text = "".join(map(_usual_form, text))
        best = [0.0] + [-np.inf] * len(text)
        begins = [0] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(start + LONGEST, len(text)) + 1):
                piece = self.pieces.get(text[start:end])
                if piece is None and end > start + 1:
                    continue
                score = best[start] + (_UNSEEN if piece is None else self.scores[piece])
                if score > best[end]:
                    best[end], begins[end] = score, start
        edges = [len(text)]
        while edges[-1]:
            edges.append(begins[edges[-1]])
        return [
            self.pieces.get(text[start:end], _UNKNOWN) for start, end in pairwise(reversed(edges))
        ]

    def _encoded(self, rows: Sequence[tuple[list[int], int]]) -> Array:
        lengths = np.array([len(ids) for ids, _ in rows])
        padded = np.full((len(rows), lengths.max()), _END)
        for line, (ids, _) in zip(padded, rows, strict=True):
            line[: len(ids)] = ids
        states = normalised(
            self.embedding.rows(padded) + self.positions[: padded.shape[1]], *self.norm
        )
        outside = np.arange(padded.shape[1]) >= lengths[:, None]
        mask = np.where(outside, np.float32(-1e9), np.float32(0))[:, None, None]
        for layer in self.layers[:-1]:
            states = layer(states, mask)
        last: Array = self.layers[-1](states, mask, np.array([at for _, at in rows]))
        return last[:, 0]


def normalised(rows: Array, scale: Array, shift: Array) -> Array:
    """Layer normalisation (Ba et al. 2016)."""
    centred = rows - rows.mean(-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(-1, keepdims=True) + 1e-12)
    result: Array = centred / spread * scale + shift
    return result


def _heads(rows: Array) -> Array:
    return rows.reshape(*rows.shape[:2], HEADS, -1).swapaxes(1, 2)


def _gelu(values: Array) -> Array:
    """By its approximation with tanh (Hendrycks & Gimpel 2016)."""
    inner = values * (np.float32(0.7978846) + np.float32(0.0356774) * values * values)
    result: Array = np.float32(0.5) * values * (1 + np.tanh(inner))
    return result


def _usual_form(character: str) -> str:
    """Full-width letters and marks as the model learnt them."""
    form = unicodedata.normalize("NFKC", character)
    return form if len(form) == 1 else character
