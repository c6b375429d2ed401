"""The recogniser, loaded once, and a sentence that our own voice speaks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from gpu_jobs.engines import asr
from gpu_jobs.engines.registry import ASR
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.weights.store import WeightStore

SENTENCE = "今天天气很好，我们一起去公园散步。明天可能会下雨，请大家带好雨伞。"


@pytest.fixture(scope="session")
def transcriber(weights: WeightStore) -> asr.Transcriber:
    return ASR.load(ASR.default, weights, threads=1)


@pytest.fixture(scope="session")
def recording(engine: KokoroEngine) -> NDArray[np.float32]:
    """SENTENCE at 16 kHz, between a second of silence before and after."""
    speech = engine.synthesise(SENTENCE, engine.default_voice(), lambda _fraction: None)
    sound = resample_poly(speech.samples, 2, 3).astype(np.float32)
    return np.pad(sound, asr.SAMPLE_RATE)
