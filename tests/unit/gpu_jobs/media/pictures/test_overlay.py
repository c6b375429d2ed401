"""What is laid over a frame is seen there, and nothing stays behind."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.media.pictures.overlay import Overlay, laid_over


def picture(width: int, height: int, alpha: int) -> np.ndarray:
    """A red BGRA picture."""
    return np.full((height, width, 4), (0, 0, 200, alpha), np.uint8)


def grey(width: int = 40, height: int = 30) -> np.ndarray:
    return np.full((height, width, 3), 100, np.uint8)


@pytest.mark.parametrize(("alpha", "shown"), [(255, 200), (0, 100), (128, 150)])
def test_alpha_says_how_much_of_the_frame_is_covered(alpha: int, shown: int) -> None:
    frame = grey()
    Overlay(picture(4, 4, alpha), 10, 10, (40, 30)).draw(frame)
    assert frame[12, 12, 2] == pytest.approx(shown, abs=1)
    assert frame[9, 12, 2] == 100


@pytest.mark.parametrize(
    ("left", "top", "box"),
    [
        (-2, -3, (0, 0, 2, 1)),
        (38, 29, (38, 29, 2, 1)),
        (10, 10, (10, 10, 4, 4)),
    ],
)
def test_only_what_lies_on_the_canvas_is_drawn(left: int, top: int, box: tuple[int, ...]) -> None:
    frame = grey()
    overlay = Overlay(picture(4, 4, 255), left, top, (40, 30))
    overlay.draw(frame)
    assert overlay.box == box
    assert int((frame[..., 2] == 200).sum()) == box[2] * box[3]


def test_an_overlay_beside_the_canvas_changes_nothing() -> None:
    frame = grey()
    Overlay(picture(4, 4, 255), 100, 100, (40, 30)).draw(frame)
    assert (frame == 100).all()


def test_the_frame_is_as_it_was_after_overlapping_overlays() -> None:
    frame = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)
    before = frame.copy()
    overlays = [Overlay(picture(9, 9, 130), at, at, (40, 30)) for at in (5, 8)]
    with laid_over(frame, overlays) as shown:
        assert (shown != before).any()
    np.testing.assert_array_equal(frame, before)


def test_what_is_laid_over_nothing_is_seen_as_it_is() -> None:
    pixels = np.zeros((2, 3, 4), np.uint8)
    pixels[:] = (10, 20, 30, 128)
    frame = np.zeros((4, 4, 4), np.uint8)
    frame[:, 2:] = (250, 250, 250, 255)
    Overlay(pixels, 0, 0, (4, 4)).draw_with_alpha(frame)
    assert np.abs(frame[0, 0].astype(int) - (10, 20, 30, 128)).max() <= 1
    assert np.abs(frame[0, 2].astype(int) - (130, 135, 140, 255)).max() <= 2
    assert (
        frame[3] == [(0, 0, 0, 0), (0, 0, 0, 0), (250,) * 3 + (255,), (250,) * 3 + (255,)]
    ).all()
