"""The seed API's document, section by section: each route with the request and answer it prints.

Every case runs twice: over HTTP, and through the Lambda handler with API Gateway's events.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

DOCUMENT = (
    Path(__file__).resolve().parents[5] / "shared" / "reference" / "seed_api_documentation_zh.txt"
)
UNKNOWN_TASK = "550e8400-e29b-41d4-a716-446655440000"

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)

# Answers as the document prints them.
UPLOADED = json.loads("""{
  "success": true,
  "message": "视频上传成功",
  "file_info": {
    "filename": "abc123.mp4",
    "file_path": "/mnt/docker/resource/uploads/video/abc123.mp4",
    "file_type": "video",
    "file_size": 15728640,
    "mime_type": "video/mp4",
    "relative_path": "uploads/video/abc123.mp4",
    "download_url": "/download/upload/video/abc123.mp4"
  }
}""")
LISTED = json.loads("""{
  "success": true,
  "files": [
    {
      "filename": "sample.mp4",
      "file_type": "video",
      "file_size": 15728640,
      "download_url": "/download/upload/video/sample.mp4"
    }
  ],
  "total": 1
}""")
CREATED = json.loads("""{
  "success": true,
  "task_id": "550e8400-e29b-41d4-a716-446655440000",
  "message": "语音生成任务已创建",
  "status_url": "/api/tasks/550e8400-e29b-41d4-a716-446655440000/status"
}""")
STATUS = json.loads("""{
  "success": true,
  "task_id": "550e8400-e29b-41d4-a716-446655440000",
  "status": "completed",
  "progress": 100,
  "result": {
    "audio_path": "/path/to/generated/audio.wav",
    "audio_url": "/download/generated/audio/abc123",
    "uuid": "abc123"
  },
  "error_message": null,
  "created_at": "2025-08-04T10:30:00",
  "updated_at": "2025-08-04T10:35:00"
}""")
TEMPLATES = json.loads("""{
  "success": true,
  "templates": [
    {
      "template_id": "template123",
      "title_text": "示例标题",
      "person_image": "person.jpg",
      "background_image": "bg.jpg",
      "created_at": "2025-08-04T10:00:00",
      "download_url": "/api/download/template/template123"
    }
  ],
  "total": 1
}""")
SYSTEM = json.loads("""{
  "success": true,
  "system_status": "running",
  "task_stats": {"pending": 2, "processing": 1, "completed": 15, "failed": 1},
  "file_stats": {"video": 10, "audio": 8, "image": 12},
  "total_tasks": 19,
  "worker_running": true
}""")
DONE = {"success": True}


@dataclass(frozen=True)
class Case:
    """`route` as the document writes it; `path` the same with its placeholders filled in."""

    route: str
    path: str
    answer: Any = None
    status: int = 200
    body: dict[str, Any] | None = None
    file: tuple[str, bytes] | None = None
    form: dict[str, str] = field(default_factory=dict)


CASES = [
    Case("POST /upload/video", "/upload/video", UPLOADED, file=("v.mp4", MP4)),
    Case(
        "POST /upload/video",
        "/upload/video",
        UPLOADED,
        file=("v.mp4", MP4),
        form={"custom_name": "我的"},
    ),
    Case("POST /upload/audio", "/upload/audio", UPLOADED, file=("a.wav", WAV)),
    Case("POST /upload/image", "/upload/image", UPLOADED, file=("i.png", PNG)),
    Case("GET /files/list?type={file_type}", "/files/list?type=video", LISTED),
    Case("GET /files/list?type={file_type}", "/files/list", LISTED),
    Case(
        "POST /tasks/voice/generate",
        "/tasks/voice/generate",
        CREATED,
        body={
            "text": "要转换的文本内容",
            "reference_audio": "sample.wav",
            "reference_text": "参考音频对应文本(可选)",
            "uuid": "my-uuid",
            "user_id": "用户ID可选",
        },
    ),
    Case(
        "POST /tasks/digital-human/create",
        "/tasks/digital-human/create",
        CREATED,
        body={
            "speech_text": "数字人要说的文本",
            "sample_video": "sample.mp4",
            "sample_voice": "sample.wav",
            "uuid": "my-uuid",
            "user_id": "用户ID可选",
        },
    ),
    Case(
        "POST /tasks/template/create",
        "/tasks/template/create",
        CREATED,
        body={
            "person_image": "person.jpg",
            "background_image": "bg.jpg",
            "title_text": "标题文字(可选)",
            "title_position": [50, 50],
            "title_font_size": 48,
            "video_length": 10.0,
            "user_id": "用户ID可选",
        },
    ),
    Case(
        "POST /tasks/video/compose",
        "/tasks/video/compose",
        CREATED,
        body={
            "template_id": "template123",
            "audio_file": "sample.wav",
            "text_content": "文本内容(可选)",
            "uuid": "my-uuid",
            "user_id": "用户ID可选",
        },
    ),
    Case(
        "POST /tasks/audio/extract",
        "/tasks/audio/extract",
        CREATED,
        body={"video_file": "sample.mp4", "user_id": "用户ID可选"},
    ),
    Case("GET /tasks/{task_id}/status", "/tasks/{finished}/status", STATUS),
    Case("POST /tasks/{task_id}/cancel", "/tasks/{queued}/cancel", DONE),
    Case("POST /api/task/process", "/task/process", DONE, body={"task_id": "{queued}"}),
    Case(
        "GET /download/upload/{file_type}/{filename}",
        "/download/upload/video/sample.mp4",
        status=302,
    ),
    Case("GET /download/generated/video/{uuid}", "/download/generated/video/abc123", status=302),
    Case("GET /download/generated/audio/{uuid}", "/download/generated/audio/abc123", status=302),
    Case("GET /download/template/{template_id}", "/download/template/template123", status=302),
    Case("GET /templates/list", "/templates/list", TEMPLATES),
    Case("GET /templates/{template_id}", "/templates/template123", DONE),
    Case("GET /system/status", "/system/status", SYSTEM),
]

ERRORS = [
    Case("400: 请求参数错误", "/tasks/voice/generate", status=400, body={}),
    Case("404: 资源不存在", f"/tasks/{UNKNOWN_TASK}/status", status=404),
    Case(
        "413: 文件过大",
        "/upload/image",
        status=413,
        body={"filename": "a.png", "file_size": 11 * 1024 * 1024},
    ),
    Case("500: 服务器内部错误", "/system/status", status=500),
]


@pytest.fixture(params=["http", "lambda"])
def send(request, client, invoke):
    """Send a case and give back (status, headers, JSON or None)."""

    def over_http(sent):
        answer = client.request(
            sent.method, str(sent.url), content=sent.read(), headers=dict(sent.headers)
        )
        return answer.status_code, answer.headers, answer.text

    def through_lambda(sent):
        answer = invoke(
            sent.method,
            sent.url.path,
            query=sent.url.query.decode(),
            body=sent.read(),
            content_type=sent.headers.get("content-type", ""),
        )
        return answer.status, answer.headers, answer.body

    transport = over_http if request.param == "http" else through_lambda

    def send_case(case, names):
        path = f"http://testserver/api{_fill(case.path, names)}"
        method = "POST" if case.body is not None or case.file else "GET"
        if case.route.split(" ")[0] in ("GET", "POST"):
            method = case.route.split(" ")[0]
        body = json.loads(_fill(json.dumps(case.body), names))
        files = {"file": case.file} if case.file else None
        sent = httpx.Request(method, path, json=body, files=files, data=case.form or None)
        status, headers, text = transport(sent)
        return status, headers, json.loads(text) if text else None

    return send_case


@pytest.fixture
def names(client, complete, ready_file, template):
    """What the document's placeholders stand for."""
    ready_file("video", "sample.mp4")
    ready_file("audio", "sample.wav")
    for image in ("person.jpg", "bg.jpg"):
        ready_file("image", image)

    def voice(**more):
        body = {"text": "你好", **more}
        return client.post("/api/tasks/voice/generate", json=body).json()["task_id"]

    finished = voice(uuid="abc123")
    files = {
        kind: {"key": f"generated/t/1/{name}", "content_type": "x/y", "filename": name}
        for kind, name in {"audio": "audio.wav", "video": "video.mp4"}.items()
    }
    complete(finished, {"files": files, "data": {}})
    return {"finished": finished, "queued": voice()}


