"""Text to speech in the direction of a person's voice.

An engine loads its models once (`setup`), gives voices (`default_voice`, `built_in_voice`,
`adapt`), keeps them (`save_voice`, `load_voice`), refuses what cannot be spoken (`check`) and
speaks: sentence by sentence (`narrate`) or all at once (`synthesise`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Said, Speech
from gpu_jobs.engines.speech.prosody import NATURAL, Prosody


class KnownVoice(Protocol):
    """What a job may know of a voice; the rest is each engine's own."""

    @property
    def name(self) -> str:
        """For the result."""
        ...

    @property
    def reference_text(self) -> str | None:
        """What of `adapt`'s text the engine makes use of."""
        ...


VoiceT = TypeVar("VoiceT", bound=KnownVoice)


class SpeechEngine(Protocol[VoiceT]):
    """What a job may ask of any speech engine, with voices of its own kind.

    Engines inherit from it: `synthesise` is the same for all.
    """

    @property
    def reference_text_seconds(self) -> float:
        """Longest reference of which `adapt` uses the text; 0 where it is of no use."""
        ...

    def setup(self) -> None:
        """Load the models; a second call does nothing."""

    def default_voice(self) -> VoiceT:
        """The Mandarin voice used when there is no reference."""

    def adapt(self, reference: NDArray[np.float32], text: str | None = None) -> VoiceT:
        """A voice toward the speaker of `reference` (16 kHz mono), who says `text` in it."""

    def built_in_voice(self, voice_id: str) -> VoiceT:
        """A voice of `dh_core.specs.built_in_voices`; VoiceOutdated if this engine lacks it."""

    @property
    def voice_version(self) -> str:
        """Name and version of the form in which `save_voice` keeps voices."""
        ...

    def save_voice(self, voice: VoiceT, profile: Path) -> None:
        """Write a voice to one file, so that `load_voice` needs no reference."""

    def load_voice(self, profile: Path) -> VoiceT:
        """Read a voice back; raises VoiceOutdated for another engine's or version's file."""

    def check(self, text: str, prosody: Prosody = NATURAL) -> None:
        """Refuse a text that cannot be spoken, before anything is computed."""

    def narrate(
        self, text: str, voice: VoiceT, prosody: Prosody = NATURAL
    ) -> Generator[Said, None, None]:
        """Speak `text` sentence by sentence; the last is `whole`, and mastered.

        Close it when sentences are left. One text at a time.
        """
        ...

    def synthesise(
        self,
        text: str,
        voice: VoiceT,
        report: Callable[[float], None],
        prosody: Prosody = NATURAL,
    ) -> Speech:
        """Speak all of `text`; `report` is called with the finished fraction, and may raise."""
        with closing(self.narrate(text, voice, prosody)) as sentences:
            done = 0.0
            for said in sentences:
                # The last sentence comes once more: mastered.
                if said.read > done:
                    report(said.read)
                done = said.read
            return said.speech
