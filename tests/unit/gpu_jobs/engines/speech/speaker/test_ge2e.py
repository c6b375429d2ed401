"""The speaker encoder tells voices apart and computes the mel bands it was trained on."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gpu_jobs.audio.mel import mel_spectrogram, slaney_filters
from gpu_jobs.engines.speech.speaker.ge2e import SpeakerEncoder
from gpu_jobs.weights.store import WeightStore


@pytest.fixture(scope="session")
def encoder(weights: WeightStore) -> SpeakerEncoder:
    return SpeakerEncoder(weights.path("ge2e.npz"))


def test_two_halves_of_one_voice_are_nearer_than_two_voices(
    encoder: SpeakerEncoder, low_reference: NDArray[np.float32], high_reference: NDArray[np.float32]
) -> None:
    first, second = np.array_split(low_reference, 2)
    same = encoder.embed(first) @ encoder.embed(second)
    other = encoder.embed(first) @ encoder.embed(high_reference)
    assert same > 0.75
    assert same > other + 0.1


def test_an_embedding_has_unit_length_and_does_not_depend_on_loudness(
    encoder: SpeakerEncoder, low_reference: NDArray[np.float32]
) -> None:
    embedding = encoder.embed(low_reference)
    quiet = encoder.embed(low_reference * np.float32(0.001))
    assert embedding.shape == (256,)
    assert np.linalg.norm(embedding) == pytest.approx(1)
    assert embedding @ quiet > 0.95


def test_a_tone_lands_in_its_mel_band() -> None:
    """Slaney's scale is linear below 1 kHz: 40 bands to 8 kHz put 500 Hz into the sixth."""
    tone = np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000).astype(np.float32)
    mel = mel_spectrogram(tone)
    assert mel.shape == (101, 40)
    centres = slaney_filters() @ np.linspace(0, 8000, 201) / slaney_filters().sum(axis=1)
    assert abs(centres[mel[50].argmax()] - 500) < 60
