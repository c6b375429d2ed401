"""What a client is warned about in a clip, on a face made of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.engines.lipsync.footage.shortcomings import shortcomings
from gpu_jobs.engines.mouth.shapes import opening_field
from tests.unit.gpu_jobs.engines.lipsync.footage.test_base_footage import rotation, upright_face

COUNT = 20


def filmed(yaw: np.ndarray | float, *, eyes: float = 100.0, opened: float = 0.0) -> np.ndarray:
    """Meshes (COUNT, 468, 3) of a head turned by `yaw` degrees, its eyes so many pixels apart."""
    face = upright_face() + opened * opening_field(upright_face())
    turns = [rotation(angle) for angle in np.broadcast_to(yaw, COUNT)]
    return np.stack([eyes * face @ turn.T for turn in turns]).astype(np.float32)


@pytest.mark.parametrize(("yaw", "warned"), [(0, False), (12, False), (26, True), (-26, True)])
def test_somebody_who_looks_aside_most_of_the_time_is_warned_about(yaw, warned):
    assert ("side_face" in shortcomings(filmed(yaw))) == warned


def test_somebody_who_looks_aside_now_and_then_is_not():
    yaw = np.where(np.arange(COUNT) < COUNT // 3, 30.0, 3.0)
    assert shortcomings(filmed(yaw)) == ()


def test_a_small_face_and_lips_that_never_meet_are_told():
    assert shortcomings(filmed(0.0, eyes=30.0)) == ("small_face",)
    assert shortcomings(filmed(0.0, opened=0.06)) == ("teeth_always_shown",)
