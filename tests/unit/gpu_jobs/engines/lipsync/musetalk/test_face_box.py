"""The crop and the mask on faces whose geometry is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import JAW, LIPS, eye_distance
from gpu_jobs.engines.lipsync.musetalk.face_box import FaceBox
from gpu_jobs.engines.lipsync.musetalk.paste import edge_room, mask_outline, paste
from gpu_jobs.media.pictures.colour import to_bgr, to_yuv420

from .conftest import round_face

SHAPE = (480, 640, 3)


def face(x: float = 300.0, y: float = 200.0, radius: float = 100.0) -> np.ndarray:
    """A round face with the middle of its nose at its centre and the mouth halfway down."""
    mesh = round_face(x, y, radius)
    mesh[list(LIPS), 1] = y + 0.5 * radius
    mesh[list(LIPS), 0] = x + 0.25 * radius * np.cos(np.arange(len(LIPS)))
    mesh[[205, 425], 0] = x - 0.5 * radius, x + 0.5 * radius
    mesh[[205, 425], 1] = y + 0.3 * radius
    return mesh


def test_the_nose_is_halfway_between_top_and_chin_and_ten_pixels_are_added_below() -> None:
    box = FaceBox.around(face(), SHAPE)
    # chin at 300, middle of the nose at 200: top at 200 - (300 - 200); the ears at 200 and 400
    assert (box.left, box.top, box.right, box.bottom) == (200, 100, 400, 310)


def test_the_hidden_half_begins_in_the_middle_of_the_box_with_its_margin() -> None:
    assert FaceBox.around(face(), SHAPE).hidden_from == 205


def test_a_face_at_the_edge_is_cut_off_there() -> None:
    box = FaceBox.around(face(x=60.0, y=420.0), SHAPE)
    assert (box.left, box.bottom) == (0, 480)


def test_a_face_that_has_left_the_picture_has_no_box() -> None:
    assert FaceBox.around(face(x=-95.0), SHAPE) is None


def test_a_crop_is_the_box_at_256_pixels() -> None:
    frame = np.zeros(SHAPE, np.uint8)
    frame[100:205, 200:400] = (10, 20, 30)
    frame[205:310, 200:400] = (200, 100, 50)
    crop = FaceBox.around(face(), SHAPE).crop(frame)
    assert crop.shape == (256, 256, 3)
    assert (crop[:120] == (10, 20, 30)).all() and (crop[136:] == (200, 100, 50)).all()


def test_the_mask_keeps_to_the_painted_half_and_off_the_edges() -> None:
    mesh, box = face(), FaceBox.around(face(), SHAPE)
    unit = eye_distance(mesh)
    outline, room = mask_outline(mesh, box, unit), edge_room(unit)
    assert outline[:, 0].min() >= box.left + room and outline[:, 0].max() < box.right - room
    assert outline[:, 1].min() >= 205 + room and outline[:, 1].max() < box.bottom - room


def pasted(colour: tuple[int, int, int], weight: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A noisy frame before and after a plain face of one colour was pasted."""
    planes = to_yuv420(np.random.default_rng(0).integers(90, 110, SHAPE).astype(np.uint8))
    mesh = face()
    box = FaceBox.around(mesh, SHAPE)
    plain = np.full((256, 256, 3), colour, np.uint8)
    return to_bgr(planes), to_bgr(paste(planes.copy(), plain, mesh, box, weight))


def test_what_lies_well_outside_of_the_mask_keeps_its_exact_pixels() -> None:
    before, after = pasted((100, 100, 100))
    changed = np.argwhere((before != after).any(-1))
    box = FaceBox.around(face(), SHAPE)
    assert len(changed) > 1000
    room = 3  # a sample of chroma is two pixels wide, and read between two
    assert changed[:, 0].min() > box.hidden_from - room
    assert changed[:, 0].max() < box.bottom + room
    assert changed[:, 1].min() > box.left - room and changed[:, 1].max() < box.right + room


def test_the_middle_of_the_mouth_is_the_generated_one() -> None:
    _, after = pasted((100, 100, 100))
    assert np.ptp(after[250, 290:310].astype(int)) <= 1  # the noise of the frame is gone


def test_a_face_in_other_light_takes_the_colours_of_its_frame() -> None:
    _, after = pasted((80, 100, 125))
    np.testing.assert_allclose(after[245:255, 290:310].mean((0, 1)), 100, atol=3)


def test_at_no_weight_nothing_is_seen_to_change() -> None:
    before, after = pasted((0, 0, 0), weight=0.0)
    assert np.abs(before.astype(int) - after).mean() < 1


@pytest.mark.parametrize("drop", [0, 30])
def test_the_mask_follows_the_jaw(drop: int) -> None:
    mesh = face()
    mesh[list(JAW), 1] += drop
    box = FaceBox.around(mesh, SHAPE)
    outline = mask_outline(mesh, box, eye_distance(mesh))
    assert abs(outline[:, 1].max() - (300 + drop)) <= 12
