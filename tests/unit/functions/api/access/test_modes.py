"""Open or closed: what the server says of itself."""

from __future__ import annotations

import io
from typing import Any

import pytest

from dh_core.settings import ApiSettings, AuthSettings
from functions.api import deps
from functions.api.app import app

SETTINGS = ApiSettings(table_name="t", bucket_name="b", task_queue_url="https://queue.example")


def test_an_open_server_says_so_in_its_log(aws: Any, log: io.StringIO) -> None:
    assert deps.build(SETTINGS).authenticator is None
    assert "this API is open to everybody" in log.getvalue()


def test_a_closed_server_reads_no_secret_before_somebody_knocks(aws: Any, log: io.StringIO) -> None:
    auth = AuthSettings(auth_mode="token", auth_secrets_id="there-is-none")
    assert deps.build(SETTINGS, auth).authenticator is not None
    assert log.getvalue() == ""


@pytest.mark.parametrize("mode", ["none", "token"])
def test_the_document_asks_for_credentials_where_the_server_does(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("AUTH_MODE", mode)
    monkeypatch.setenv("AUTH_SECRETS_ID", "dh-auth")
    monkeypatch.setattr(app, "openapi_schema", None)
    document = app.openapi()
    asks = "security" in document["paths"]["/api/files/list"]["get"]
    assert asks == ("securitySchemes" in document["components"]) == (mode == "token")
    assert "security" not in document["paths"]["/api/auth/wechat"]["post"]
