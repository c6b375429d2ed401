"""The default speech engine, loaded once for everything that speaks or listens to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.weights.store import WeightStore
from tests.support.remembered_network import remember
from tests.support.shared_folder import shared_folder

REPOSITORY = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True, scope="session")
def remembered_speech(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        remember(patch, shared_folder(tmp_path_factory, "kokoro"))
        yield


@pytest.fixture(scope="session")
def weights() -> WeightStore:
    return WeightStore(REPOSITORY / ".weights")


@pytest.fixture(scope="session")
def engine(weights: WeightStore) -> KokoroEngine:
    engine = KokoroEngine(weights, threads=1)
    engine.setup()
    return engine
