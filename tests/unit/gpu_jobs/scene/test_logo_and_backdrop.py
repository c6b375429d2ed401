"""What stands before and behind the person."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gpu_jobs.media.pictures.decoder import Picture
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene.backdrop import Backdrop
from gpu_jobs.scene.logo import logo_overlay

CANVAS = (400, 300)
LABEL = Rectangle(9, 9, 80, 18)


@pytest.mark.parametrize(
    ("corner", "box"),
    [
        ("top-right", (343, 9, 48, 24)),
        ("bottom-right", (343, 267, 48, 24)),
        ("bottom-left", (9, 267, 48, 24)),
        ("top-left", (9, 31, 48, 24)),
    ],
)
def test_a_logo_stands_in_its_corner_in_its_own_shape_and_not_on_the_label(corner, box):
    logo = Picture(np.full((50, 100, 3), 200, np.uint8))
    assert logo_overlay(logo, corner, 0.16, CANVAS, LABEL).box == box


def test_what_is_transparent_of_a_logo_lends_its_edge_no_colour():
    alpha = np.zeros((200, 200), np.uint8)
    cv2.circle(alpha, (100, 100), 80, 255, -1)
    green = np.zeros((200, 200, 3), np.uint8)
    green[...] = (0, 255, 0)
    green[alpha > 0] = (255, 255, 255)
    frame = np.zeros((300, 400, 3), np.uint8)
    logo_overlay(Picture(green, alpha), "top-right", 0.16, CANVAS, LABEL).draw(frame)
    seen = frame.astype(int)
    assert seen.max() == 255
    assert np.abs(seen[..., 1] - seen[..., 0]).max() < 6


def test_a_coloured_ground_is_of_that_colour():
    ground = Backdrop.of((40, 30), None, "#102030", None)
    picture, alpha = np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80), np.float32)
    assert (ground.behind(picture, alpha) == (0x30, 0x20, 0x10)).all()


def test_a_blurred_ground_has_no_trace_of_the_person():
    picture = np.full((180, 320, 3), (60, 160, 60), np.uint8)
    picture[::8] = (80, 180, 80)
    alpha = np.zeros((180, 320), np.float32)
    alpha[40:, 100:220] = 1
    picture[40:, 100:220] = (30, 30, 250)
    ground = Backdrop.of((320, 180), None, None, 0.6).behind(picture, alpha).astype(int)
    assert np.abs(ground - (63, 163, 63)).max() < 14
