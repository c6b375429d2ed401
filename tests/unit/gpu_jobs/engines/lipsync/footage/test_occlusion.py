"""What counts as hiding a mouth, on NASA's portrait of Eileen Collins (public domain)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.faces.appearance import appearance
from gpu_jobs.engines.faces.geometry import (
    LIPS,
    LIPS_OUTER,
    NOSE_BASE,
    RIGHT_EYE_OUTER,
    eye_distance,
)
from gpu_jobs.engines.faces.tracking import FaceTracker
from gpu_jobs.engines.lipsync.footage.occlusion import hidden
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[6]
FRAMES, FPS = 50, 25.0
COVERED = range(20, 30)
Draw = Callable[[np.ndarray, np.ndarray], None]


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return np.ascontiguousarray(sample_pictures.astronaut()[:240, 100:340])


@pytest.fixture(scope="module")
def mesh(portrait: np.ndarray) -> np.ndarray:
    try:
        face = FaceTracker(WeightStore(ROOT / ".weights"))(portrait)
    except WeightsMissing as missing:
        pytest.skip(missing.message)
    assert face is not None
    return face.points


def hidden_frames(portrait: np.ndarray, mesh: np.ndarray, draw: dict[int, Draw]) -> list[int]:
    """Frames called hidden of a swaying, flickering clip in which `draw` changes some frames."""
    rng = np.random.default_rng(0)
    looks, meshes = [], []
    for index in range(FRAMES):
        shift = np.round(6 * np.sin([index / 5, index / 7])).astype(int)
        light = 1 + 0.15 * np.sin(index / 9)
        picture = np.roll(portrait, shift[::-1], axis=(0, 1)) * light
        picture = np.clip(picture + rng.normal(scale=4, size=picture.shape), 0, 255)
        points = mesh + np.array([*shift, 0], np.float32)
        picture = picture.astype(np.uint8)
        draw.get(index, lambda *_: None)(picture, points)
        looks.append(appearance(picture, points))
        meshes.append(points)
    return np.flatnonzero(hidden(np.stack(looks), np.stack(meshes), FPS)).tolist()


def mouth_of(points: np.ndarray) -> tuple[int, int]:
    x, y = np.round(points[list(LIPS), :2].mean(0)).astype(int)
    return int(x), int(y)


def draw_hand(picture: np.ndarray, points: np.ndarray) -> None:
    """Skin of the person's own brow, with the shadows between four fingers."""
    unit, (x, y) = int(eye_distance(points)), mouth_of(points)
    brow_x, brow_y = np.round(points[9, :2] - (0, 0.2 * unit)).astype(int)
    skin = picture[brow_y - 4 : brow_y + 4, brow_x - 8 : brow_x + 8].mean((0, 1))
    for finger in range(4):
        top = y + round((finger - 2) * 0.17 * unit)
        end = (x + unit // 2, top + round(0.14 * unit))
        cv2.rectangle(picture, (x - unit // 2, top), end, skin.tolist(), -1)


def draw_microphone(picture: np.ndarray, points: np.ndarray) -> None:
    cv2.circle(picture, mouth_of(points), int(0.3 * eye_distance(points)), (40, 38, 36), -1)


def draw_glasses(picture: np.ndarray, points: np.ndarray) -> None:
    for middle in (points[[33, 133], :2].mean(0), points[[362, 263], :2].mean(0)):
        x, y = np.round(middle).astype(int)
        cv2.circle(picture, (int(x), int(y)), int(0.25 * eye_distance(points)), (20, 20, 20), 3)


def draw_beard(picture: np.ndarray, points: np.ndarray) -> None:
    """Dark noise from the nose down, lips left free: as red as the beard is brown."""
    lips = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(lips, [np.round(points[list(LIPS_OUTER), :2]).astype(np.int32)], 1)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    x, y = mouth_of(points)
    near = np.hypot(columns - x, rows - y) < 0.55 * eye_distance(points)
    beard = near & (rows > points[NOSE_BASE, 1] + 3) & (lips == 0)
    rng = np.random.default_rng(1)
    picture[beard] = np.clip(rng.normal((35, 42, 55), 14, (beard.sum(), 3)), 0, 255)


@pytest.mark.parametrize("draw", [draw_hand, draw_microphone])
def test_a_mouth_behind_a_passing_thing_is_hidden(portrait, mesh, draw):
    found = hidden_frames(portrait, mesh, dict.fromkeys(COVERED, draw))
    assert set(COVERED) <= set(found)
    assert min(found) >= COVERED.start - 4
    assert max(found) < COVERED.stop + 4


@pytest.mark.parametrize("draw", [draw_glasses, draw_beard])
def test_glasses_and_beards_hide_nothing(portrait, mesh, draw):
    assert hidden_frames(portrait, mesh, dict.fromkeys(range(FRAMES), draw)) == []


def test_flickering_light_hides_nothing(portrait, mesh):
    assert hidden_frames(portrait, mesh, {}) == []


def test_a_hand_before_a_beard_is_found(portrait, mesh):
    def both(picture: np.ndarray, points: np.ndarray) -> None:
        draw_beard(picture, points)
        draw_hand(picture, points)

    draw = dict.fromkeys(range(FRAMES), draw_beard) | dict.fromkeys(COVERED, both)
    assert set(COVERED) <= set(hidden_frames(portrait, mesh, draw))


def test_a_hand_at_the_eyes_leaves_the_mouth_free(portrait, mesh):
    def wipe_an_eye(picture: np.ndarray, points: np.ndarray) -> None:
        raised = points.copy()
        raised[:, :2] += points[RIGHT_EYE_OUTER, :2] - points[list(LIPS), :2].mean(0)
        draw_microphone(picture, raised)

    assert hidden_frames(portrait, mesh, dict.fromkeys(COVERED, wipe_an_eye)) == []


def test_two_looks_of_equal_length_are_both_kept(portrait, mesh):
    draw = dict.fromkeys(range(FRAMES // 2 + 2), draw_microphone)
    assert len(hidden_frames(portrait, mesh, draw)) <= FRAMES // 2


def test_a_face_at_the_edge_of_the_picture_is_read(portrait, mesh):
    outside = mesh - np.array([*mesh[NOSE_BASE, :2], 0], np.float32)
    assert appearance(portrait, outside).shape == (len(mesh), 3)
