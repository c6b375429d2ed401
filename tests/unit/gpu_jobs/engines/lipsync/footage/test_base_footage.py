"""What makes a frame of the clip good to show under speech, and to turn round in."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import canonicalise
from gpu_jobs.engines.lipsync.footage.base_footage import BaseFootage, measure
from gpu_jobs.engines.mouth.shapes import opening_field, stretch_field
from tests.unit.gpu_jobs.engines.lipsync.conftest import neutral_face

FPS = 25.0
EYES = 100.0  # px
COUNT = 250


def rotation(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])


def upright_face() -> np.ndarray:
    """The crude face with its eyes and nose where eyes and a nose are, and with depth."""
    face = neutral_face()
    face[:, 2] = 0.3 * np.hypot(face[:, 0], face[:, 1] - 0.5)
    for right, left, half in ((33, 263, 0.5), (133, 362, 0.2), (98, 327, 0.12)):
        height = 0.45 if half == 0.12 else 0.0
        face[right], face[left] = (-half, height, 0), (half, height, 0)
    for place, index in enumerate((168, 6, 197, 195, 5, 4)):
        face[index] = (0, 0.08 * place, -0.05 * place)
    face[2] = (0, 0.5, -0.05)
    return face


def judged(
    *, opened=0.0, spread=0.0, yaw=0.0, sideways=0.0, fade=1.0, body=0.0, blinks=(), starts=(0,)
) -> BaseFootage:
    """The footage of a face with these courses over time; numbers or arrays (COUNT,)."""
    series = [np.broadcast_to(np.float64(course), COUNT) for course in (opened, spread, sideways)]
    opened, spread, sideways = (course[:, None, None] for course in series)
    face = upright_face()
    rng = np.random.default_rng(4)
    shapes = face + opened * opening_field(face) + spread * stretch_field(face)
    turned = np.stack([rotation(angle) for angle in np.broadcast_to(yaw, COUNT)])
    meshes = EYES * (shapes @ np.swapaxes(turned, 1, 2)) + sideways * np.array([1, 0, 0])
    meshes = (meshes + rng.normal(scale=0.05, size=meshes.shape)).astype(np.float32)
    changes = np.broadcast_to(np.float32(body), COUNT) + rng.uniform(0.8, 1.2, COUNT)
    fade = np.broadcast_to(np.float32(fade), COUNT)
    shut = np.isin(np.arange(COUNT), blinks)
    pose = canonicalise(meshes, starts)
    return measure(meshes, pose, fade, changes.astype(np.float32), shut, FPS, starts)


def during(values: range, amount: float) -> np.ndarray:
    course = np.zeros(COUNT)
    course[list(values)] = amount
    return course


def syllables(amount: float) -> np.ndarray:
    """Four a second."""
    return amount * np.sin(np.pi * 4 * np.arange(COUNT) / FPS) ** 2


LAUGHTER = range(100, 150)


@pytest.mark.parametrize("course", ["opened", "spread"])
def test_a_mouth_that_stays_open_or_wide_is_less_calm_than_one_that_speaks(course):
    speech = syllables(0.08)
    settings = {"opened": speech, "spread": np.zeros(COUNT)}
    settings[course] = settings[course] + during(LAUGHTER, 0.12)
    unease = judged(**settings).unease
    assert unease[110:140].min() > 2 * unease[:80].max()


def test_syllables_do_not_make_the_footage_better_and_worse():
    unease = judged(opened=syllables(0.1)).unease
    assert np.ptp(unease[20:-20]) < 0.1


def test_a_head_turned_from_its_usual_pose_is_less_calm():
    unease = judged(yaw=during(LAUGHTER, 20)).unease
    assert unease[105:145].min() > unease[:90].max() + 0.3


def test_frames_that_cannot_be_changed_are_the_last_to_be_shown():
    unease = judged(opened=during(range(200, 220), 0.12), fade=1 - during(LAUGHTER, 1)).unease
    assert unease[110:140].min() > unease[200:220].max()


def test_a_moving_head_is_restless_but_not_at_the_extremes_of_its_motion():
    swing = 20 * np.cos(2 * np.pi * np.arange(COUNT) / 50)  # px: extremes at 0, 25, 50, …
    restlessness = judged(sideways=swing).restlessness
    extremes, middles = np.arange(25, COUNT - 5, 25), np.arange(12, COUNT - 5, 25)
    assert restlessness[extremes].max() < 1
    assert restlessness[middles].min() > 10


def test_the_ends_of_a_moving_clip_are_as_restless_as_its_middle():
    restlessness = judged(sideways=2.0 * np.arange(COUNT)).restlessness
    assert min(restlessness[0], restlessness[-1]) > 10


def test_moving_hands_are_restless_though_the_head_is_still():
    restlessness = judged(body=during(LAUGHTER, 8)).restlessness
    assert restlessness[100:149].min() > 4
    assert restlessness[:80].max() < 1


def test_a_cut_is_no_movement():
    cut = range(125, 126)
    leap = np.where(np.arange(COUNT) < 125, 0.0, 40.0)
    footage = judged(sideways=leap, body=during(cut, 60), starts=(0, 125))
    assert footage.restlessness.max() < 1
    assert judged(sideways=leap, body=during(cut, 60)).restlessness[124:126].min() > 10


def test_turning_round_beside_a_blink_would_repeat_it():
    restlessness = judged(blinks=range(100, 104)).restlessness
    assert restlessness[92:112].min() >= 1
    assert restlessness[100:104].min() >= 12
    assert restlessness[:80].max() < 1
