"""What shapes this person's mouth takes: a small linear model of their own footage.

Units: the distance of the outer eye corners, in the canonical (frontal, level) pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.faces.geometry import (
    CHIN,
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LIPS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
    FloatArray,
)
from gpu_jobs.engines.mouth.limits import CLOSED, MouthRange

Mask = NDArray[np.bool_]

CODE_SIZE = 10
SPEAKING_RANGE = 0.035
"""A clip whose opening varies less holds no speech."""
LEAN = 0.3
"""Of an opening: how far the lower lip goes back as the jaw swings down."""
_LOWER_SHARE = 0.8  # of an opening; the jaw falls, the upper lip rises little


def opening(points: FloatArray) -> FloatArray:
    """Gap between the inner lips, downward; negative if they cross. (..., 468, 3) → (...)."""
    gap: FloatArray = points[..., LIP_BOTTOM_INNER, 1] - points[..., LIP_TOP_INNER, 1]
    return gap


def width(points: FloatArray) -> FloatArray:
    """Distance of the mouth corners. (..., 468, 3) → (...)."""
    across = points[..., MOUTH_LEFT, :] - points[..., MOUTH_RIGHT, :]
    return np.asarray(np.linalg.norm(across, axis=-1), np.float32)


@dataclass(frozen=True, slots=True)
class MouthModel:
    """Mesh = `mean` + code · `basis`, with the codes of every frame of the clip.

    `mean` (468, 3); `basis` (K, 468, 3); `codes` (T, K), in units of eye distance; `openings`,
    `widths` (T,); `from_levels` (3, K): [1, opening, width] → code; `speaks`: the clip holds
    open and closed mouths, else its only use is its skin.
    """

    mean: FloatArray
    basis: FloatArray
    codes: FloatArray
    openings: FloatArray
    widths: FloatArray
    from_levels: FloatArray
    range: MouthRange
    speaks: bool

    @classmethod
    def fit(
        cls,
        points: FloatArray,
        usable: Mask,
        spoken: Mask | None = None,
    ) -> Self:
        """Learn from canonical meshes (T, 468, 3), the usable frames only.

        `spoken` (T,): where the clip's sound holds speech, if it is known. Frame by frame: lips may
        meet in a single one.

        Principal components of lips and chin give the code; the rest of the face follows by
        least squares, so that cheeks and jaw move as this person's do.
        """
        good = points[usable]
        shapes = points[:, LIPS + CHIN, :2].reshape(len(points), -1)
        centre = shapes[usable].mean(0)
        _, _, axes = np.linalg.svd(shapes[usable] - centre, full_matrices=False)
        codes = (shapes - centre) @ axes[:CODE_SIZE].T
        mean = good.mean(0)
        basis, *_ = np.linalg.lstsq(codes[usable], (good - mean).reshape(len(good), -1), rcond=1e-3)
        openings, widths = opening(points), width(points)
        levels = _levels(openings[usable], widths[usable])
        penalty = np.diag([1e-6, 1e-3, 1e-3]).astype(np.float32)
        from_levels = np.linalg.solve(levels.T @ levels + penalty, levels.T @ codes[usable])
        speaks = bool(np.ptp(np.percentile(openings[usable], [5, 95])) > SPEAKING_RANGE)
        return cls(
            mean=mean,
            basis=basis.reshape(-1, *mean.shape).astype(np.float32),
            codes=codes.astype(np.float32),
            openings=openings,
            widths=widths,
            from_levels=from_levels.astype(np.float32),
            range=MouthRange.of_speaker(openings, widths, usable, spoken)
            if speaks
            else MouthRange.of_silent(openings[usable], widths[usable]),
            speaks=speaks,
        )

    def code_for(self, opening: FloatArray, width: FloatArray) -> FloatArray:
        """The person's usual mouth with this opening and width: (T,), (T,) → (T, K)."""
        if not self.speaks:
            return np.zeros((len(opening), self.codes.shape[1]), np.float32)
        # Beyond what was seen the linear guess distorts; `target` does the rest of the way.
        seen_opening = np.clip(opening, *np.percentile(self.openings, [3, 97]))
        seen_width = np.clip(width, *np.percentile(self.widths, [3, 97]))
        code: FloatArray = _levels(seen_opening, seen_width) @ self.from_levels
        return code

    def mesh(self, code: FloatArray) -> FloatArray:
        """Canonical mesh (468, 3) of one code (K,)."""
        mesh: FloatArray = self.mean + np.tensordot(code, self.basis, 1)
        return mesh

    def measures(self, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Opening and width of many codes (N, K) without building their meshes; (N,), (N,)."""
        used = [LIP_TOP_INNER, LIP_BOTTOM_INNER, MOUTH_RIGHT, MOUTH_LEFT]
        top, bottom, right, left = np.moveaxis(
            self.mean[used] + np.tensordot(codes, self.basis[:, used], 1), 1, 0
        )
        across = np.linalg.norm(left - right, axis=1)
        return bottom[:, 1] - top[:, 1], np.asarray(across, np.float32)

    def target(self, code: FloatArray, wanted_opening: float, wanted_width: float) -> FloatArray:
        """The mesh of a code with exactly this opening and width; CLOSED seals the lips."""
        mesh = self.mesh(code)
        mesh = mesh + (wanted_width - width(mesh)) * stretch_field(self.mean)
        field = opening_field(self.mean)
        mesh = mesh + (wanted_opening - opening(mesh)) * field
        # Depth is the mesh's guess, and in a raised head an error of it opens the mouth.
        deep = mesh[LIP_BOTTOM_INNER, 2] - mesh[LIP_TOP_INNER, 2]
        mesh[:, 2] += (LEAN * wanted_opening - deep) * field[:, 1]
        return seal_lips(mesh, wanted_opening)


def opening_field(mean: FloatArray) -> FloatArray:
    """Movement (468, 3) of every point per unit of opening: jaw down, upper lip slightly up.

    The lip line stays with the mouth corners; below it the movement grows to full at the lips'
    middle and runs on over the chin, fading towards the sides of the jaw.
    """
    x, y, half = _mouth_frame(mean)
    field = np.zeros_like(mean)
    sideways = np.exp(-((x / 0.55) ** 2))
    field[:, 1] = _LOWER_SHARE * sideways * np.clip(y / 0.06, 0, 1)
    arch = np.clip(1 - (x / half) ** 2, 0, 1)
    lower = list(LOWER_LIP_OUTER[1:-1] + LOWER_LIP_INNER[1:-1])
    upper = list(UPPER_LIP_OUTER[1:-1] + UPPER_LIP_INNER[1:-1])
    field[lower, 1] = _LOWER_SHARE * arch[lower]
    field[upper, 1] = -(1 - _LOWER_SHARE) * arch[upper]
    return np.asarray(field / opening(field), np.float32)


def stretch_field(mean: FloatArray) -> FloatArray:
    """Movement (468, 3) of every point per unit of width: corners go sideways, cheeks follow."""
    x, y, half = _mouth_frame(mean)
    near = np.exp(-(((x / (2 * half)) ** 2 + (y / (1.4 * half)) ** 2) ** 2))
    field = np.zeros_like(mean)
    field[:, 0] = 0.5 * np.clip(x / half, -1, 1) * near
    return np.asarray(field / (field[MOUTH_LEFT, 0] - field[MOUTH_RIGHT, 0]), np.float32)


def seal_lips(mesh: FloatArray, wanted_opening: float) -> FloatArray:
    """Keep every pair of inner lip points within the wanted gap and never crossed further."""
    sealed = mesh.copy()
    upper, lower = list(UPPER_LIP_INNER[1:-1]), list(LOWER_LIP_INNER[1:-1])
    gap = mesh[lower, 1] - mesh[upper, 1]
    excess = gap - np.clip(gap, min(0.0, wanted_opening), max(1.25 * wanted_opening, CLOSED))
    sealed[upper, 1] += (1 - _LOWER_SHARE) * excess
    sealed[lower, 1] -= _LOWER_SHARE * excess
    return sealed


def _mouth_frame(mean: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """x and y of every point relative to the mouth's centre, and half the mouth's width."""
    corners = mean[[MOUTH_RIGHT, MOUTH_LEFT]]
    centre = corners.mean(0)
    return mean[:, 0] - centre[0], mean[:, 1] - centre[1], float(np.ptp(corners[:, 0]) / 2)


def _levels(opening: FloatArray, width: FloatArray) -> FloatArray:
    return np.stack([np.ones_like(opening), opening, width], -1).astype(np.float32)
