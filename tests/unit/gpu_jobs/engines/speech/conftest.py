"""What the real speech engine says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.weights.store import WeightStore

SENTENCE = "我们用iPhone 15拍摄了这段video，价格是5999元。"


@pytest.fixture(scope="session")
def vocabulary(weights: WeightStore) -> dict[str, int]:
    return json.loads(weights.path("kokoro-vocab.json").read_text(encoding="utf-8"))["vocab"]


@pytest.fixture(scope="session")
def speech(engine: KokoroEngine) -> Speech:
    """One sentence with digits and English words, in the default voice."""
    return engine.synthesise(SENTENCE, engine.default_voice(), lambda _fraction: None)


@pytest.fixture(scope="session")
def low_reference(engine: KokoroEngine) -> NDArray[np.float32]:
    """A man's voice of 16 kHz, over 3 s long."""
    return _reference(engine, "am_michael")


@pytest.fixture(scope="session")
def high_reference(engine: KokoroEngine) -> NDArray[np.float32]:
    """A woman's voice of 16 kHz, over 3 s long."""
    return _reference(engine, "af_bella")


def _reference(engine: KokoroEngine, name: str) -> NDArray[np.float32]:
    text = "The weather was fine this morning, and we walked along the river for an hour."
    speech = engine.synthesise(text, engine.voice(name), lambda _fraction: None)
    return resample_poly(speech.samples, 2, 3).astype(np.float32)
