"""Models that operators bring arrive whole, from a folder or from S3, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MotoCloud
from tools.weights.operator_weights import (
    Folder,
    OperatorModel,
    Prefix,
    install,
    main,
    open_source,
    read_operator_models,
)
from tools.weights.setup import SetupFailed

MODEL = OperatorModel(
    "voice", "MIT", "the publisher's page", (("config.json",), ("net.safetensors", "deep/net.bin"))
)


def say(_line: str) -> None:
    """Progress is not under test."""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    (folder / "deep").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "deep/net.bin").write_bytes(b"weights")
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_files_are_copied_in_the_form_in_which_they_are_there(
    published: Path, tmp_path: Path
) -> None:
    install(MODEL, open_source(str(published)), tmp_path / "weights", say)
    assert names(tmp_path / "weights") == {"voice/config.json", "voice/deep/net.bin"}
    assert (tmp_path / "weights/voice/deep/net.bin").read_bytes() == b"weights"


def test_files_come_from_an_s3_prefix(moto_cloud: MotoCloud, tmp_path: Path) -> None:
    s3, bucket = moto_cloud.media.client, moto_cloud.media.bucket
    s3.put_object(Bucket=bucket, Key="models/voice/config.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="models/voice/net.safetensors.index", Body=b"not this")
    s3.put_object(Bucket=bucket, Key="models/voice/deep/net.bin", Body=b"weights")
    install(MODEL, Prefix(s3, bucket, "models/voice/"), tmp_path, say)
    assert names(tmp_path) == {"voice/config.json", "voice/deep/net.bin"}
    assert (tmp_path / "voice/deep/net.bin").read_bytes() == b"weights"


def test_an_s3_address_names_bucket_and_prefix(
    moto_cloud: MotoCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    source = open_source("s3://my-bucket/models/VoxCPM2/")
    assert isinstance(source, Prefix)
    assert (source.bucket, source.prefix) == ("my-bucket", "models/VoxCPM2/")


def test_nothing_is_copied_when_a_file_is_missing(published: Path, tmp_path: Path) -> None:
    (published / "deep/net.bin").unlink()
    with pytest.raises(SetupFailed, match=r"net\.safetensors or deep/net\.bin.*publisher's page"):
        install(MODEL, Folder(published), tmp_path / "weights", say)
    assert not (tmp_path / "weights").exists()


def test_a_copy_cut_short_is_made_again(published: Path, tmp_path: Path) -> None:
    install(MODEL, Folder(published), tmp_path, say)
    (tmp_path / "voice/deep/net.bin").write_bytes(b"wei")
    install(MODEL, Folder(published), tmp_path, say)
    assert (tmp_path / "voice/deep/net.bin").read_bytes() == b"weights"


def test_a_source_that_is_nowhere_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voxcpm", str(tmp_path / "nowhere"), "--folder", str(tmp_path)]) == 1
    assert "neither a folder nor an s3:// prefix" in capsys.readouterr().err


def test_the_lock_names_the_files_that_the_engines_open() -> None:
    models = read_operator_models()
    assert set(models) == {"musetalk", "voxcpm"}
    opened = {name for forms in models["voxcpm"].files for name in forms}
    assert {"config.json", "tokenizer.json", "model.safetensors", "audiovae.pth"} <= opened
