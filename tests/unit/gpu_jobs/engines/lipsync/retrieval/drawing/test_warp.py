"""Mouth pictures read through the triangles of the mesh."""

from __future__ import annotations

import cv2
import numpy as np

from gpu_jobs.engines.faces.geometry import (
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LOWER_LIP_INNER,
    UPPER_LIP_INNER,
    eye_distance,
)
from gpu_jobs.engines.lipsync.blending import Window
from gpu_jobs.engines.lipsync.retrieval.drawing.source_mesh import reading_points
from gpu_jobs.engines.lipsync.retrieval.drawing.warp import MouthTriangles, with_inside
from gpu_jobs.engines.mouth.shapes import opening_field

WHITE_TEETH, RED_LIPS = 230, 90


def placed(face):
    """A canonical mesh in the pixels of a 240 px picture."""
    return (face * 160 + np.float32([120, 20, 0])).astype(np.float32)


def inner_ring(mesh):
    ring = [*UPPER_LIP_INNER, *LOWER_LIP_INNER[-2:0:-1]]
    return np.round(mesh[ring, :2]).astype(np.int32)


def mouth_picture(mesh):
    """Lips and skin in one grey, all that is between the lips in another."""
    picture = np.full((240, 240, 3), RED_LIPS, np.uint8)
    cv2.fillPoly(picture, [inner_ring(mesh)], (WHITE_TEETH,) * 3)
    return picture


def test_a_small_mouth_keeps_its_detail(talker):
    """Moved by part of a pixel, the picture loses little of its fine structure."""
    noise = np.random.default_rng(0).integers(60, 200, (160, 160), dtype=np.uint8)
    picture = np.repeat(cv2.GaussianBlur(noise, (0, 0), 1.0)[..., None], 3, 2)
    mesh = (talker.mean[:, :2] * 80 + (80, 20)).astype(np.float32)
    window = Window(60, 60, 100, 100)
    raster = MouthTriangles(talker.mean).rasterise(mesh, window)
    read = raster.read(picture, with_inside(mesh + np.float32(0.3)))

    def detail(gray):
        return cv2.Laplacian(np.asarray(gray, np.float32), cv2.CV_32F)[4:-4, 4:-4].var()

    assert detail(read[..., 0]) > 0.75 * detail(picture[window.slices][..., 0])


def test_a_window_shows_what_a_larger_one_shows_there(talker):
    """Triangles beyond a window are left out; none that reaches into it may be missing."""
    picture = np.random.default_rng(0).integers(0, 255, (160, 160, 3), dtype=np.uint8)
    mesh = (talker.mean[:, :2] * 80 + (80, 20)).astype(np.float32)
    source = mesh + np.random.default_rng(1).normal(0, 1, mesh.shape).astype(np.float32)
    triangles = MouthTriangles(talker.mean)

    def seen(window: Window) -> np.ndarray:
        return triangles.rasterise(mesh, window).read(picture, with_inside(source))

    small = seen(Window(60, 60, 100, 100))
    large = seen(Window(20, 20, 140, 140))[40:80, 40:80]
    inside = slice(3, -3), slice(3, -3)  # the median sees only a part of what is around the rim
    # Of noise of 255 levels a missing triangle would change dozens.
    assert np.abs(small - large)[inside].max() <= 8


def test_lips_of_another_arch_leave_no_notch_over_the_teeth(talker):
    """Where the wanted upper lip is arched and the source's is not, no lip hangs into the mouth."""
    field = opening_field(talker.mean)
    source, wanted = placed(talker.mean + 0.10 * field), placed(talker.mean + 0.12 * field)
    source[LIP_TOP_INNER, 1] += 5
    wanted[LIP_TOP_INNER, 1] -= 3
    window = Window(60, 90, 180, 190)
    raster = MouthTriangles(talker.mean).rasterise(wanted[:, :2], window)
    read = raster.read(mouth_picture(source), with_inside(source[:, :2]))[..., 0]
    inside = np.zeros((240, 240), np.uint8)
    cv2.fillPoly(inside, [inner_ring(wanted)], 1)
    seen = read[cv2.erode(inside, np.ones((7, 7)))[window.slices] > 0]
    assert (seen < WHITE_TEETH - 40).mean() < 0.01


def test_teeth_keep_their_size_in_a_mouth_opened_further(talker):
    field = opening_field(talker.mean)
    source, wanted = placed(talker.mean + 0.12 * field), placed(talker.mean + 0.15 * field)
    edge = source[LIP_TOP_INNER, 1] + 0.4 * (source[LIP_BOTTOM_INNER, 1] - source[LIP_TOP_INNER, 1])
    picture = mouth_picture(source)
    picture[round(float(edge)) :] = 20
    window = Window(60, 90, 180, 190)
    raster = MouthTriangles(talker.mean).rasterise(wanted[:, :2], window)
    read = raster.read(picture, reading_points(source, wanted[:, :2], eye_distance(source)))[..., 0]
    column = read[:, 60] > 160
    assert abs(int(column.sum()) - (edge - source[LIP_TOP_INNER, 1])) <= 3


def test_the_lower_lip_covers_teeth_in_a_mouth_closed_further(talker):
    """Squeezed teeth would be a bright stripe, thinner than any tooth."""
    field = opening_field(talker.mean)
    source, wanted = placed(talker.mean + 0.12 * field), placed(talker.mean + 0.04 * field)
    top, bottom = source[LIP_TOP_INNER, 1], source[LIP_BOTTOM_INNER, 1]
    edge = round(float(top + 0.25 * (bottom - top)))
    picture = mouth_picture(source)
    picture[edge:] = 20
    raster = MouthTriangles(talker.mean).rasterise(wanted[:, :2], Window(60, 90, 180, 190))
    points = reading_points(source, wanted[:, :2], eye_distance(source))
    teeth = raster.read(picture, points)[:, 60, 0] > 160
    assert abs(int(teeth.sum()) - (edge - top)) <= 2


def test_a_large_face_is_drawn_at_half_its_size(talker):
    """Every pixel of it lies between rows that are pressed together: more than OpenCV's maps."""
    picture = np.full((900, 900, 3), RED_LIPS, np.uint8)
    for side in (190, 340, 440):
        wanted = (talker.mean[:, :2] * 0.8 * side + (side / 2, side / 8)).astype(np.float32)
        raster = MouthTriangles(talker.mean).rasterise(wanted, Window(0, 0, side, side))
        read = raster.read(picture, with_inside(2 * wanted))
        assert read.shape == (side, side, 3)
        assert (np.abs(read - RED_LIPS) < 1).all()


def test_a_lip_that_covers_teeth_has_an_edge_as_soft_as_the_picture(talker):
    """Cut as sharp as pixels allow, it looks pasted into a soft picture."""
    wanted = placed(talker.mean + 0.06 * opening_field(talker.mean))
    source = placed(talker.mean + 0.09 * opening_field(talker.mean))
    picture = cv2.GaussianBlur(mouth_picture(source), (0, 0), 1.5)
    raster = MouthTriangles(talker.mean).rasterise(wanted[:, :2], Window(0, 0, 240, 240))
    points = reading_points(source, wanted[:, :2], eye_distance(source))
    read = raster.read(picture, points)[..., 0]
    column, row = np.round(wanted[LIP_BOTTOM_INNER, :2]).astype(int)
    own_row = round(float(source[LIP_BOTTOM_INNER, 1]))

    def steepest(gray, at):
        return np.abs(np.diff(gray[at - 6 : at + 7, column].astype(float))).max()

    assert steepest(read, row) < 1.25 * steepest(picture[..., 0], own_row)
