"""What VoxCPM2 needs of the engine beside it, which the registry names.

The guide has the built-in voices, says how long a passage should take, and speaks it with known
times, which the generated sound is aligned with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.speech import KnownVoice, SpeechEngine
from gpu_jobs.engines.speech.phonemes.front_end import Group


class GuideVoice(KnownVoice, Protocol):
    """One of the guide's voices."""

    @property
    def document(self) -> dict[str, Any]:
        """JSON values of which `Guide.voice_of` makes the voice again."""
        ...


GuideVoiceT = TypeVar("GuideVoiceT", bound=GuideVoice)


class Guide(SpeechEngine[GuideVoiceT], Protocol[GuideVoiceT]):
    """A speech engine that reads phonemes."""

    @property
    def vocabulary(self) -> Mapping[str, int]:
        """The symbols that it reads."""
        ...

    def voice_of(self, document: object) -> GuideVoiceT:
        """The voice of a `GuideVoice.document`; raises VoiceOutdated."""
        ...

    def speak_groups(self, groups: Iterable[Group], voice: GuideVoiceT) -> Speech:
        """Groups with their rests, at natural speed, as sound and phonemes alone."""
        ...
