"""What a result says of its film: measured on the file, not taken from what was asked for."""

from __future__ import annotations

import math
from pathlib import Path

from gpu_jobs.media.probe import MediaLimits, probe


def film_facts(film: Path) -> dict[str, float]:
    """Duration in seconds, width, height and fps of a film of ours."""
    info = probe(film, MediaLimits(max_seconds=math.inf))
    assert info.video is not None
    return {
        "duration": round(info.duration, 3),
        "width": info.video.width,
        "height": info.video.height,
        "fps": round(float(info.video.fps), 3),
    }
