from __future__ import annotations

import numpy as np

from gpu_jobs.audio.speech import Speech
from gpu_jobs.audio.speech_features import frame_times
from gpu_jobs.audio.speech_pieces import LONGEST, pieces
from gpu_jobs.engines.visemes.curves import VisemeCurves
from gpu_jobs.engines.visemes.network import predict


def _syllables(seconds: float) -> Speech:
    """A hum that swells and fades three times a second."""
    times = np.arange(int(seconds * 16_000)) / 16_000
    hum = np.sin(2 * np.pi * 180 * times) + 0.5 * np.sin(2 * np.pi * 720 * times)
    swell = np.clip(np.sin(2 * np.pi * 3 * times), 0, 1)
    return Speech((0.3 * hum * swell).astype(np.float32), 16_000)


def test_a_short_speech_is_heard_as_a_whole() -> None:
    speech = _syllables(LONGEST)
    ((sound, times),) = pieces(speech, frame_times(1500, 25))
    assert len(sound) == len(speech.samples)
    np.testing.assert_array_equal(times, frame_times(1500, 25))


def test_a_long_speech_is_heard_in_minutes_as_it_would_be_as_a_whole() -> None:
    speech = _syllables(2.6 * LONGEST)
    asked = frame_times(round(speech.duration * 25), 25)
    parts = list(pieces(speech, asked))
    assert max(len(sound) for sound, _ in parts) < 1.1 * LONGEST * 16_000
    heard, whole = (
        VisemeCurves.joined([predict(*part) for part in parts]),
        predict(speech.samples, asked),
    )
    assert len(heard.opening) == len(asked)
    assert np.abs(heard.opening - whole.opening).max() < 0.05
