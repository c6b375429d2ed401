"""What the registry makes, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_jobs.engines.registry import KINDS, SPEECH, Entry
from gpu_jobs.weights.store import WeightsMissing, WeightStore


@pytest.mark.parametrize(
    ("kind", "name"),
    [("speech", "kokoro"), ("lipsync", "retrieval"), ("portrait", "mesh"), ("matting", "selfie")],
)
def test_models_load_with_the_engine_and_not_with_its_first_work(
    kind: str, name: str, tmp_path: Path
) -> None:
    engine = KINDS[kind].make(name, WeightStore(tmp_path))
    with pytest.raises(WeightsMissing):
        engine.setup()


def test_an_engine_without_its_packages_says_where_they_are_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = Entry("speech.nowhere.engine:Engine", requirements=("speech/nowhere/requirements.txt",))
    monkeypatch.setitem(SPEECH.entries, "nowhere", entry)
    with pytest.raises(ModuleNotFoundError) as refused:
        SPEECH.load("nowhere", WeightStore(tmp_path))
    assert "speech/nowhere/requirements.txt" in refused.value.__notes__[0]


def test_the_default_of_each_kind_is_one_of_its_engines() -> None:
    assert all(kind.default in kind.entries for kind in KINDS.values())
