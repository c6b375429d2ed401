"""The words of recorded speech and their times, where speech recognition is installed."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import DigitalHumanError
from dh_core.limits import MAX_TRANSCRIBED_SECONDS
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines import asr
from gpu_jobs.engines.registry import ASR
from gpu_jobs.jobs.job import StageReport
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.weights.store import WeightStore

logger = logging.getLogger(__name__)


class SubtitlesUnavailable(DigitalHumanError):
    """A recording cannot be written down here. A warning in the result: the task goes on."""

    code = "subtitles_unavailable"
    default_message = "Subtitles of this recording are not available."


class Listener:
    """Hears what recordings say. The recogniser is loaded by the first one."""

    def __init__(self, weights: WeightStore, threads: int) -> None:
        self._weights = weights
        self._threads = threads

    def words(self, recording: Path, seconds: float, report: StageReport) -> tuple[TimedText, ...]:
        """What is said when; empty if nobody speaks. Raises SubtitlesUnavailable."""
        if seconds > MAX_TRANSCRIBED_SECONDS:
            logger.info("no subtitles: the recording has %.0f s", seconds)
            raise SubtitlesUnavailable
        try:
            transcriber = self._transcriber
        except asr.AsrUnavailable as error:
            logger.warning("no subtitles: %s", error.message)
            raise SubtitlesUnavailable from error
        transcript = transcriber.transcribe(read_audio(recording, asr.SAMPLE_RATE), report)
        logger.info("heard %d words in %s", len(transcript.words), transcript.language)
        return transcript.words

    def text(self, samples: NDArray[np.float32], report: StageReport) -> str | None:
        """What is said in mono speech of `asr.SAMPLE_RATE`.

        None if nobody speaks, or where speech recognition is not installed.
        """
        try:
            transcriber = self._transcriber
        except asr.AsrUnavailable as error:
            logger.info("what a reference says stays unknown: %s", error.message)
            return None
        return transcriber.transcribe(samples, report).text.strip() or None

    @cached_property
    def _transcriber(self) -> asr.Transcriber:
        return ASR.load(ASR.default, self._weights, self._threads)
