"""Which words a video's subtitles show, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dh_core.specs.task_types.compose import ComposeSpec
from gpu_jobs.audio.speech import TimedText
from gpu_jobs.engines.speech.phonemes import transcripts
from gpu_jobs.jobs.job import StageReport
from gpu_jobs.jobs.steps.speech import SpokenPart
from gpu_jobs.jobs.steps.transcription import Listener, SubtitlesUnavailable

IN_ORDER_WARNING = "subtitles_in_order"
"""The text is not, or cannot be told to be, what the audio says: it is shown while it speaks."""


@dataclass(frozen=True, slots=True)
class SubtitleWords:
    """Words with their times; none where there is nothing to show."""

    words: tuple[TimedText, ...] = ()
    warnings: tuple[str, ...] = ()


def subtitle_words(
    spec: ComposeSpec, spoken: SpokenPart, listener: Listener, report: StageReport
) -> SubtitleWords:
    """The times of `text_content`, or else of what is said.

    Speech of ours has its words anyway; recordings are listened to when subtitles are asked for.
    """
    if not spec.is_recorded:
        return SubtitleWords(spoken.speech.words)
    if spoken.speech.words:
        return _timed(spec.text_content, spoken.speech.words, spoken)
    if not spec.subtitles:
        return SubtitleWords()
    try:
        heard = listener.words(spoken.sound, spoken.duration, report)
    except SubtitlesUnavailable as warning:
        if spec.text_content is None:
            return SubtitleWords(warnings=(warning.error_code,))
        heard = ()
    return _timed(spec.text_content, heard, spoken)


def _timed(text: str | None, heard: Sequence[TimedText], spoken: SpokenPart) -> SubtitleWords:
    if text is None:
        return SubtitleWords(tuple(heard))
    words = transcripts.aligned(text, heard) if heard else None
    if words is not None:
        return SubtitleWords(words)
    spans = spoken.spans or [(0.0, spoken.duration)]
    return SubtitleWords(transcripts.in_order(text, spans), (IN_ORDER_WARNING,))
