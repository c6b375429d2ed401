"""A still picture of a film, and some seconds of it, small: kept as the film is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dh_core.specs.talking_video import TalkingVideoSpec
from gpu_jobs.jobs.job import JobContext, OutputFile
from gpu_jobs.media.pictures.decoder import write_jpeg
from gpu_jobs.media.pictures.stills import opaque, shrunk, write_animation

Frame = NDArray[np.uint8]

POSTER_SECONDS: Final = 0.6
"""Into the film, where it is that long: the mouth has begun to speak."""
PREVIEW_SECONDS: Final = 3.0
PREVIEW_FPS: Final = 10
PREVIEW_SIDE: Final = 360
"""Longer side in pixels."""


@dataclass
class Stills:
    """Which are wanted. Told the film's rate and length, then shown its frames, label and all."""

    poster: bool
    animated: bool
    folder: Path
    _fps: Fraction = Fraction(25)
    _poster_at: int = 0
    _still: Frame | None = None
    _moving: list[Frame] = field(default_factory=list)

    @classmethod
    def of(cls, spec: TalkingVideoSpec, folder: Path) -> Stills:
        return cls(spec.poster, spec.animated_preview, folder)

    @property
    def wanted(self) -> bool:
        return self.poster or self.animated

    def prepare(self, fps: Fraction, count: int) -> None:
        """`count` frames at `fps` will be shown."""
        self._fps = fps
        self._poster_at = min(int(POSTER_SECONDS * fps), max(0, count // 2))

    def see(self, frame: Frame, number: int) -> None:
        """A frame as it is coded: BGR, BGRA, or the planes of yuv420p; in their order."""
        if self.poster and number == self._poster_at:
            self._still = opaque(frame).copy()
        due = Fraction(len(self._moving), PREVIEW_FPS)
        if self.animated and due < PREVIEW_SECONDS and number / self._fps >= due:
            self._moving.append(shrunk(opaque(frame), PREVIEW_SIDE))

    def files(self, context: JobContext) -> dict[str, OutputFile]:
        """`poster` (JPEG) and `animation` (WebP), written."""
        made: dict[str, OutputFile] = {}
        if self._still is not None:
            path = self.folder / "poster.jpg"
            write_jpeg(path, self._still, 92)
            made["poster"] = OutputFile(path, "image/jpeg", ".jpg", context.label)
        if self._moving:
            path = self.folder / "animation.webp"
            write_animation(path, self._moving, PREVIEW_FPS)
            made["animation"] = OutputFile(path, "image/webp", ".webp", context.label)
        return made
