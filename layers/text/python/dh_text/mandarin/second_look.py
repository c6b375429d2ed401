"""Another opinion where the log-linear model is in doubt: what the encoder makes of the sentence.

It is asked for few places, so that it costs little; for them it is right more often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dh_text.mandarin.encoder import Encoder

Array = NDArray[Any]

DOUBT = 1.5
"""How far the likeliest reading must be ahead of the next for no second look, in log-odds.

Few places are below, and they bring what a look at every place brings (`train.py --check`).
"""


@dataclass(frozen=True)
class SecondLook:
    """Linear readouts of the encoder's states.

    `rows`: where the readings of a character begin in `readouts` (readings, units) and `leanings`
    (readings); only of those that the model alone was seen to misread. `centre`, `spread`: mean and
    deviation of the states, by unit.
    """

    encoder: Encoder
    rows: Mapping[str, int]
    readouts: Array
    leanings: Array
    centre: Array
    spread: Array

    def opinions(self, texts: Sequence[str], places: Sequence[int], counts: Sequence[int]) -> Array:
        """What to add to the log-odds of each of the `counts` readings of each place, in a row."""
        states = directions(self.encoder.states(texts, places), self.centre, self.spread)
        opinions = []
        for text, at, count, state in zip(texts, places, counts, states, strict=True):
            first = self.rows[text[at]]
            readings = slice(first, first + count)
            opinions.append(self.readouts[readings] @ state + self.leanings[readings])
        return np.concatenate(opinions)


def directions(states: Array, centre: Array, spread: Array) -> Array:
    """States by their direction alone: (places, units), each of length 1."""
    scaled = (states - centre) / spread
    result: Array = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    return result
