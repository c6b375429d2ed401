"""What a sentence says about the reading of its characters: the network of g2pM, in numpy.

One bidirectional LSTM over characters and two dense layers (Park & Lee 2020, "g2pM: A Neural
Grapheme-to-Phoneme Conversion Package for Mandarin Chinese", Interspeech). Weights:
`training/polyphones`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WINDOW = 48
"""Characters read in one go, so that a text without any mark costs no more than one with marks."""

MARGIN = 12
"""Context on either side of them: eight characters read as well as whole sentences (cpp/dev)."""

BATCH = 64
"""Windows that are read side by side. More of them cost more memory and save no more time."""

_UNKNOWN, _START, _END = 1, 2, 3


@dataclass(frozen=True, slots=True)
class _Window:
    """Characters of a text from `start` on, of which the first `margin` are context."""

    text: int
    start: int
    margin: int
    ids: Sequence[int]


@dataclass(frozen=True)
class Network:
    """`vocabulary`: index of each character in `embedding`; `readings`: pinyin of each output."""

    vocabulary: Mapping[str, int]
    readings: Mapping[str, int]
    embedding: Array
    inward: Array
    """Weights from the embedding to the gates, forwards and backwards: (2, characters', gates)."""
    recurrent: Array
    gate_bias: Array
    hidden: Array
    hidden_bias: Array
    output: Array
    output_bias: Array

    def scores(self, texts: Sequence[str], places: Sequence[Sequence[int]]) -> Array:
        """The score of every reading for each of the characters at `places` of each text, in a row.

        Shape: (places, readings).
        """
        read = zip(self._states(texts), places, strict=True)
        states = np.concatenate([rows[list(at)] for rows, at in read])
        hidden = np.maximum(states @ self.hidden + self.hidden_bias, 0)
        scores: Array = hidden @ self.output + self.output_bias
        return scores

    def _states(self, texts: Sequence[str]) -> list[Array]:
        """What stands on both sides of each character: (characters, 2 × units) for each text."""
        states = [np.empty((len(text), 2 * self.recurrent.shape[1]), np.float32) for text in texts]
        windows = sorted(
            (window for number, text in enumerate(texts) for window in self._windows(number, text)),
            key=lambda window: len(window.ids),
        )
        for first in range(0, len(windows), BATCH):
            batch = windows[first : first + BATCH]
            lengths = np.array([len(window.ids) for window in batch])
            padded = np.zeros((len(batch), lengths.max()), dtype=np.int32)
            for window, line in zip(batch, padded, strict=True):
                line[: len(window.ids)] = window.ids
            for window, rows in zip(batch, self._both_ways(padded, lengths), strict=True):
                kept = states[window.text][window.start : window.start + WINDOW]
                kept[:] = rows[window.margin : window.margin + len(kept)]
        return states

    def _windows(self, number: int, text: str) -> Iterator[_Window]:
        ids = [_START, *(self.vocabulary.get(one, _UNKNOWN) for one in text), _END]
        for start in range(0, len(text), WINDOW):
            begin = max(start + 1 - MARGIN, 0)
            cut = ids[begin : start + 1 + WINDOW + MARGIN]
            yield _Window(number, start, start + 1 - begin, cut)

    def _both_ways(self, padded: Array, lengths: Array) -> Array:
        steps = np.arange(padded.shape[1])
        turned = np.abs(lengths[:, None] - 1 - steps)  # what lies after a row's end is not used
        turned = np.minimum(turned, padded.shape[1] - 1)
        directions = np.stack([padded, np.take_along_axis(padded, turned, 1)])
        gates = self.embedding[directions] @ self.inward[:, None] + self.gate_bias[:, None, None]
        units = self.recurrent.shape[1]
        state = np.zeros((2, len(padded), units), dtype=np.float32)
        cell = state
        states = np.empty((*padded.shape[::-1], 2, units), dtype=np.float32)
        for step in steps:
            gate = gates[:, :, step] + state @ self.recurrent
            opened = _sigmoid(gate)
            cell = opened[..., units : 2 * units] * cell + opened[..., :units] * np.tanh(
                gate[..., 2 * units : 3 * units]
            )
            state = opened[..., 3 * units :] * np.tanh(cell)
            states[step] = state.transpose(1, 0, 2)
        forwards = states[:, :, 0].transpose(1, 0, 2)
        backwards = np.take_along_axis(states[:, :, 1].transpose(1, 0, 2), turned[..., None], 1)
        return np.concatenate([forwards, backwards], axis=2)


def _sigmoid(values: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-values))
    return result
