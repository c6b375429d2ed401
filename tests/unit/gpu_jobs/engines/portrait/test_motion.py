"""Blinks, sway and the mouth of recorded speech."""

import numpy as np

from gpu_jobs.engines.portrait.motion import blinks, head_motion, loudness, mouth_curves
from gpu_jobs.timeline import Speech

T = (np.arange(25 * 20) + 0.5) / 25


def test_people_blink_several_times_in_twenty_seconds_and_mostly_keep_their_eyes_open():
    closed = blinks(T)
    starts = np.count_nonzero((closed[1:] > 0.5) & (closed[:-1] <= 0.5))
    assert 3 <= starts <= 10
    assert np.mean(closed > 0.1) < 0.15


def test_the_head_moves_slightly_and_smoothly():
    motion = head_motion(T, np.random.default_rng(0).random(len(T)).astype(np.float32))
    for axis in (motion.x, motion.y, motion.roll):
        assert axis.shape == T.shape
        assert np.abs(axis).max() < 0.05
        assert np.abs(np.diff(axis)).max() < 0.006


def test_a_single_frame_is_enough():
    assert head_motion(T[:1], np.zeros(1, np.float32)).x.shape == (1,)


def test_silence_keeps_the_mouth_of_recorded_speech_shut():
    rate = 16_000
    samples = np.zeros(2 * rate, np.float32)
    samples[rate:] = 0.3 * np.sin(np.arange(rate) * 0.3)
    curves = mouth_curves(Speech(samples, rate), np.array([0.2, 0.7, 1.5]))
    assert np.all(curves.opening[:2] == 0)
    assert curves.opening[2] > 0.3


def test_a_silent_recording_has_no_loudness():
    assert not loudness(Speech(np.zeros(16_000, np.float32), 16_000), T[:20]).any()
