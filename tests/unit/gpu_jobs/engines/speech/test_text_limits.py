"""A text of the greatest length is read in bounded time, whatever it consists of.

Processor time, so that a busy machine changes little; the speaking itself is proportional to the
speech, which `SampleBuffer` bounds.
"""

from __future__ import annotations

import time

import numpy as np
import pytest

from dh_core.errors import JobError, MediaTooLong
from dh_core.limits import MAX_SPEECH_SECONDS, MAX_TEXT_CHARACTERS
from dh_text import reader
from dh_text.hints import Hints
from gpu_jobs.audio.mastering import SampleBuffer
from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.speech.phonemes import front_end
from gpu_jobs.engines.speech.phonemes.spoken import Piece
from gpu_jobs.engines.speech.phonemes.wording import (
    SpokenPiece,
    spoken_pieces,
    syllables_of,
    words_of,
)
from gpu_jobs.media.subtitles.captions import to_cues

MOST_SECONDS = 60.0
"""Of processor time, on a busy and slow machine; the slowest takes a few seconds on an idle one."""

REPEATED = {
    "spaced digits": "1 2 3 4 5 6 7 8 9 0 ",
    "an address": "a.",
    "marks over letters": "a\u0301\u0302",
    "one character": "的",
    "mixed scripts": "我用GPU跑AI 3.5倍の",
    "halves of surrogates": "好\ud800",
}


def of_length(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def seconds_to_read(text: str, vocabulary: dict[str, int]) -> float:
    """From the text to its subtitles, all but the speaking."""
    started = time.process_time()
    try:
        said: list[SpokenPiece] = []
        for group in front_end.to_groups(text, vocabulary):
            said += spoken_pieces(group.pieces, sounds(group.pieces, 0.1 * len(said)))
        syllables_of(said)
        words = words_of(text, said)
        to_cues(words, 0.1 * len(said) + 60.0)
    except JobError:
        pass  # refused with a code, which must not take long either
    return time.process_time() - started


def sounds(pieces: tuple[Piece, ...], start: float) -> tuple[Phoneme, ...]:
    count = sum(piece.sounds for piece in pieces)
    return tuple(Phoneme("a", start + 0.05 * at, start + 0.05 * (at + 1)) for at in range(count))


@pytest.mark.parametrize("kind", REPEATED)
def test_the_longest_text_is_read_in_time_that_grows_with_its_length(
    kind: str, vocabulary: dict[str, int]
) -> None:
    reader.prepare()
    half = seconds_to_read(of_length(REPEATED[kind], MAX_TEXT_CHARACTERS // 2), vocabulary)
    whole = seconds_to_read(of_length(REPEATED[kind], MAX_TEXT_CHARACTERS), vocabulary)
    assert whole < MOST_SECONDS
    # Twice the text may take three times as long; four times would be a square.
    assert whole < 3 * half + 1.0


def test_aliases_cannot_make_a_text_longer_than_may_be_spoken(vocabulary: dict[str, int]) -> None:
    text = of_length("a ", MAX_TEXT_CHARACTERS)
    with pytest.raises(MediaTooLong, match="shorten"):
        front_end.check(text, vocabulary, Hints({"a": "ninety nine bottles of beer on the wall"}))


def test_a_speech_beyond_the_limit_ends_when_it_reaches_it() -> None:
    rate = 100
    with SampleBuffer(rate) as buffer:
        buffer.append(np.zeros(round(MAX_SPEECH_SECONDS * rate), np.float32))
        with pytest.raises(MediaTooLong, match="30 minutes"):
            buffer.append(np.zeros(1, np.float32))