def _fill(text, names):
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def assert_shape(example, actual, where="answer"):
    """`actual` has all that the document's example has, of the same JSON types."""
    if isinstance(example, dict):
        assert isinstance(actual, dict), where
        assert set(example) <= set(actual), f"{where}: {sorted(set(example) - set(actual))}"
        for name, value in example.items():
            assert_shape(value, actual[name], f"{where}.{name}")
    elif isinstance(example, list):
        assert actual, where
        assert_shape(example[0], actual[0], f"{where}[0]")
    else:
        assert type(actual) is type(example), where


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.route} {case.path}")
def test_the_route_takes_and_answers_what_the_document_says(send, names, case):
    status, headers, answer = send(case, names)
    assert status == case.status, answer
    if status == 302:
        assert headers["location"].startswith("https://")
    else:
        assert_shape(case.answer, answer)


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.route)
def test_errors_have_the_documents_form_and_code(send, stores, monkeypatch, case):
    if case.status == 500:
        monkeypatch.setattr(stores.counters, "totals", lambda: 1 / 0)
    status, _, answer = send(case, {})
    assert status == case.status
    assert_shape({"error": "错误描述信息"}, answer)
    assert "success" not in answer


@pytest.mark.parametrize(("section", "size_mb"), [("video", 500), ("audio", 50), ("image", 10)])
def test_the_documented_size_limits_hold_to_the_byte(client, section, size_mb):
    name = {"video": "a.mp4", "audio": "a.mp3", "image": "a.jpg"}[section]
    sizes = {size_mb * 1024 * 1024: 200, size_mb * 1024 * 1024 + 1: 413}
    for size, status in sizes.items():
        body = {"filename": name, "file_size": size}
        assert client.post(f"/api/upload/{section}", json=body).status_code == status


@pytest.mark.parametrize(
    ("section", "extensions"),
    [("video", "mp4 avi mov"), ("audio", "wav mp3 aac"), ("image", "jpg png gif")],
)
def test_the_documented_formats_are_accepted(client, section, extensions):
    for extension in extensions.split():
        body = {"filename": f"a.{extension}", "file_size": 10}
        assert client.post(f"/api/upload/{section}", json=body).status_code == 200


@pytest.mark.skipif(not DOCUMENT.exists(), reason="the seed document is not at hand")
def test_every_route_of_the_document_has_a_case():
    text = DOCUMENT.read_text(encoding="utf-8")
    printed = set(re.findall(r"(?:GET|POST) /\S+", text))
    # The flows at its end repeat the routes under /api.
    short = {re.sub(r"^(GET|POST) /api/", r"\1 /", route) for route in printed}
    covered = {re.sub(r"^(GET|POST) /api/", r"\1 /", case.route) for case in CASES}
    assert short == covered
