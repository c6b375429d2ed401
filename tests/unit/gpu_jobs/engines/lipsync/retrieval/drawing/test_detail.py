"""The fine detail of drawn mouths."""

from __future__ import annotations

import cv2
import numpy as np

from gpu_jobs.engines.lipsync.retrieval.drawing.detail import UsualDetail, crisp, detail

POINTS = np.stack(np.meshgrid(np.arange(30, 90, 4), np.arange(30, 90, 4)), -1).reshape(-1, 2)


def test_a_blurred_mouth_gets_the_detail_back_that_it_had():
    noise = np.random.default_rng(0).uniform(60, 200, (120, 120, 3)).astype(np.float32)
    sharp = cv2.GaussianBlur(noise, (0, 0), 1.0)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 0.4)
    had = detail(sharp, POINTS)
    assert detail(blurred, POINTS) < 0.9 * had
    assert had <= detail(crisp(blurred, POINTS, had), POINTS) < 1.1 * had


def test_a_mouth_sharper_than_the_others_comes_nearer_to_them():
    openings = np.linspace(0.02, 0.1, 12, dtype=np.float32)
    usual = UsualDetail.of(openings, np.full(12, 100.0, np.float32))
    assert usual is not None
    assert 100 < usual.mixed(200.0, 0.06) < 200
    assert usual.mixed(200.0, 0.0) == 200  # shut lips have another detail


def test_a_clip_with_hardly_an_open_mouth_says_nothing_about_detail():
    assert UsualDetail.of(np.full(3, 0.05, np.float32), np.ones(3, np.float32)) is None
