"""The curl walk of the READMEs ends wherever something is wrong, with the reason.

tests/e2e/test_tasks.py takes it through the whole system; here the server plays each ending.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="the walk needs curl and jq"
)


class Server(BaseHTTPRequestHandler):
    """Says `processing` once, then `ending`."""

    ending: dict[str, Any]
    asked = 0

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_task = self.path.endswith("/create")
        self._answer({"task_id": "t"} if is_task else {"file_info": {"filename": "f"}})

    def do_GET(self) -> None:
        cls = type(self)
        cls.asked += 1
        going = {"status": "processing", "stage": "speech", "progress": 50}
        if "/download/" in self.path or cls.asked > 1:
            return self._answer(cls.ending)
        return self._answer(going)

    def _answer(self, body: dict[str, Any]) -> None:
        text = json.dumps({"task_id": "t", **body}).encode()
        if "error" in body:
            text = json.dumps(body).encode()
        self.send_response(500 if "error" in body else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def address() -> Iterator[str]:
    Server.asked = 0
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def block(readme: str) -> str:
    found = re.search(r"```sh\n(API=.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def walk(address: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for name in ("me.mp4", "me.wav"):
        (folder / name).write_bytes(b"x")
    commands = block("README.md").replace("http://127.0.0.1:8000", address)
    commands = commands.replace("sleep 2", "sleep 0.1")
    return subprocess.run(
        ["bash", "-c", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_both_readmes_have_the_same_walk() -> None:
    assert block("README.md") == block("README.zh-CN.md")


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ({"status": "completed", "progress": 100}, None),
        ({"status": "failed", "progress": 60, "error_message": "No face was found."}, "No face"),
        ({"status": "cancelled", "progress": 60}, "cancelled"),
        ({"error": "Something went wrong."}, "Something went wrong"),
    ],
)
def test_the_walk_shows_progress_and_ends_with_the_reason(
    address: str, tmp_path: Path, ending: dict[str, Any], reason: str | None
) -> None:
    Server.ending = ending
    walked = walk(address, tmp_path)
    assert "processing speech 50%" in walked.stdout
    if reason is None:
        assert walked.returncode == 0, walked.stderr
        assert (tmp_path / "out.mp4").exists()
    else:
        assert walked.returncode != 0
        assert reason in walked.stderr
        assert not (tmp_path / "out.mp4").exists()
