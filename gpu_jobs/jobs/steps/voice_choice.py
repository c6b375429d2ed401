"""Which voice a task speaks with: of the library, toward a recording, or the default one."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Generic

import numpy as np
from numpy.typing import NDArray

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.errors import (
    JobError,
    NoAudioStream,
    ReferenceTooShort,
    SilentAudio,
    VoiceOutdated,
)
from dh_core.limits import MAX_REFERENCE_SECONDS
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from gpu_jobs.engines.speech import SpeechEngine, VoiceT
from gpu_jobs.engines.speech.speaker import reference_checks
from gpu_jobs.engines.speech.speaker.ge2e import SAMPLE_RATE, SpeakerEncoder
from gpu_jobs.jobs.job import JobContext, StageReport
from gpu_jobs.jobs.steps.transcription import Listener
from gpu_jobs.media.ffmpeg import read_audio
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.sound.audio import HIGHEST_RATE, read_channels
from gpu_jobs.weights.store import WeightStore, sha256_of

logger = logging.getLogger(__name__)

REFERENCE_SECONDS_USED = 60.0
"""A voice is known after a minute; more only costs time."""

HEARING_VERSION: Final = "1"
"""To be raised whenever the same recording would give another voice, or other warnings."""

_PROFILE, _WARNINGS, _REFUSAL = "profile", "warnings.json", "refusal.json"
_REFUSALS: Final[Mapping[str, type[JobError]]] = {
    error.code: error for error in (NoAudioStream, ReferenceTooShort, SilentAudio)
}
"""Of a recording that holds no voice: it will hold none the next time."""
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, ValueError)
"""What zipfile and json raise for a damaged archive."""


@dataclass(frozen=True)
class ChosenVoice(Generic[VoiceT]):
    """The engine's voice, and what was wrong with the recording it was taken from.

    `reference_text` is what the engine was told that the recording says, where it makes use of it.
    """

    voice: VoiceT
    warnings: tuple[str, ...] = ()
    reference_text: str | None = None

    @property
    def data(self) -> dict[str, str | list[str]]:
        """What a result says of the recording."""
        heard = {} if self.reference_text is None else {"reference_text": self.reference_text}
        return {**heard, "warnings": list(self.warnings)}


class VoiceChoice(Generic[VoiceT]):
    """Voices of one speech engine; `listener` hears what references say."""

    def __init__(
        self, engine: SpeechEngine[VoiceT], listener: Listener, weights: WeightStore
    ) -> None:
        self._engine = engine
        self._listener = listener
        self._weights = weights

    @cached_property
    def _encoder(self) -> SpeakerEncoder:
        return SpeakerEncoder(self._weights.path("ge2e.npz"))

    def default(self) -> ChosenVoice[VoiceT]:
        return ChosenVoice(self._engine.default_voice())

    def of_library(self, voice_id: str, profile: Path | None) -> ChosenVoice[VoiceT]:
        """A built-in voice, or the saved one whose profile was fetched. Raises VoiceOutdated."""
        if voice_id in BUILT_IN_VOICES:
            return ChosenVoice(self._engine.built_in_voice(voice_id))
        if profile is None:
            raise ValueError(f"the profile of voice {voice_id} was not fetched")
        return ChosenVoice(self._engine.load_voice(profile))

    def of_recording(
        self,
        path: Path,
        report: StageReport,
        context: JobContext,
        *,
        text: str | None = None,
        max_seconds: float = MAX_REFERENCE_SECONDS,
        part: tuple[float, float | None] = (0.0, None),
    ) -> ChosenVoice[VoiceT]:
        """A voice toward the speaker of a sound file or of a video's sound, who says `text` in it.

        The first minute of `part` (seconds from and to) is used, and checked before anything is
        computed from it. A text that is not given is written down, if the engine makes use of it
        and that is possible here. Kept by content with the recording, and not made again while
        that is there; so is that it holds no voice. Raises
        UnreadableMedia, UnsupportedSound, NoAudioStream, MediaTooLong (over `max_seconds`),
        ReferenceTooShort, SilentAudio.
        """
        name = self._archive_name(path, text, max_seconds, part)
        archive = context.workdir / "voice.zip"
        if context.voices is not None and context.voices.fetch(name, archive):
            try:
                return self._restored(archive)
            except (VoiceOutdated, *_BROKEN):
                logger.exception("a kept voice cannot be read; adapting to it again")
        try:
            chosen = self._adapted(path, report, text, max_seconds, part)
        except tuple(_REFUSALS.values()) as refusal:
            _save_refusal(refusal, archive)
            _keep(name, archive, context)
            raise
        self._save(chosen, archive)
        _keep(name, archive, context)
        return chosen

    def _adapted(
        self,
        path: Path,
        report: StageReport,
        text: str | None,
        max_seconds: float,
        part: tuple[float, float | None],
    ) -> ChosenVoice[VoiceT]:
        audio = probe(path, MediaLimits(max_seconds=max_seconds)).audio
        if audio is None:
            raise NoAudioStream
        start, end = part
        until = min(start + REFERENCE_SECONDS_USED, end or math.inf)
        recorded = read_channels(path, audio, max_seconds=until)
        rate = min(audio.sample_rate, HIGHEST_RATE)
        recorded = recorded[round(start * rate) :]
        reference = read_audio(path, SAMPLE_RATE, max_seconds=until)[round(start * SAMPLE_RATE) :]
        warnings = reference_checks.warnings(reference, self._encoder, recorded)
        voice = self._engine.adapt(reference, self._text(reference, text, report))
        return ChosenVoice(voice, warnings, voice.reference_text)

    def _archive_name(
        self,
        path: Path,
        text: str | None,
        max_seconds: float,
        part: tuple[float, float | None],
    ) -> str:
        """Of the recording's content, and of all else that decides what is heard in it."""
        version = f"{self._engine.voice_version}-{HEARING_VERSION}-{max_seconds:.0f}"
        said = hashlib.sha256((text or "").encode()).hexdigest()[:16]
        start, end = part
        cut = "" if part == (0.0, None) else f"-from{start:g}" + (f"to{end:g}" if end else "")
        return f"voice-{version}-{sha256_of(path)}-{said}{cut}.zip"

    def _save(self, chosen: ChosenVoice[VoiceT], archive: Path) -> None:
        profile = archive.with_suffix(".profile")
        self._engine.save_voice(chosen.voice, profile)
        with zipfile.ZipFile(archive, "w") as target:
            target.write(profile, _PROFILE)
            target.writestr(_WARNINGS, json.dumps(chosen.warnings))

    def _restored(self, archive: Path) -> ChosenVoice[VoiceT]:
        with zipfile.ZipFile(archive) as source:
            if _REFUSAL in source.namelist():
                code, message = json.loads(source.read(_REFUSAL))
                raise _REFUSALS[code](message)
            profile = Path(source.extract(_PROFILE, archive.with_suffix(".d")))
            warnings = tuple(json.loads(source.read(_WARNINGS)))
        voice = self._engine.load_voice(profile)
        return ChosenVoice(voice, warnings, voice.reference_text)

    def _text(
        self, reference: NDArray[np.float32], given: str | None, report: StageReport
    ) -> str | None:
        if given is not None and given.strip():
            return given
        if len(reference) >= self._engine.reference_text_seconds * SAMPLE_RATE:
            return None
        return self._listener.text(reference, report)


def _save_refusal(refusal: JobError, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(_REFUSAL, json.dumps([refusal.error_code, refusal.message]))


def _keep(name: str, archive: Path, context: JobContext) -> None:
    if context.voices is None:
        return
    try:
        context.voices.store(name, archive)
    except CLOUD_ERRORS:
        logger.exception("the voice was not kept")
