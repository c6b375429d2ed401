"""What the encoder's states say of each reading: ridge regression, character by character."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from dh_text.mandarin.encoder import Encoder
from dh_text.mandarin.second_look import directions
from training.polyphones.fit import Choice

Array = NDArray[Any]

_RIDGE = 0.3
"""From .1 to 1 cpp/dev differs by no more than chance."""


@dataclass(frozen=True, slots=True)
class Readout:
    """`examples` sentences say how the readings (units, readings) and leanings (readings) are."""

    examples: int
    directions: Array
    leanings: Array


@dataclass(frozen=True)
class Seen:
    """Choices with the encoder's states at their places."""

    choices: Sequence[Choice]
    states: Array
    centre: Array
    spread: Array

    @classmethod
    def of(cls, encoder: Encoder, choices: Sequence[Choice]) -> Seen:
        states = encoder.states([one.text for one in choices], [one.at for one in choices])
        centre, spread = states.mean(0), states.std(0)
        return cls(choices, directions(states, centre, spread), centre, spread)

    def readouts(self, learnt: Array) -> dict[str, Readout]:
        """Of each character, from the choices at these places."""
        places = defaultdict(list)
        for at in learnt:
            places[self.choices[at].character].append(at)
        return {
            character: _ridge(
                self.states[at],
                np.array([self.choices[one].right for one in at]),
                len(self.choices[at[0]].options),
            )
            for character, at in places.items()
        }

    def opinion(self, readouts: Mapping[str, Readout], at: int) -> tuple[Array, float]:
        """On the readings of a choice, and the logarithm of how many examples it comes from."""
        choice = self.choices[at]
        known = readouts.get(choice.character)
        if known is None:
            return np.zeros(len(choice.options)), 0.0
        return self.states[at] @ known.directions + known.leanings, float(np.log(known.examples))


def _ridge(states: Array, right: Array, count: int) -> Readout:
    middle = states.mean(0)
    away = states - middle
    size = np.sqrt(np.square(away).sum(1).mean()) + 1e-6
    away = away / size
    alike = away @ away.T + 1
    pull = np.linalg.solve(alike + _RIDGE * np.eye(len(right)), np.eye(count)[right])
    found = away.T @ pull / size
    return Readout(len(right), found, pull.sum(0) - middle @ found)


@dataclass(frozen=True, slots=True)
class Trust:
    """How much an opinion counts beside the log-odds of the model, by the examples behind it."""

    base: float
    growth: float

    def of(self, log_examples: float) -> float:
        return max(self.base + self.growth * log_examples, 0.0)


def trust(
    totals: Sequence[Array], opinions: Sequence[tuple[Array, float]], right: Sequence[int]
) -> Trust:
    """The likeliest. All were found without the sentence that they are about."""

    def loss(weights: Array) -> float:
        unlikely = 0.0
        for total, (opinion, examples), at in zip(totals, opinions, right, strict=True):
            scores = weights[0] * total + (weights[1] + weights[2] * examples) * opinion
            top = scores.max()
            unlikely += top + np.log(np.exp(scores - top).sum()) - scores[at]
        return unlikely

    scale, base, growth = minimize(loss, np.array([1.0, 1.0, 0.0]), method="L-BFGS-B").x
    return Trust(base / scale, growth / scale)
