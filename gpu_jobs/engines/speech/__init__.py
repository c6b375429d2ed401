"""Text to speech in the direction of a person's voice.

An engine offers four calls: `setup` loads the models once, `default_voice` and `adapt` give a
voice, `synthesise` speaks. To add an engine, write it in this folder and name it in ENGINES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.timeline import Speech
from gpu_jobs.weights import WeightStore


class SpeechEngine(Protocol):
    """What a job may ask of any speech engine. `Voice` is each engine's own, opaque to jobs."""

    def setup(self) -> None:
        """Load the models; a second call does nothing."""

    def default_voice(self) -> Any:
        """The Mandarin voice used when there is no reference."""

    def adapt(self, reference: NDArray[np.float32], text: str | None = None) -> Any:
        """A voice toward the speaker of `reference` (16 kHz mono), who says `text` in it."""

    def synthesise(self, text: str, voice: Any, report: Callable[[float], None]) -> Speech:
        """Speak `text`; `report` is called with the finished fraction."""


def _kokoro(weights: WeightStore, threads: int) -> SpeechEngine:
    from gpu_jobs.engines.speech.kokoro import KokoroEngine  # noqa: PLC0415  # heavy: on demand

    return KokoroEngine(weights, threads)


def _voxcpm(weights: WeightStore, threads: int) -> SpeechEngine:
    from gpu_jobs.engines.speech.voxcpm2.engine import VoxCpmEngine  # noqa: PLC0415  # heavy

    return VoxCpmEngine(weights, threads)


ENGINES: dict[str, Callable[[WeightStore, int], SpeechEngine]] = {
    "kokoro": _kokoro,
    "voxcpm": _voxcpm,
}


def load(name: str, weights: WeightStore, threads: int = 2) -> SpeechEngine:
    """Make the engine called `name` and load its models; raises KeyError for an unknown name."""
    engine = ENGINES[name](weights, threads)
    engine.setup()
    return engine
