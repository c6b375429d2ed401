"""Which voice a task speaks with: of the library, toward a recording, or the default one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dh_core.built_in_voices import BUILT_IN_VOICES
from dh_core.errors import NoAudioStream, UnreadableMedia
from dh_core.limits import MAX_REFERENCE_SECONDS
from gpu_jobs.engines.speech import SpeechEngine, reference_checks
from gpu_jobs.engines.speech.ge2e import SAMPLE_RATE, SpeakerEncoder
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.weights import WeightStore

REFERENCE_SECONDS_USED = 60.0
"""A voice is known after a minute; more only costs time."""


@dataclass(frozen=True, slots=True)
class ChosenVoice:
    """The engine's voice, and what was wrong with the recording it was taken from."""

    voice: Any
    warnings: tuple[str, ...] = ()


class VoiceChoice:
    """Voices of one speech engine."""

    def __init__(self, engine: SpeechEngine, weights: WeightStore) -> None:
        self._engine = engine
        self._weights = weights

    @cached_property
    def _encoder(self) -> SpeakerEncoder:
        return SpeakerEncoder(self._weights.path("ge2e.npz"))

    def default(self) -> ChosenVoice:
        return ChosenVoice(self._engine.default_voice())

    def of_library(self, voice_id: str, profile: Path | None) -> ChosenVoice:
        """A built-in voice, or the saved one whose profile was fetched. Raises VoiceOutdated."""
        if voice_id in BUILT_IN_VOICES:
            return ChosenVoice(self._engine.built_in_voice(voice_id))
        if profile is None:
            raise ValueError(f"the profile of voice {voice_id} was not fetched")
        return ChosenVoice(self._engine.load_voice(profile))

    def of_recording(
        self, path: Path, *, max_seconds: float = MAX_REFERENCE_SECONDS
    ) -> ChosenVoice:
        """A voice toward the speaker of a sound file or of a video's sound.

        The first minute is used, and checked before anything is computed from it. Raises
        UnreadableMedia, NoAudioStream, MediaTooLong (over `max_seconds`), ReferenceTooShort,
        SilentAudio.
        """
        if probe(path, MediaLimits(max_seconds=max_seconds)).audio is None:
            raise NoAudioStream
        reference = read_audio(path, SAMPLE_RATE, max_seconds=REFERENCE_SECONDS_USED)
        if not np.isfinite(reference).all():
            raise UnreadableMedia
        warnings = reference_checks.warnings(reference, self._encoder)
        return ChosenVoice(self._engine.adapt(reference), warnings)
