"""What each video frame hears, against the published method worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from gpu_jobs.engines.lipsync.musetalk.speech_windows import SpeechWindows, window_start

RATE = 16_000


class CountingWhisper:
    """Layer l of feature t, counted over the whole speech, is the number 10 t + l + 1."""

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self) -> None:
        self.segments = 0

    def __call__(self, mel: torch.Tensor, *, output_hidden_states: bool) -> CountingWhisper:
        assert output_hidden_states
        time = 1500 * self.segments + torch.arange(1500.0)
        self.hidden_states = tuple((10 * time + layer + 1)[None, :, None] for layer in range(5))
        self.segments += 1
        return self


class NoMel:
    def __call__(self, sound, *, sampling_rate: int, return_tensors: str) -> NoMel:
        assert len(sound) <= 30 * RATE and sampling_rate == RATE
        self.input_features = torch.zeros(1, 80, 3000)
        return self


def listen(seconds: float, frames: range, fps: Fraction = Fraction(25)) -> torch.Tensor:
    samples = np.zeros(int(seconds * RATE), np.float32)
    return SpeechWindows(samples, fps, whisper=CountingWhisper(), mel=NoMel())[frames]


def heard_times(window: torch.Tensor) -> list[int | None]:
    """Which feature each of the ten steps holds; None for silence before and after the sound."""
    first_layer = window[::5, 0].tolist()
    return [None if value == 0 else int(value - 1) // 10 for value in first_layer]


def test_a_frame_hears_four_features_before_its_own_and_five_after() -> None:
    window = listen(4, range(20, 21))[0]
    assert heard_times(window) == list(range(36, 46))  # 20 · 50 / 25 = 40


def test_layers_of_one_moment_stand_together() -> None:
    window = listen(4, range(20, 21))[0]
    assert window.shape == (50, 1)
    assert window[:6, 0].tolist() == [361, 362, 363, 364, 365, 371]


def test_before_and_after_the_sound_there_is_nothing() -> None:
    windows = listen(1, range(25))  # 50 features
    assert heard_times(windows[0]) == [None] * 4 + [0, 1, 2, 3, 4, 5]
    assert heard_times(windows[24]) == [44, 45, 46, 47, 48, 49] + [None] * 4


def test_a_frame_beyond_the_sound_hears_silence_only() -> None:
    assert not listen(1, range(40, 42)).any()


def test_at_30_frames_a_second_the_published_steps_are_kept() -> None:
    # floor(i · 50 / 30) - 4 for i = 0 … 6
    starts = [window_start(frame, Fraction(30)) for frame in range(7)]
    assert starts == [-4, -3, -1, 1, 2, 4, 6]


@pytest.mark.parametrize("fps", [Fraction(30_000, 1001), Fraction(2213, 100), Fraction(24)])
def test_odd_frame_rates_do_not_drift(fps: Fraction) -> None:
    frame = int(60 * fps)
    assert abs((window_start(frame, fps) + 4) / 50 - frame / fps) <= 1 / 50


def test_a_window_reaches_over_the_30_s_segments() -> None:
    window = listen(40, range(750, 751))[0]  # frame 750 of 25 is at 30 s, feature 1500
    assert heard_times(window) == list(range(1496, 1506))


def test_a_long_speech_keeps_two_segments_at_most() -> None:
    samples = np.zeros(100 * RATE, np.float32)
    windows = SpeechWindows(samples, Fraction(25), whisper=CountingWhisper(), mel=NoMel())
    for first in range(0, 2500, 16):
        assert windows[range(first, min(first + 16, 2500))].shape[1:] == (50, 1)
    assert len(windows._segments) <= 2


def test_the_real_encoder_gives_its_embedding_and_all_its_layers(models) -> None:
    sound = np.random.default_rng(1).normal(scale=0.1, size=RATE).astype(np.float32)
    windows = SpeechWindows(sound, Fraction(25), whisper=models.whisper, mel=models.mel)
    mel = models.mel(sound, sampling_rate=RATE, return_tensors="pt").input_features
    with torch.inference_mode():
        last = models.whisper(mel).last_hidden_state[0]
        window = windows[range(10, 11)][0].reshape(10, 5, -1)
    torch.testing.assert_close(window[:, 4], last[16:26])
    first = window[:, 0] - models.whisper.embed_positions.weight[16:26]
    assert (first > -0.2).all()  # the output of a GELU: the embedding without its positions
