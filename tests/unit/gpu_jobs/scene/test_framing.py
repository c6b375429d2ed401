"""A film in another size or shape."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene.framing import frame, output_size


@pytest.mark.parametrize(
    ("source", "resolution", "aspect", "size"),
    [
        ((512, 512), None, None, (512, 512)),
        ((1280, 720), None, "9:16", (404, 720)),
        ((1280, 720), "1080p", None, (1920, 1080)),
        ((1080, 1920), "720p", None, (720, 1280)),
        ((1080, 1920), "720p", "16:9", (1280, 720)),
        ((1080, 1920), None, "1:1", (1080, 1080)),
        ((640, 480), "320x568", None, (320, 568)),
        ((2000, 500), "1080p", None, (1920, 480)),
    ],
)
def test_a_film_has_the_size_that_was_asked_for(source, resolution, aspect, size):
    assert output_size(source, resolution, aspect) == size


def walking(count: int, first: float, last: float) -> np.ndarray:
    """Faces of 100 x 120 that go from one x to another."""
    x = np.linspace(first, last, count)
    return np.stack([x, np.full(count, 150.0), np.full(count, 100.0), np.full(count, 120.0)], 1)


def test_the_face_stays_in_view_where_the_sides_are_cut_off_and_the_cut_moves_smoothly():
    faces = walking(250, 100, 1000)
    framing = frame((1280, 720), (404, 720), "cover", faces, 25.0)
    for index, face in enumerate(faces):
        shown = framing.placed(Rectangle(*face), index)
        assert shown.x >= 0
        assert shown.right <= 404
    assert np.abs(np.diff(framing.left)).max() < 4.5  # the face walks 3.6 pixels a frame


def test_a_face_that_moves_little_is_shown_by_a_cut_at_rest():
    framing = frame((1280, 720), (404, 720), "cover", walking(100, 800, 830), 25.0)
    assert np.ptp(framing.left) == 0
    assert framing.placed(Rectangle(815, 150, 100, 120), 0).middle == pytest.approx(202, abs=1)


def test_a_tall_clip_cut_to_a_wide_one_keeps_the_head():
    faces = np.tile([400.0, 500.0, 280.0, 340.0], (50, 1))
    framing = frame((1080, 1920), (1920, 1080), "cover", faces, 25.0)
    shown = framing.placed(Rectangle(*faces[0]), 0)
    assert shown.y > 60
    assert shown.bottom < 1000


def test_all_of_the_clip_is_shown_between_bars():
    framing = frame((400, 200), (200, 200), "contain", walking(3, 10, 20), 25.0)
    shown = framing.applied(np.full((200, 400, 3), 90, np.uint8), 0)
    assert shown.shape == (200, 200, 3)
    assert (shown[:49] == 0).all()
    assert (shown[-49:] == 0).all()
    assert (shown[55:145] == 90).all()
