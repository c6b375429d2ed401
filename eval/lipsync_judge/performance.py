"""A rendered video as the judge sees it: tracked, and compared with the frames it was drawn on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.lipsync_judge import measures
from eval.lipsync_judge.bases import BaseFrames
from eval.lipsync_judge.footage import Sighting, Watcher, seam_gradients
from gpu_jobs.engines.faces.geometry import FloatArray, canonicalise
from gpu_jobs.engines.faces.mesh import Face
from gpu_jobs.engines.mouth.shapes import opening
from gpu_jobs.weights.store import WeightStore

Frame = NDArray[np.uint8]
Show = Callable[[int, Frame, Face | None], None]
"""Called with the step, the rendered frame and the face found in it."""

_SEAM_EVERY = 3  # frames; a seam stays for longer


@dataclass(frozen=True, slots=True)
class Performance:
    """`made` (T, 468, 3) and `own` (S, 468, 3): canonical meshes of the rendered video and of the
    source, in one reference; what was seen in both; ring gradients of some frames, (n, rings).
    """

    made: FloatArray
    own: FloatArray
    seen: Sighting
    source: Sighting
    seam_made: FloatArray
    seam_own: FloatArray

    @property
    def openings(self) -> FloatArray:
        """Tracked openings of the rendered frames, (T,) in IOD."""
        return opening(self.made)

    def sharpness(self) -> float:
        """Of the mouth against the source at the same opening; see measures.sharpness_ratio."""
        made = np.isfinite(self.seen.sharpness) & self.seen.found
        own = np.isfinite(self.source.sharpness) & self.source.found
        return measures.sharpness_ratio(
            self.seen.sharpness[made],
            self.openings[made],
            self.source.sharpness[own],
            opening(self.own)[own],
        )

    def jitter(self) -> float:
        """Acceleration of the lips against the source's."""
        return measures.jitter(self.made) / measures.jitter(self.own)

    def seam(self) -> float:
        """Gradient at the mask's border against the source's."""
        return measures.seam_ratio(self.seam_made, self.seam_own)


def watch_performance(
    frames: Iterable[Frame],
    source: Sighting,
    bases: BaseFrames,
    weights: WeightStore,
    show: Show,
) -> Performance:
    """Track rendered `frames` drawn on the `source` video's pictures, the `bases`."""
    watcher = Watcher(weights)
    gradients: list[tuple[FloatArray, FloatArray]] = []
    for step, frame in enumerate(frames):
        face = watcher.see(frame)
        if face is not None and step % _SEAM_EVERY == 0:
            gradients.append(seam_gradients(frame, bases.under(frame), face.points))
        show(step, frame, face)
    seen = watcher.sighting()
    # One reference for both: one person must not be measured with two rulers.
    points = canonicalise(np.concatenate([source.meshes, seen.meshes])).points
    seam_made, seam_own = (np.array(part) for part in zip(*gradients, strict=True))
    split = len(source.meshes)
    return Performance(points[split:], points[:split], seen, source, seam_made, seam_own)
