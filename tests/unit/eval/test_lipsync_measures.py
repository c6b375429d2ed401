"""The judge's measures on mouths and pictures whose answer is known by hand."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from eval.lipsync_judge import measures
from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.engines.faces.geometry import LIPS

FPS = 25.0


def mouths(frames: int = 50) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(frames, 468, 3)).astype(np.float32)


def test_a_mouth_is_no_distance_from_itself():
    assert measures.lip_distance(mouths(), mouths()) == 0


def test_lips_moved_aside_by_a_hundredth_are_a_hundredth_away():
    moved = mouths()
    moved[:, list(LIPS), 0] += 0.01
    assert measures.lip_distance(moved, mouths()) == pytest.approx(0.01, rel=1e-4)


def test_depth_and_the_rest_of_the_face_do_not_count():
    moved = mouths()
    moved[..., 2] += 1
    moved[:, 33] += 1
    assert measures.lip_distance(moved, mouths()) == 0


def test_a_curve_correlates_with_itself_and_not_with_its_negative():
    curve = np.sin(np.arange(100) / 5).astype(np.float32)
    assert measures.correlation(curve, curve) == pytest.approx(1)
    assert measures.correlation(curve, -curve) == pytest.approx(-1)


def test_a_frozen_mouth_correlates_with_nothing():
    assert math.isnan(measures.correlation(np.zeros(100, np.float32), np.arange(100.0)))


@pytest.mark.parametrize("late", [-3, 0, 4])
def test_the_lag_of_a_late_curve_is_found(late):
    curve = np.random.default_rng(0).normal(size=200).astype(np.float32)
    assert measures.best_lag(np.roll(curve, late), curve, 6) == late


def test_a_mouth_that_shuts_in_one_of_two_bilabials_closes_half():
    openings = np.full(50, 0.1, np.float32)
    openings[10:13] = 0.01
    phonemes = [Phoneme("b", 0.4, 0.5), Phoneme("a", 0.5, 0.7), Phoneme("m", 1.2, 1.3)]
    assert measures.closure_rate(openings, phonemes, FPS, shut=0.01) == 0.5


def test_speech_without_bilabials_has_no_closure_rate():
    openings = np.full(50, 0.1, np.float32)
    assert math.isnan(measures.closure_rate(openings, [Phoneme("a", 0, 1)], FPS, 0.0))


def test_a_mouth_a_tenth_open_in_silence_scores_a_tenth():
    silent = np.arange(60) < 20
    openings = np.where(silent, 0.02, 0.11).astype(np.float32)
    share = measures.silence_opening(openings, silent, shut=0.01)
    assert share == pytest.approx(0.1, rel=1e-3)


def test_only_frames_well_inside_a_pause_are_silent():
    sound = np.random.default_rng(0).normal(scale=0.1, size=16_000 * 3).astype(np.float32)
    sound[16_000:32_000] = 0
    silent = measures.silent_frames(sound, 16_000, 75, FPS)
    assert silent[30:45].all()
    assert not silent[:27].any()
    assert not silent[48:].any()


def test_steady_movement_does_not_jitter_and_shaking_does():
    steady = np.zeros((30, 468, 3), np.float32)
    steady[:, :, 1] = np.linspace(0, 0.1, 30)[:, None]
    shaking = steady.copy()
    shaking[::2, :, 1] += 0.01
    assert measures.jitter(steady) < 1e-6
    assert measures.jitter(shaking) == pytest.approx(0.02, rel=1e-3)


def picture() -> np.ndarray:
    noise = np.random.default_rng(2).normal(120, 20, (160, 160)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 1.0)


def test_blur_takes_sharpness_away():
    blurred = cv2.GaussianBlur(picture(), (0, 0), 1.5)
    assert measures.sharpness(blurred) < 0.5 * measures.sharpness(picture())


def test_sharpness_is_compared_at_the_same_opening():
    openings = np.linspace(0, 1, 40).astype(np.float32)
    own = 10 + 90 * openings
    chosen = slice(4, 16)  # mostly shut: less sharp than the mean of the source, but as it is
    ratio = measures.sharpness_ratio(own[chosen], openings[chosen], own, openings)
    assert ratio == pytest.approx(1, abs=0.05)
    assert measures.sharpness_ratio(
        0.5 * own[chosen], openings[chosen], own, openings
    ) == pytest.approx(0.5, abs=0.03)


def circle(radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return (80 + radius * np.stack([np.cos(angle), np.sin(angle)], -1)).astype(np.float32)


def gradients(gray: np.ndarray) -> np.ndarray:
    rings = measures.ring_gradients(gray, circle(50), circle(12), 100.0, (-0.06, 0.0, 0.06))
    return rings[None]


def test_an_untouched_picture_has_a_seam_ratio_of_one():
    assert measures.seam_ratio(gradients(picture()), gradients(picture())) == pytest.approx(1)


def test_a_patch_of_another_brightness_shows_its_border():
    patched = picture()
    inside = np.zeros(patched.shape, np.uint8)
    cv2.circle(inside, (80, 80), 50, 1, -1)
    patched[inside > 0] += 25
    assert measures.seam_ratio(gradients(patched), gradients(picture())) > 1.5


def test_what_happens_between_the_lips_is_no_seam():
    spoken = picture()
    cv2.circle(spoken, (80, 80), 9, 0.0, -1)
    assert measures.seam_ratio(gradients(spoken), gradients(picture())) == pytest.approx(1)


def test_a_single_frame_unlike_its_neighbours_and_all_of_the_person_is_a_ghost() -> None:
    moving = np.arange(60, dtype=np.float32)
    own = np.tile(100 + moving[:, None, None], (1, 8, 8))
    made = own.copy()
    assert measures.ghost_frames(made, own) == 0
    made[30, ::2] += 120
    assert measures.ghost_frames(made, own) == 1


def test_a_cut_to_another_mouth_of_the_person_is_no_ghost() -> None:
    own = np.tile(np.repeat([100.0, 160.0], 30)[:, None, None], (1, 8, 8)).astype(np.float32)
    assert measures.ghost_frames(np.roll(own, 10, axis=0), own) == 0
