"""`dh keys`, on a table of an AWS account in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dh_core.access.identity import Scope
from dh_core.access.secrets import AuthSecrets
from dh_core.store import ApiKeyStore
from infra.local.cli import keys


@pytest.fixture
def table(moto_cloud: Any) -> list[str]:
    """The arguments that name the table."""
    return ["--table", moto_cloud.table.name]


def test_a_key_is_printed_once_and_works(
    table: list[str], moto_cloud: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["create", *table, "--owner", "shop", "--scopes", "read,upload"]
    assert keys.main([*arguments, "--expires", "90d", "--label", "till 3"]) == 0
    key = capsys.readouterr().out.strip()
    found = ApiKeyStore(moto_cloud.table).find(key)
    assert found is not None
    assert (found.owner, found.scopes) == ("shop", {Scope.READ, Scope.UPLOAD})
    assert keys.main(["list", *table]) == 0
    listed = capsys.readouterr().out
    assert found.key_id in listed
    assert "till 3" in listed
    assert key not in listed


def test_a_revoked_key_is_listed_as_such(
    table: list[str], moto_cloud: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.main(["create", *table, "--owner", "shop"])
    found = ApiKeyStore(moto_cloud.table).find(capsys.readouterr().out.strip())
    assert found is not None
    assert keys.main(["revoke", *table, found.key_id]) == 0
    keys.main(["list", *table, "--owner", "shop"])
    assert "revoked" in capsys.readouterr().out


def test_an_unknown_key_cannot_be_revoked(
    table: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys.main(["revoke", *table, "0123456789abcdef"]) == 1
    assert "there is no key" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--owner", "Shop A"],
        ["--owner", "a#b"],
        ["--owner", "shop", "--scopes", "everything"],
        ["--owner", "shop", "--expires", "soon"],
        ["--owner", "shop", "--expires", "99999d"],
    ],
)
def test_a_wrong_argument_is_refused(table: list[str], wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        keys.main(["create", *table, *wrong])


def test_without_a_running_server_it_says_what_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys.main(["list", "--data", str(tmp_path)]) == 1
    assert "dh serve" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_printed_secrets_are_the_document_that_the_api_reads(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_APP_SECRET", "from-wechat")
    assert keys.main(["secrets", "--kid", "k1"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["wechat_app_secret"] == "from-wechat"
    assert AuthSecrets.parse(printed).signing_keys[0].kid == "k1"
