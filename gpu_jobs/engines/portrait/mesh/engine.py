"""The default engine: the photo's own pixels, moved by smooth displacements of its face mesh."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.portrait import Frame, Report
from gpu_jobs.engines.portrait.mesh.animation import poses
from gpu_jobs.engines.portrait.mesh.face_finder import FaceFinder
from gpu_jobs.engines.portrait.mesh.stage import PortraitStage
from gpu_jobs.engines.visemes import network as viseme_network

if TYPE_CHECKING:
    from gpu_jobs.weights.store import WeightStore


class MeshPortraitEngine:
    """Holds the face models; one instance serves one thread."""

    def __init__(self, weights: WeightStore, threads: int = 1) -> None:
        self._weights = weights
        self._threads = threads

    def setup(self) -> None:
        """Load the face models and the viseme network; raises WeightsMissing."""
        _ = self._faces
        viseme_network.load()

    @cached_property
    def _faces(self) -> FaceFinder:
        return FaceFinder(self._weights, self._threads)

    def animate(
        self,
        figure: Frame,
        backdrop: Frame | None,
        speech: Speech | float,
        fps: Fraction,
        report: Report,
        face_index: int | None = None,
    ) -> Iterator[Frame]:
        """See PortraitEngine. All frames are one buffer."""
        _check(figure, backdrop)
        mesh = self._faces.find(figure, face_index)
        stage = PortraitStage(figure, backdrop, mesh)
        duration = speech.duration if isinstance(speech, Speech) else speech
        total = math.ceil(duration * fps)
        times = (np.arange(total, dtype=np.float64) + 0.5) / float(fps)
        for index, pose in enumerate(poses(speech, times)):
            yield stage.render(pose)
            report((index + 1) / total)


def _check(figure: Frame, backdrop: Frame | None) -> None:
    """Refuse with ValueError what no caller may send."""
    channels = 3 if backdrop is None else 4
    if figure.dtype != np.uint8 or figure.ndim != 3 or figure.shape[2] != channels:
        raise ValueError(f"expected uint8 (H, W, {channels}), got {figure.dtype} {figure.shape}")
    if backdrop is not None and backdrop.shape != (*figure.shape[:2], 3):
        raise ValueError(f"figure {figure.shape} and backdrop {backdrop.shape} differ in size")
