"""What one frame shows of the person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pose:
    """One frame of a person.

    `opening` of the mouth and `width` 0…1 (0.5 at rest); `x`, `y` the head's shift in eye
    distances, `roll`, `yaw` and `pitch` its turns in radians, to the picture's right and down;
    `lids` 0 as in the photo…1 shut; `brows` 0…1 raised; `breath` 0 out…1 in.
    """

    opening: float
    width: float
    x: float = 0.0
    y: float = 0.0
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    lids: float = 0.0
    brows: float = 0.0
    breath: float = 0.0
