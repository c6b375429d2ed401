"""Finding and aligning faces, on NASA's portrait of Eileen Collins (public domain)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.faces.detection import FaceDetector
from gpu_jobs.engines.faces.geometry import (
    LEFT_EYE_OUTER,
    LIPS,
    RIGHT_EYE_OUTER,
    canonicalise,
    eye_distance,
    head_angles,
    head_yaw,
    inverse,
    smooth_in_time,
    transform,
    umeyama,
)
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    try:
        return FaceTracker(WeightStore(ROOT / ".weights"))
    except WeightsMissing as missing:
        pytest.skip(missing.message)


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return sample_pictures.astronaut()


@pytest.fixture(autouse=True)
def forget(tracker):
    tracker.reset()


def turned(degrees: float) -> np.ndarray:
    """A rotation about y and x: a head that turns and nods."""
    a, b = np.radians(degrees), np.radians(degrees / 2)
    y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return x @ y


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (1080, 1920), (1920, 16), (16, 1920), (1920, 50), (1, 1)]
)
def test_a_close_look_is_bounded_whatever_the_shape(
    tracker, monkeypatch, width: int, height: int
) -> None:
    looks = []
    monkeypatch.setattr(FaceDetector, "__call__", lambda _, tile: looks.append(tile.shape) or [])
    tracker.detector.closely(np.zeros((height, width, 3), np.uint8))
    assert 1 <= len(looks) <= 27
    assert all(min(shape) > 0 for shape in looks)


def test_the_mesh_lies_on_eyes_and_mouth_of_the_portrait(tracker, portrait):
    face = tracker(portrait)
    assert face is not None
    assert face.points.shape == (468, 3)
    assert face.points.dtype == np.float32
    assert face.score > 0.9
    np.testing.assert_allclose(face.points[RIGHT_EYE_OUTER, :2], (194, 101), atol=6)
    np.testing.assert_allclose(face.points[LEFT_EYE_OUTER, :2], (256, 104), atol=6)
    assert abs(head_yaw(face.points)) < 25


def test_the_tracker_follows_a_moving_face_without_detecting_again(tracker, portrait):
    first = tracker(portrait)
    moved = np.roll(portrait, (6, 9), axis=(0, 1))
    second = tracker(moved)
    assert first is not None
    assert second is not None
    shift = (second.points - first.points)[:, :2].mean(0)
    np.testing.assert_allclose(shift, (9, 6), atol=1.5)


def test_a_tilted_and_enlarged_face_gives_the_same_mesh(tracker, portrait):
    upright = tracker(portrait)
    matrix = cv2.getRotationMatrix2D((222, 130), 20, 1.4)
    tracker.reset()
    tilted = tracker(cv2.warpAffine(portrait, matrix, (512, 512)))
    assert upright is not None
    assert tilted is not None
    expected = upright.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    error = np.linalg.norm(expected - tilted.points[:, :2], axis=1).mean()
    assert error < 0.05 * eye_distance(tilted.points)


def test_a_small_face_in_a_large_picture_is_found(tracker, portrait):
    full_hd = np.full((1080, 1920, 3), 110, np.uint8)
    full_hd[300:540, 900:1140] = cv2.resize(portrait, (240, 240), interpolation=cv2.INTER_AREA)
    face = tracker(full_hd)
    assert face is not None
    assert 45 < np.ptp(face.points[:, 1]) < 60
    np.testing.assert_allclose(face.points[:, :2].mean(0), (1004, 363), atol=10)


def test_a_picture_without_a_face_gives_none(tracker):
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    assert tracker(noise) is None


def test_a_face_is_found_again_after_it_was_gone(tracker, portrait):
    assert tracker(portrait) is not None
    assert tracker(np.zeros_like(portrait)) is None
    assert tracker(portrait) is not None


def test_nothing_is_smoothed_across_a_cut():
    steps = np.repeat([0.0, 10.0], 5).astype(np.float32)
    assert smooth_in_time(steps, starts=(0, 5)).tolist() == steps.tolist()
    assert smooth_in_time(steps)[4] == 2.5


def test_alignment_recovers_a_known_similarity():
    points = np.random.default_rng(1).normal(size=(30, 3)).astype(np.float32)
    rotation = turned(25)
    target = (2.5 * points @ rotation.T + [3, -1, 7]).astype(np.float32)
    matrix = umeyama(points, target)
    np.testing.assert_allclose(matrix[:, :3], 2.5 * rotation, atol=1e-4)
    np.testing.assert_allclose(transform(points, matrix), target, atol=1e-4)
    np.testing.assert_allclose(transform(target, inverse(matrix)), points, atol=1e-4)


def test_alignment_never_mirrors_a_face():
    points = np.random.default_rng(2).normal(size=(30, 3)).astype(np.float32)
    matrix = umeyama(points, points * (-1, 1, 1))
    assert np.linalg.det(matrix[:, :3]) > 0


def test_head_angles_are_read_from_the_alignment():
    angle = np.radians(20)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle), 0], [0, 1, 0, 0], [-np.sin(angle), 0, np.cos(angle), 0]],
        np.float32,
    )
    np.testing.assert_allclose(np.abs(head_angles(turn[None])), [[20, 0]], atol=1e-3)


def test_a_turning_head_keeps_one_canonical_mouth(tracker, portrait):
    face = tracker(portrait)
    assert face is not None
    centre = face.points.mean(0)
    poses = [turned(angle) for angle in np.linspace(-15, 15, 9)]
    meshes = np.stack([(face.points - centre) @ pose.T + 300 for pose in poses])
    canonical = canonicalise(meshes.astype(np.float32)).points
    spread = canonical[:, list(LIPS)].std(0).max()
    assert spread < 0.01  # eye distances: the pose is gone
    across = canonical[:, LEFT_EYE_OUTER] - canonical[:, RIGHT_EYE_OUTER]
    np.testing.assert_allclose(across, np.tile([1, 0, 0], (9, 1)), atol=0.03)
