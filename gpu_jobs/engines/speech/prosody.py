"""How a request wants its text spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dh_core.specs.base import SpokenSpec


@dataclass(frozen=True, slots=True)
class Prosody:
    """`speed` 1 is the voice's own; `pitch` in semitones, `volume` in decibels.

    `pronounce`: see dh_core.specs.
    """

    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0
    pronounce: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: SpokenSpec) -> Prosody:
        """What a task's spec asks for."""
        return cls(spec.speed, spec.pitch, spec.volume, spec.pronounce)

    @property
    def gain(self) -> float:
        """The factor that `volume` is."""
        return float(10 ** (self.volume / 20))


NATURAL = Prosody()
