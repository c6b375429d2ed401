"""The explicit AI label of standalone audio (GB 45438-2025, 4.3): heard, in the form of a setting.

`rhythm` is the standard's tone pattern, `spoken` a sentence; before or after the speech. The sound
of a video carries none: there the label is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dh_core.settings import JobSettings
from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.speech import SpeechEngine
from gpu_jobs.media.label.labelling import audio_cue

NOTICE: Final = "本音频由人工智能生成。"
_PAUSE_SECONDS: Final = 0.3


class AudioLabel:
    """Adds the label to speech; `engine` speaks the notice, once per process, in its own voice."""

    def __init__(self, settings: JobSettings, engine: SpeechEngine[Any]) -> None:
        self._form = settings.audio_label
        self._position = settings.audio_label_position
        self._engine = engine

    def add_to(self, speech: Speech) -> Speech:
        """The speech with its label; a label before it moves all its times along."""
        label = self._label(speech.sample_rate)
        if label is None:
            return speech
        pause = np.zeros(round(_PAUSE_SECONDS * speech.sample_rate), dtype=np.float32)
        if self._position == "end":
            samples = np.concatenate([speech.samples, pause, label, pause])
            return replace(speech, samples=samples)
        samples = np.concatenate([label, pause, speech.samples])
        delay = (len(label) + len(pause)) / speech.sample_rate
        return replace(speech.delayed(delay), samples=samples)

    def _label(self, sample_rate: int) -> NDArray[np.float32] | None:
        makers: dict[str, Callable[[int], NDArray[np.float32]]] = {
            "rhythm": audio_cue,
            "spoken": self._spoken,
        }
        return makers[self._form](sample_rate) if self._form in makers else None

    def _spoken(self, sample_rate: int) -> NDArray[np.float32]:
        notice = self._notice
        if notice.sample_rate == sample_rate:
            return notice.samples
        resampled: NDArray[np.float32] = resample_poly(
            notice.samples, sample_rate, notice.sample_rate
        ).astype(np.float32)
        return resampled

    @cached_property
    def _notice(self) -> Speech:
        return self._engine.synthesise(NOTICE, self._engine.default_voice(), lambda _: None)
