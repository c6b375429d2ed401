"""Mouth pictures read through the triangles of the mesh."""

from __future__ import annotations

import cv2
import numpy as np

from gpu_jobs.engines.lipsync.warp import MouthTriangles, Window


def test_a_small_mouth_keeps_its_detail(talker):
    """Moved by part of a pixel, the picture loses little of its fine structure."""
    noise = np.random.default_rng(0).integers(60, 200, (160, 160), dtype=np.uint8)
    picture = np.repeat(cv2.GaussianBlur(noise, (0, 0), 1.0)[..., None], 3, 2)
    mesh = (talker.mean[:, :2] * 80 + (80, 20)).astype(np.float32)
    window = Window(60, 60, 100, 100)
    raster = MouthTriangles(talker.mean).rasterise(mesh, window)
    read = raster.read(picture, mesh + np.float32(0.3))

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
        return triangles.rasterise(mesh, window).read(picture, source)

    small = seen(Window(60, 60, 100, 100))
    large = seen(Window(20, 20, 140, 140))[40:80, 40:80]
    inside = slice(3, -3), slice(3, -3)  # the median sees only a part of what is around the rim
    assert np.abs(small - large)[inside].max() <= 1
