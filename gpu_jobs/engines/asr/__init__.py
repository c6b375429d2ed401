"""Speech to text with the time of every word: for subtitles of recorded speech.

An optional set (`make setup-asr`): jobs must do without it when `setup` raises AsrUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import DigitalHumanError
from gpu_jobs.audio.speech import TimedText

SAMPLE_RATE = 16_000


class AsrUnavailable(DigitalHumanError):
    """Speech recognition is not installed on this machine. Never the task's failure."""

    code = "asr_unavailable"
    default_message = "Speech recognition is not installed; run `make setup-asr`."


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. The words together are the text; both are empty where nobody speaks.

    `language`: ISO 639-1, as recognised. Chinese is written in simplified characters.
    """

    text: str
    language: str
    words: tuple[TimedText, ...]


class Transcriber(Protocol):
    """What a job may ask of a recogniser."""

    def setup(self) -> None:
        """Load the model; a second call does nothing. Raises AsrUnavailable."""
        ...

    def transcribe(
        self,
        samples: NDArray[np.float32],
        report: Callable[[float], None],
        language: str | None = None,
    ) -> Transcript:
        """Write down mono speech of SAMPLE_RATE; `report` is called with the finished fraction.

        `language` (`zh`) where it is known; otherwise it is heard.
        """
        ...
