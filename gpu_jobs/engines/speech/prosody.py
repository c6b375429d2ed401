"""How a request wants its text spoken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dh_core import limits
from dh_core.specs import ssml
from dh_core.specs.base import SpokenSpec


@dataclass(frozen=True, slots=True)
class Prosody:
    """`speed` 1 is the voice's own; `pitch` in semitones, `volume` in decibels.

    `pronounce` and `marks`, what is asked for at places of the text: see dh_core.specs.
    """

    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0
    pronounce: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[ssml.Mark, ...] = ()

    @classmethod
    def of(cls, spec: SpokenSpec) -> Prosody:
        """What a task's spec asks for."""
        return cls(spec.speed, spec.pitch, spec.volume, spec.pronounce, spec.script.marks)

    def with_(self, local: ssml.Prosody) -> Prosody:
        """What is asked for at one place, within what may be asked for the whole."""
        volume = self.volume + local.volume
        return replace(
            self,
            speed=_clamped(self.speed * local.rate, limits.MIN_SPEED, limits.MAX_SPEED),
            pitch=_clamped(self.pitch + local.pitch, -limits.MAX_PITCH, limits.MAX_PITCH),
            volume=volume
            if volume == -math.inf
            else _clamped(volume, limits.MIN_VOLUME, limits.MAX_VOLUME),
        )

    @property
    def gain(self) -> float:
        """The factor that `volume` is."""
        return float(10 ** (self.volume / 20))


def _clamped(value: float, lowest: float, highest: float) -> float:
    return min(max(value, lowest), highest)


NATURAL = Prosody()
