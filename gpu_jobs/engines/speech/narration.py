"""What was spoken group by group, put together to one speech with its pauses and levels."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np

from dh_core.specs.ssml import Script
from gpu_jobs.audio.mastering import SampleBuffer
from gpu_jobs.audio.speech import Phoneme, Said, Speech
from gpu_jobs.engines.speech.phonemes.pauses import Gap, gaps_of, rest_between, silence
from gpu_jobs.engines.speech.phonemes.spoken import Pieces
from gpu_jobs.engines.speech.phonemes.timing import shift
from gpu_jobs.engines.speech.phonemes.wording import (
    SpokenPiece,
    spoken_pieces,
    syllables_of,
    words_of,
)
from gpu_jobs.engines.speech.prosody import Prosody
from gpu_jobs.engines.speech.stretches import gains, stretches


class Narration:
    """In memory that does not grow with the sound. Use as a context manager; `finish` once."""

    def __init__(self, text: str, prosody: Prosody, sample_rate: int) -> None:
        self._text = text
        self._prosody = prosody
        self._rate = sample_rate
        self._buffer = SampleBuffer(sample_rate)
        self._said: list[SpokenPiece] = []
        self._spoken_text = ""
        self._last: tuple[Gap, float, float] | None = None
        """What follows the last sound, how long its group rests, and its speed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._buffer.__exit__(kind, error, traceback)

    def add(self, spoken: Speech, pieces: Pieces, pause: float, text: str) -> None:
        """A group as it was spoken, the silence around it cut; `pause` at natural speed.

        Raises MediaTooLong.
        """
        parts, gaps = stretches(pieces, self._prosody), gaps_of(pieces)
        if self._last is None:
            self._be_silent(sum(gaps[0].breaks))
        else:
            last, last_pause, speed = self._last
            rest = rest_between(last_pause, last, gaps[0], speed)
            self._buffer.append(silence(rest, self._rate))
        phonemes = shift(spoken.phonemes, self._buffer.length / self._rate)
        self._said += spoken_pieces(pieces, phonemes)
        self._spoken_text += text
        levels = gains(spoken.phonemes, parts, len(spoken.samples), self._rate)
        self._buffer.append(spoken.samples, levels)
        self._last = gaps[-1], pause, parts[-1].prosody.speed

    def so_far(self, read: float) -> Said:
        """All of it until now, `read` of the text, up to the last sound; not mastered."""
        return Said(Speech(self._buffer.kept(), self._rate, self._phonemes()), read, whole=False)

    def finish(self) -> Speech:
        """All of it, mastered."""
        after = sum(self._last[0].breaks) if self._last else 0.0
        self._be_silent(after + Script(self._text, self._prosody.marks).last_pause)
        return Speech(
            self._buffer.finish(),
            self._rate,
            self._phonemes(),
            syllables_of(self._said),
            words_of(self._text, self._said),
            self._spoken_text.strip(),
        )

    def _phonemes(self) -> tuple[Phoneme, ...]:
        return tuple(phoneme for one in self._said for phoneme in one.phonemes)

    def _be_silent(self, seconds: float) -> None:
        self._buffer.append(np.zeros(round(seconds * self._rate), dtype=np.float32))
