"""Files by address, from a real server on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from dh_core.access.address_client import AddressClient
from dh_core.cloud.media_store import generated_key
from dh_core.cloud.messages import FileFetchDue
from dh_core.files.checks import HEAD_BYTES
from dh_core.limits import MAX_FILE_BYTES
from dh_core.store import FileRecord, FileStatus, NewFile
from dh_core.tasks.states import Phase
from functions.dispatch.files.fetching import handle_fetch
from functions.dispatch.files.objects import handle_upload
from tests.unit.functions.dispatch.dispatcher import Dispatcher
from tests.unit.functions.dispatch.receiver import FakeResolver

MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(HEAD_BYTES) + b"the end"


class Website(BaseHTTPRequestHandler):
    """Its paths say what it does."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        if self.path == "/slow.mp4":
            self._drip()
            return
        if self.path == "/huge.mp4":
            self._send(200, MP4, length=MAX_FILE_BYTES["video"] + 1)
            return
        if self.path == "/cut.mp4":
            self._send(200, MP4, length=len(MP4) + 10)
            return
        known = {"/me.mp4": MP4, "/page.mp4": b"<html>no film</html>", "/none-left.mp4": b""}
        self._send(200 if self.path in known else 404, known.get(self.path, b""))

    def _send(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(MP4[:1000])
                time.sleep(0.02)
        except OSError:
            return  # The caller has hung up, which is what it should do.

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Website) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def announce(dispatcher: Dispatcher, source: str) -> FileRecord:
    new = NewFile(
        owner="public",
        file_type="video",
        filename="a.mp4",
        file_size=0,
        mime_type="video/mp4",
        key="uploads/public/video/a.mp4",
        expires_at=2_000_000_000,
        source=source,
    )
    file = dispatcher.deps.files.register(new)
    assert file is not None
    return file


def fetch(dispatcher: Dispatcher, **client: Any) -> FileRecord:
    dispatcher.deps.__dict__["address_client"] = AddressClient(**client)
    handle_fetch(dispatcher.deps, FileFetchDue(owner="public", file_type="video", filename="a.mp4"))
    file = dispatcher.deps.files.get("public", "video", "a.mp4")
    assert file is not None
    return file


@pytest.mark.parametrize("path", ["/me.mp4", "/to//me.mp4", "/to//to//me.mp4"])
def test_a_fetched_file_is_an_upload_and_wakes_the_task_that_waits(
    dispatcher: Dispatcher, site: str, path: str
) -> None:
    task = dispatcher.create_waiting(announce(dispatcher, site + path))
    file = fetch(dispatcher, allow_loopback=True)
    handle_upload(dispatcher.deps, file.key)
    ready = dispatcher.deps.files.get("public", "video", "a.mp4")
    assert ready is not None
    # The address may hold a signature, and is forgotten.
    assert (ready.status, ready.file_size, ready.source) == (FileStatus.READY, len(MP4), None)
    assert dispatcher.task(task.task_id).phase is Phase.QUEUED


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nothing.mp4", "address_not_found"),
        ("/page.mp4", "unsupported_type"),
        ("/none-left.mp4", "empty_file"),
        ("/huge.mp4", "file_too_large"),
        ("/cut.mp4", "address_unreachable"),
        ("/slow.mp4", "address_too_slow"),
        ("/to/" * 6 + "/me.mp4", "address_unreachable"),
        ("/to/http://example.com/me.mp4", "address_refused"),
        ("/to/https://10.0.0.1/me.mp4", "address_refused"),
        ("/to/file:///etc/passwd", "address_refused"),
    ],
)
def test_a_file_that_cannot_be_had_fails_its_task_and_says_why(
    dispatcher: Dispatcher, site: str, path: str, code: str
) -> None:
    announced = announce(dispatcher, site + path)
    task = dispatcher.create_waiting(announced)
    file = fetch(dispatcher, allow_loopback=True, total_seconds=0.5)
    assert (file.status, file.error_code, file.source) == (FileStatus.REJECTED, code, None)
    failed = dispatcher.task(task.task_id)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, code)
    assert not dispatcher.has_object(announced.key)


def test_a_name_that_leads_inside_is_not_fetched_at_any_hop(
    dispatcher: Dispatcher, site: str
) -> None:
    announce(dispatcher, "https://rebind.example.com/me.mp4")
    before = len(Website.asked)
    file = fetch(dispatcher, resolve=FakeResolver([["93.184.216.34", "127.0.0.1"]]))
    assert file.error_code == "address_refused"
    assert len(Website.asked) == before


def test_a_silent_server_is_given_up(dispatcher: Dispatcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        announce(dispatcher, f"http://127.0.0.1:{silent.getsockname()[1]}/me.mp4")
        file = fetch(dispatcher, allow_loopback=True, idle_seconds=0.2)
    assert file.error_code == "address_too_slow"


def test_the_result_of_an_earlier_task_becomes_an_upload(dispatcher: Dispatcher) -> None:
    made = generated_key("a-task", "1", "video.mp4")
    dispatcher.put_object(made, MP4)
    file = announce(dispatcher, made)
    fetch(dispatcher)
    handle_upload(dispatcher.deps, file.key)
    ready = dispatcher.deps.files.get("public", "video", "a.mp4")
    assert ready is not None
    assert (ready.status, ready.file_size) == (FileStatus.READY, len(MP4))
    assert dispatcher.has_object(made)


def test_a_result_that_has_expired_is_missed_as_an_input_is(dispatcher: Dispatcher) -> None:
    announce(dispatcher, generated_key("a-task", "1", "gone.mp4"))
    assert fetch(dispatcher).error_code == "input_missing"


def test_a_second_message_fetches_nothing_again(dispatcher: Dispatcher, site: str) -> None:
    file = announce(dispatcher, site + "/me.mp4")
    fetch(dispatcher, allow_loopback=True)
    handle_upload(dispatcher.deps, file.key)
    asked = len(Website.asked)
    assert fetch(dispatcher, allow_loopback=True).status is FileStatus.READY
    assert len(Website.asked) == asked
