"""What is published is what the lock names, and what workers fetch is what was published."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dh_core.cloud.media_store import MediaStore
from gpu_jobs.weights.bucket import BucketWeights
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.conftest import MotoCloud
from tools.weights.operator_weights import OperatorModel
from tools.weights.publish import main, publish_model, publish_set
from tools.weights.setup import SetupFailed

CONTENT = b"weights of a small model"
MODEL = OperatorModel("voice", "MIT", "its page", (("config.json",), ("net.st", "deep/net.bin")))


@pytest.fixture
def bucket(moto_cloud: MotoCloud) -> BucketWeights:
    media = MediaStore(moto_cloud.media.bucket, of_owners=False, client=moto_cloud.media.client)
    return BucketWeights(media, "weights/")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "weights.lock"
    path.write_text(
        f"""
[[file]]
name = "mouth/model.bin"
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
    folder = tmp_path / "operators"
    for name, content in {
        "mouth/model.bin": CONTENT,
        "voice/config.json": b"{}",
        "voice/deep/net.bin": b"a network",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def keys(bucket: BucketWeights) -> set[str]:
    listed = bucket.media.client.list_objects_v2(Bucket=bucket.media.bucket)
    return {entry["Key"] for entry in listed.get("Contents", [])}


def say(_line: str) -> None:
    """Progress is not under test."""


def test_a_worker_gets_the_set_that_was_published(
    bucket: BucketWeights, lock: Path, folder: Path, tmp_path: Path
) -> None:
    publish_set(folder, bucket, say, lock)
    store = WeightStore(tmp_path / "worker", lock, source=bucket)
    assert store.path("mouth/model.bin").read_bytes() == CONTENT


def test_a_file_that_the_lock_does_not_know_is_not_published(
    bucket: BucketWeights, lock: Path, folder: Path
) -> None:
    (folder / "mouth/model.bin").write_bytes(CONTENT[::-1])
    with pytest.raises(WeightsMissing, match=r"mouth/model\.bin"):
        publish_set(folder, bucket, say, lock)
    assert keys(bucket) == set()


def test_a_set_that_does_not_exist_is_refused(
    bucket: BucketWeights, lock: Path, folder: Path
) -> None:
    with pytest.raises(SetupFailed, match="no set 'asr'"):
        publish_set(folder, bucket, say, lock, "asr")


def test_publishing_again_copies_nothing(bucket: BucketWeights, lock: Path, folder: Path) -> None:
    publish_set(folder, bucket, say, lock)
    said: list[str] = []
    publish_set(folder, bucket, said.append, lock)
    assert said == ["mouth/model.bin: there already"]


def test_a_worker_gets_an_operators_model_in_its_published_layout(
    bucket: BucketWeights, lock: Path, folder: Path, tmp_path: Path
) -> None:
    publish_model(MODEL, folder, bucket, say)
    found = WeightStore(tmp_path / "worker", lock, source=bucket).operator_folder("voice")
    assert (found / "config.json").read_bytes() == b"{}"
    assert (found / "deep/net.bin").read_bytes() == b"a network"


def test_a_new_release_of_a_model_reaches_workers_that_have_the_old_one(
    bucket: BucketWeights, lock: Path, folder: Path, tmp_path: Path
) -> None:
    publish_model(MODEL, folder, bucket, say)
    WeightStore(tmp_path / "worker", lock, source=bucket).operator_folder("voice")
    (folder / "voice/deep/net.bin").write_bytes(b"a better network")
    publish_model(MODEL, folder, bucket, say)
    found = WeightStore(tmp_path / "worker", lock, source=bucket).operator_folder("voice")
    assert (found / "deep/net.bin").read_bytes() == b"a better network"


def test_a_model_that_lacks_a_file_is_not_published(bucket: BucketWeights, folder: Path) -> None:
    (folder / "voice/deep/net.bin").unlink()
    with pytest.raises(SetupFailed, match=r"net\.st or deep/net\.bin"):
        publish_model(MODEL, folder, bucket, say)
    assert keys(bucket) == set()


def test_only_an_s3_address_is_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--to", "/srv/weights"])
    assert "s3://bucket" in capsys.readouterr().err


def test_a_folder_without_the_files_is_an_error_that_says_what_to_do(
    moto_cloud: MotoCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = f"s3://{moto_cloud.media.bucket}/weights"
    assert main(["--to", to, "--folder", str(tmp_path)]) == 1
    assert "make setup" in capsys.readouterr().err
