"""Two people made of numbers: one seen speaking, one silent."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import (
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
)
from gpu_jobs.engines.mouth.shapes import MouthModel, opening, opening_field, stretch_field

FRAMES = 400


def neutral_face() -> np.ndarray:
    """A crude canonical face (468, 3): points on a disc, lips as four flat arcs."""
    face = np.zeros((468, 3), np.float32)
    angle = np.arange(468) * 2.4
    radius = 0.9 * np.sqrt(np.arange(468) / 468)
    face[:, 0], face[:, 1] = radius * np.cos(angle), 0.5 + radius * np.sin(angle)
    arc = np.linspace(-1, 1, 11)
    lines = (
        (UPPER_LIP_OUTER, -0.05, 0.30),
        (UPPER_LIP_INNER, -0.0018, 0.24),
        (LOWER_LIP_INNER, 0.0018, 0.24),
        (LOWER_LIP_OUTER, 0.06, 0.30),
    )
    for line, height, half in lines:
        face[list(line), 0] = half * arc
        face[list(line), 1] = 0.7 + height * (1 - arc**2)
    return face


def speaking_meshes(amount: float) -> np.ndarray:
    """FRAMES canonical meshes whose mouth opens by up to `amount` and changes its width."""
    face, clock = neutral_face(), np.arange(FRAMES) / 25
    openings = amount * np.clip(np.sin(7 * clock) * np.sin(1.3 * clock), 0, 1)
    widths = 0.3 * amount * np.sin(4.1 * clock)
    noise = np.random.default_rng(3).normal(scale=5e-4, size=(FRAMES, 468, 3))
    moved = openings[:, None, None] * opening_field(face) + widths[:, None, None] * stretch_field(
        face
    )
    return (face + moved + noise).astype(np.float32)


@pytest.fixture(scope="session")
def talker() -> MouthModel:
    return MouthModel.fit(speaking_meshes(0.12), np.ones(FRAMES, bool))


@pytest.fixture(scope="session")
def silent() -> MouthModel:
    return MouthModel.fit(speaking_meshes(0.001), np.ones(FRAMES, bool))


@pytest.fixture(scope="session")
def laughing_talker() -> MouthModel:
    """The talker, who also laughs for a second."""
    meshes, laugh = speaking_meshes(0.12), speaking_meshes(0.6)
    meshes[100:125] = laugh[np.argmax(opening(laugh))]
    return MouthModel.fit(meshes, np.ones(FRAMES, bool))
