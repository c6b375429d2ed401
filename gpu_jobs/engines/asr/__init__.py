"""Speech to text with the time of every word: for subtitles of recorded speech.

An optional set (`make setup-asr`): jobs must do without it when `load` raises AsrUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import DigitalHumanError
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.telemetry import metrics
from gpu_jobs.weights.store import WeightsMissing, WeightStore

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


def load(weights: WeightStore, threads: int = 2) -> Transcriber:
    """The recogniser (1 s, 0.3 GB); raises AsrUnavailable where it is not installed."""
    try:
        from gpu_jobs.engines.asr.whisper import WhisperTranscriber  # noqa: PLC0415  # optional

        with metrics.loading("whisper"):
            return WhisperTranscriber(weights, threads)
    except (ImportError, WeightsMissing) as error:
        raise AsrUnavailable from error
