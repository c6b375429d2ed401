"""The folder of the embedded cloud."""

import pytest

from infra.local.data_dir import DataDir, DataDirInUse


def test_a_second_holder_of_the_folder_is_refused(tmp_path):
    with (
        DataDir(tmp_path),
        pytest.raises(DataDirInUse, match="in use by another server"),
        DataDir(tmp_path),
    ):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path):
    with DataDir(tmp_path):
        pass
    with DataDir(tmp_path):
        pass


def test_keys_and_port_stay_the_same_and_are_private(tmp_path):
    with DataDir(tmp_path) as data:
        first = data.identity()
        assert data.identity() == first
    assert (tmp_path / "identity.json").stat().st_mode & 0o777 == 0o600


def test_two_folders_have_different_keys(tmp_path):
    with DataDir(tmp_path / "a") as one, DataDir(tmp_path / "b") as other:
        assert one.identity()["secret_key"] != other.identity()["secret_key"]
