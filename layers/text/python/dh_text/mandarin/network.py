"""What a sentence says about the reading of its characters: the network of g2pM, in numpy.

One bidirectional LSTM over characters and two dense layers (Park & Lee 2020, "g2pM: A Neural
Grapheme-to-Phoneme Conversion Package for Mandarin Chinese", Interspeech). Weights:
`training/polyphones`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

WINDOW = 48
"""Characters read in one go, so that a text without any mark costs no more than one with marks."""

MARGIN = 12
"""Context on either side of them: eight characters read as well as whole sentences (cpp/dev)."""

_UNKNOWN, _START, _END = 1, 2, 3


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

    def scores(self, text: str, places: Sequence[int]) -> Array:
        """For each of the characters at `places` the score of every reading: (places, readings)."""
        states = self._states(text)[list(places)]
        hidden = np.maximum(states @ self.hidden + self.hidden_bias, 0)
        scores: Array = hidden @ self.output + self.output_bias
        return scores

    def _states(self, text: str) -> Array:
        """What stands on both sides of each character: (characters, 2 × units)."""
        known = self.vocabulary
        ids = [_START, *(known.get(character, _UNKNOWN) for character in text), _END]
        starts = range(0, len(text), WINDOW)
        cuts = [slice(max(at + 1 - MARGIN, 0), at + 1 + WINDOW + MARGIN) for at in starts]
        rows = [ids[cut] for cut in cuts]
        lengths = np.array([len(row) for row in rows])
        padded = np.zeros((len(rows), lengths.max()), dtype=np.int32)
        for row, line in zip(rows, padded, strict=True):
            line[: len(row)] = row
        states = self._both_ways(padded, lengths)
        kept = [
            states[number, at + 1 - cut.start :][: min(WINDOW, len(text) - at)]
            for number, (at, cut) in enumerate(zip(starts, cuts, strict=True))
        ]
        return np.concatenate(kept)

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
