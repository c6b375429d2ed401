"""Text of clients that tries to be more than text: in headers, in log lines, in stored names."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from functions.api.app import app
from functions.api.http import dependencies
from infra.local.lambdas.logs import FunctionsOutput

BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029", "\x00", "\x1b[2J"]
FAKE = 'x{}{{"level":"INFO","message":"task created"}}'


def entries(written: str) -> list[dict[str, Any]]:
    """One JSON document in each line, or this fails."""
    return [json.loads(line) for line in written.split("\n") if line]


@pytest.mark.parametrize("line_break", BREAKS)
def test_no_field_of_a_request_starts_a_line_of_the_log(
    client: TestClient, log: io.StringIO, line_break: str
) -> None:
    text = FAKE.format(line_break)
    client.post("/api/tasks/voice/generate", json={"text": text, "user_id": text, "uuid": text})
    client.post("/api/tasks/voice/generate", json={"text": "好" + text, "user_id": text})
    client.post(
        "/api/upload/audio",
        json={"filename": f"{text}.wav", "file_size": 10, "custom_name": text, "user_id": text},
    )
    assert [entry["message"] for entry in entries(log.getvalue())] == ["task created"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_crash_is_logged_in_one_line_whatever_the_address(
    client: TestClient, log: io.StringIO, line_break: str
) -> None:
    def crash() -> None:
        raise RuntimeError(FAKE.format(line_break))

    app.dependency_overrides[dependencies.stores] = crash
    answer = client.get(f"/api/tasks/{quote(f'x{line_break}y')}/status")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "RuntimeError" not in answer.text
    (entry,) = entries(log.getvalue())
    assert entry["message"] == "request failed"


def test_the_local_log_keeps_a_document_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        FunctionsOutput().write('{"path": "a\u2028b\u0085c\u2029d\x0be"}\n{"next": 1}\n')
    assert len(caplog.records) == 2


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_stored_name_never_splits_a_header(
    client: TestClient,
    guarded: None,
    key_of: Callable[..., dict[str, str]],
    stores: Any,
    line_break: str,
) -> None:
    name = f"a{line_break}Set-Cookie: b=c"
    headers = key_of("shop-a")
    upload = {"filename": "x.wav", "file_size": 10, "custom_name": name}
    stored = client.post("/api/upload/audio", json=upload, headers=headers).json()["file_info"]
    file = stores.files.get("shop-a", "audio", stored["filename"])
    stores.media.put_stream(file.key, io.BytesIO(bytes(10)), content_type="audio/wav")
    assert stores.files.mark_ready(file, size=10, expires_at=2_000_000_000)
    answer = client.get(f"/api{stored['download_url']}", headers=headers)
    assert answer.status_code == 302
    location = answer.headers["Location"]
    assert not [char for char in location if not 0x20 < ord(char) < 0x7F]
    assert "Set-Cookie" not in answer.headers
    assert not [char for char in stored["filename"] if ord(char) < 0x20]


def test_a_credential_is_never_repeated_in_answer_or_log(
    client: TestClient, guarded: None, log: io.StringIO
) -> None:
    secret = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0"
    answer = client.get("/api/files/list", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert secret not in answer.text + log.getvalue() + repr(answer.headers)
