"""What a result says of its film: measured on the file, not taken from what was asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from gpu_jobs.media.probe_worker import describe


def film_facts(film: Path) -> dict[str, float]:
    """Duration in seconds, width, height and fps of a film of ours: it needs no guarded child."""
    with av.open(str(film)) as file:
        facts = describe(file)
    video = facts["video"]
    return {
        "duration": round(facts["duration"], 3),
        "width": video["width"],
        "height": video["height"],
        "fps": round(float(Fraction(*video["fps"])), 3),
    }
