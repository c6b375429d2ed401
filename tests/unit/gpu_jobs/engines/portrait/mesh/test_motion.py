"""Blinks, sway and the mouth of recorded speech."""

import numpy as np

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.portrait.mesh.animation import mouth_curves, poses
from gpu_jobs.engines.portrait.mesh.motion import (
    blinks,
    breathing,
    brow_motion,
    head_motion,
    loudness,
)

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
        assert np.abs(np.diff(axis)).max() < 0.008
    for turn in (motion.yaw, motion.pitch):
        assert 0.02 < np.abs(turn).max() <= np.radians(6.1)
        assert np.abs(np.diff(turn)).max() < 0.012


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


def test_the_head_is_calmer_in_silence():
    silent, loud = (head_motion(T, np.full(len(T), level, np.float32)) for level in (0, 1))
    assert np.std(silent.x) < 0.6 * np.std(loud.x)


def test_brows_rise_with_what_is_louder_than_its_phrase_only():
    loud = np.full(len(T), 0.4, np.float32)
    assert brow_motion(T, loud).max() < 0.01
    loud[200:210] = 1
    brows = brow_motion(T, loud)
    assert brows[200:210].max() > 0.3
    assert brows[:150].max() < 0.01


def test_people_breathe_about_fifteen_times_a_minute():
    breath = breathing(np.arange(60 * 25) / 25)
    breaths = np.count_nonzero((breath[1:] > 0.5) & (breath[:-1] <= 0.5))
    assert 12 <= breaths <= 18
    assert breath.min() >= 0
    assert breath.max() <= 1


def test_a_silent_wait_keeps_the_lips_shut_and_blinks():
    waiting = list(poses(20.0, T))
    assert {pose.opening for pose in waiting} == {0.0}
    assert max(pose.lids for pose in waiting) > 0.9


def test_a_click_in_a_pause_does_not_open_the_mouth():
    rate = 16_000
    samples = np.zeros(4 * rate, np.float32)
    for second in (0, 3):
        samples[second * rate : (second + 1) * rate] = 0.3 * np.sin(np.arange(rate) * 0.3)
    samples[2 * rate : 2 * rate + 400] = 0.02
    curves = mouth_curves(Speech(samples, rate), (np.arange(100) + 0.5) / 25)
    assert curves.opening[35:65].max() < 0.05
