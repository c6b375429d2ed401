"""The detector of ghosts is shown real ones, made of rendered mouths.

NASA's portrait of Eileen Collins (public domain) speaks; one frame is spoilt as careless blending
spoils it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from eval.lipsync_judge.footage import upright_mouth
from eval.lipsync_judge.measures import ghost_frames
from gpu_jobs.engines.faces.geometry import MOUTH_LEFT, MOUTH_RIGHT
from gpu_jobs.engines.portrait.mesh.face_finder import FaceFinder
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose
from gpu_jobs.engines.portrait.mesh.stage import PortraitStage
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures

Spoil = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

ROOT = Path(__file__).resolve().parents[3]
COUNT, SPOILT = 50, 24


@pytest.fixture(scope="module")
def mesh() -> np.ndarray:
    try:
        return FaceFinder(WeightStore(ROOT / ".weights")).find(picture())
    except WeightsMissing as missing:
        pytest.skip(missing.message)


def picture() -> np.ndarray:
    return np.ascontiguousarray(sample_pictures.astronaut()[30:230, 122:322])


def openings(phase: float) -> np.ndarray:
    """How open the mouth is while it speaks, with its lips shut now and then."""
    times = np.arange(COUNT) / 25 + phase
    return np.clip(0.9 * np.sin(9 * times) * np.sin(2.3 * times), 0, 1)


@pytest.fixture(scope="module")
def speaking(mesh: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames of what the person really did, and of what was made of it."""
    stage = PortraitStage(picture(), None, mesh)
    own, made = (
        [stage.render(Pose(float(opening), 0.5)).copy() for opening in openings(phase)]
        for phase in (0.0, 0.7)
    )
    return own, made


def mouths(frames: list[np.ndarray], mesh: np.ndarray) -> np.ndarray:
    return np.array([upright_mouth(frame, mesh) for frame in frames], np.float32)


def two_rows_of_teeth(wide: np.ndarray, shut: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Two mouths laid over each other, one of them lower."""
    lower = np.roll(wide, 7, axis=0)
    return np.asarray((wide.astype(int) + lower) // 2, np.uint8)


def torn_lip(wide: np.ndarray, shut: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """An open mouth up to the middle and a shut one beyond it."""
    torn = wide.copy()
    middle = round(float(mesh[[MOUTH_LEFT, MOUTH_RIGHT], 0].mean()))
    torn[:, middle:] = shut[:, middle:]
    return torn


def test_a_clean_performance_has_no_ghost(speaking, mesh):
    own, made = speaking
    assert ghost_frames(mouths(made, mesh), mouths(own, mesh)) == 0


@pytest.mark.parametrize("spoil", [two_rows_of_teeth, torn_lip])
def test_a_frame_of_two_mouths_is_found(speaking, mesh, spoil: Spoil):
    own, made = speaking
    levels = openings(0.7)
    wide, shut = made[int(levels.argmax())], made[int(levels.argmin())]
    spoilt = list(made)
    spoilt[SPOILT] = spoil(wide, shut, mesh)
    assert ghost_frames(mouths(spoilt, mesh), mouths(own, mesh)) == 1
