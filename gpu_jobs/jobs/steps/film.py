"""The frames of a composed video: the person moving or standing, title and subtitles on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.jobs.job import StageReport
from gpu_jobs.media.pictures.colour import to_yuv420
from gpu_jobs.media.pictures.overlay import Overlay, laid_over
from gpu_jobs.media.subtitles.burner import SubtitleBurner
from gpu_jobs.scene import Scene
from gpu_jobs.scene.layer import Layer

Frame = NDArray[np.uint8]


def speaking(
    scene: Scene,
    moving: Iterable[Frame],
    burner: SubtitleBurner,
    fps: Fraction,
    logo: Sequence[Overlay] = (),
) -> Iterator[Frame]:
    """The portrait engine's BGR frames (H, W, 3) with title, logo, subtitles and the AI label.

    They may be one buffer: each is drawn on only while the reader has it.
    """
    title = [] if scene.title is None else [_overlay(scene.title, scene)]
    label = [] if scene.label is None else [_overlay(scene.label, scene)]
    for number, frame in enumerate(moving):
        subtitle = burner.at(_middle(number, fps))
        shown = [] if subtitle is None else [subtitle]
        with laid_over(frame, [*title, *logo, *shown, *label]):
            yield frame


def standing(
    scene: Scene,
    count: int,
    burner: SubtitleBurner,
    fps: Fraction,
    report: StageReport,
    logo: Sequence[Overlay] = (),
) -> Iterator[Frame]:
    """`count` pictures of the scene as it stands, with its logo, as planes (`colour.to_yuv420`).

    Only a subtitle changes anything: planes are made once for each, not for every frame.
    """
    still = scene.still()
    for overlay in logo:
        overlay.draw(still)
    planes = to_yuv420(still)
    shown: Overlay | None = None
    for number in range(count):
        subtitle = burner.at(_middle(number, fps))
        if subtitle is not shown:
            shown = subtitle
            with laid_over(still, [] if shown is None else [shown]) as picture:
                planes = to_yuv420(picture)
        yield planes
        report((number + 1) / count)


def _middle(number: int, fps: Fraction) -> float:
    """The moment that a frame shows, in seconds."""
    return float((number + Fraction(1, 2)) / fps)


def _overlay(layer: Layer, scene: Scene) -> Overlay:
    return Overlay(layer.pixels, layer.x, layer.y, scene.size)
