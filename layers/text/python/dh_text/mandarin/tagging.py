"""jieba's words with their parts of speech, its search for unknown words in numpy.

That search takes jieba up to a millisecond a character. Here it runs over arrays: the same sums in
the same order, and of equal ones the same choice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

import jieba.posseg
import numpy as np
from jieba.posseg import pair
from jieba.posseg.viterbi import MIN_FLOAT
from numpy.typing import NDArray

Array = NDArray[Any]
State = tuple[str, str]
"""Place of a character in its word (B, M, E, S), and the word's tag."""


class Tagger(jieba.posseg.POSTokenizer):  # type: ignore[misc] # jieba has no types
    """Divides and tags as its base does, faster."""

    def __init__(self, tokenizer: jieba.Tokenizer) -> None:
        super().__init__(tokenizer)
        self._search = _Search()

    def load_word_tag(self, file: IO[bytes]) -> None:
        """The dictionary's tags; 40 MB less than its base takes, by sharing words and tags."""
        words = {word: word for word in self.tokenizer.FREQ}
        self.word_tag_tab = {}
        with file:
            for line in file:
                word, _, tag = line.decode().split()
                self.word_tag_tab[words.get(word, word)] = sys.intern(tag)

    def _POSTokenizer__cut(self, characters: str) -> Iterator[Any]:  # noqa: N802 its base's name
        """Words of a stretch that the dictionary does not know."""
        states = self._search.likeliest(characters)
        begin = done = 0
        for at, (place, tag) in enumerate(states):
            if place == "B":
                begin = at
            elif place in "ES":
                yield pair(characters[begin if place == "E" else at : at + 1], tag)
                done = at + 1
        if done < len(characters):
            yield pair(characters[done:], states[done][1])


class _Search:
    """Viterbi's algorithm over jieba's hidden Markov model."""

    def __init__(self) -> None:
        model = jieba.posseg
        self._states: Sequence[State] = sorted(model.trans_P)  # the last of equals is chosen
        number = {state: at for at, state in enumerate(self._states)}
        self._starts = np.array([model.start_P[state] for state in self._states])
        self._moves = np.full((len(number), len(number)), -np.inf)
        for state, moves in model.trans_P.items():
            for following, chance in moves.items():
                self._moves[number[state], number[following]] = chance
        self._possible = np.isfinite(self._moves)
        self._goes_on = self._possible.any(1)
        self._emissions = [model.emit_P[state] for state in self._states]
        self._all = np.arange(len(number))
        self._known = {
            character: np.array(sorted(number[state] for state in states))
            for character, states in model.char_state_tab_P.items()
        }

    def likeliest(self, characters: str) -> list[State]:
        """The state of each character."""
        at = self._known.get(characters[0], self._all)
        sums = self._starts[at] + self._emitted(characters[0], at)
        trail = []
        for character in characters[1:]:
            left, sums = at[self._goes_on[at]], sums[self._goes_on[at]]
            at = self._reached(character, left)
            through = sums[:, None] + self._moves[left[:, None], at] + self._emitted(character, at)
            best = len(left) - 1 - np.argmax(through[::-1], axis=0)
            sums = through[best, np.arange(len(at))]
            trail.append((at, left[best]))
        last = at[len(at) - 1 - int(np.argmax(sums[::-1]))]
        path = [last]
        for at, came in reversed(trail):
            path.append(came[np.searchsorted(at, path[-1])])
        return [self._states[one] for one in reversed(path)]

    def _reached(self, character: str, left: Array) -> Array:
        """States that a character can have after those: what is known of it, or else any."""
        possible = self._possible[left].any(0)
        known = self._known.get(character, self._all)
        reached = known[possible[known]]
        return reached if len(reached) else np.flatnonzero(possible)

    def _emitted(self, character: str, states: Array) -> Array:
        return np.array([self._emissions[one].get(character, MIN_FLOAT) for one in states])
