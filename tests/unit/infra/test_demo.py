"""The demo's conversation with the server and what it prints; the server itself is faked."""

import io
import json

import httpx
import pytest

from dh_client import Client, TaskFailed
from dh_client.cli.progress import Stages
from infra.local.cli import demo

TASK = "0123"


class FakeServer:
    """Answers as the API does; `script` holds what the status route says, one dict a call."""

    def __init__(self, *script):
        self.script = list(script)
        self.requests = []

    def __call__(self, request):
        request.read()
        self.requests.append(request)
        route = f"{request.method} {request.url.path}"
        if "/api/upload/" in route:
            return self.upload(json.loads(request.content))
        if route.endswith("/create"):
            return httpx.Response(200, json={"success": True, "task_id": TASK})
        if route.endswith("/status"):
            answer = self.script.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return httpx.Response(200, json={"task_id": TASK, "next_poll_ms": 0, **answer})
        if route == "GET /api/download/generated/video/0123":
            return httpx.Response(200, json={"url": "http://media.test/result"})
        if route == "GET /result":
            return httpx.Response(200, content=b"mp4")
        return httpx.Response(200, json={"success": True})

    def upload(self, body):
        target = {"url": "http://media.test/bucket", "fields": {"key": "k", "Content-Type": "t/t"}}
        info = {"filename": f"stored-{body['filename']}"}
        return httpx.Response(200, json={"file_info": info, "upload": target})

    def sent(self, ending):
        return [r for r in self.requests if str(r.url).endswith(ending)]


PENDING = {"status": "pending", "progress": 0}
RUNNING = {"status": "processing", "progress": 40, "stage": "face"}
DONE = {
    "status": "completed",
    "progress": 100,
    "result": {"video_url": "/download/generated/video/0123"},
}


@pytest.fixture
def files(tmp_path):
    video, voice = tmp_path / "me.mp4", tmp_path / "me.wav"
    video.write_bytes(b"video")
    voice.write_bytes(b"voice")
    return video, voice


def make(server, files, out):
    video, voice = files
    screen = io.StringIO()
    client = Client("http://local.test", transport=httpx.MockTransport(server))
    with client, Stages(screen) as display:
        demo.make_video(client, video, voice, "你好", out, display)
    return screen.getvalue()


def test_the_demo_uploads_creates_follows_and_downloads(files, tmp_path):
    server = FakeServer(PENDING, RUNNING, DONE)
    screen = make(server, files, tmp_path / "out" / "demo.mp4")
    assert (tmp_path / "out" / "demo.mp4").read_bytes() == b"mp4"
    assert json.loads(server.sent("/create")[0].content) == {
        "speech_text": "你好",
        "sample_video": "stored-me.mp4",
        "sample_voice": "stored-me.wav",
    }
    assert "waiting for a worker" in screen
    assert "face: learning: 40 %" in screen
    assert "\r" not in screen


def test_the_presigned_form_carries_its_fields_before_the_file(files, tmp_path):
    server = FakeServer(DONE)
    make(server, files, tmp_path / "demo.mp4")
    form = server.sent("/bucket")[0].content
    assert 0 <= form.index(b'name="key"') < form.index(b'name="file"')
    assert b"video" in form


def test_a_failed_task_ends_with_its_own_message_and_no_file(files, tmp_path):
    failed = {"status": "failed", "progress": 40, "error_message": "No face was found"}
    with pytest.raises(TaskFailed, match="No face was found"):
        make(FakeServer(failed), files, tmp_path / "demo.mp4")
    assert not (tmp_path / "demo.mp4").exists()


def test_ctrl_c_cancels_the_task(files, tmp_path):
    server = FakeServer(RUNNING, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        make(server, files, tmp_path / "demo.mp4")
    assert server.sent(f"/tasks/{TASK}/cancel")


def test_a_missing_input_file_is_named_before_anything_starts(tmp_path, capsys):
    import argparse

    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    args = parser.parse_args(["--video", str(tmp_path / "none.mp4"), "--data", str(tmp_path / "d")])
    assert demo.run(args) == 1
    assert "none.mp4" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()
