from __future__ import annotations

import io
import time
from urllib.parse import parse_qs, urlsplit

import pytest


def completed_voice(client, complete, **body):
    created = client.post("/api/tasks/voice/generate", json={"text": "你好", **body}).json()
    complete(
        created["task_id"],
        {
            "files": {
                "audio": {
                    "key": f"generated/{created['task_id']}/1/audio.wav",
                    "content_type": "audio/wav",
                    "filename": "speech.wav",
                }
            },
            "data": {"duration": 1.5},
        },
    )
    return created


@pytest.mark.parametrize("base", ["/api", ""])
def test_an_upload_redirects_to_the_bucket(client, ready_file, base):
    ready_file("video", "我的.mp4")
    answer = client.get(f"{base}/download/upload/video/我的.mp4")
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    target = urlsplit(answer.headers["location"])
    query = parse_qs(target.query)
    assert target.path.endswith("/uploads/public/video/%E6%88%91%E7%9A%84.mp4")
    assert query["response-content-type"] == ["application/x-test"]
    assert "X-Amz-Signature" in query


def test_a_download_waits_for_the_judgement_of_what_has_just_arrived(
    client, stores, announce_file, monkeypatch
):
    file = announce_file("video", "v.mp4")
    assert client.get("/api/download/upload/video/v.mp4").status_code == 404
    stores.media.put_stream(file.key, io.BytesIO(b"film"), content_type="video/mp4")
    refused = client.get("/api/download/upload/video/v.mp4")
    assert (refused.status_code, refused.json()["code"]) == (409, "file_not_ready")
    assert refused.headers["Retry-After"] == "1"

    def judge(_):
        etag = stores.media.look(file.key).etag
        assert stores.files.mark_ready(file, size=4, expires_at=2_000_000_000, etag=etag)

    monkeypatch.setattr(time, "sleep", judge)
    assert client.get("/api/download/upload/video/v.mp4").status_code == 302


def test_what_took_the_place_of_a_judged_file_is_not_given_out_for_it(client, stores, ready_file):
    file = ready_file("video", "v.mp4")
    assert client.get("/api/download/upload/video/v.mp4").status_code == 302
    etag = stores.media.look(file.key).etag
    file = stores.files.get("public", "video", "v.mp4")
    assert stores.files.mark_ready(file, size=10, expires_at=2_000_000_000, etag=etag)
    assert client.get("/api/download/upload/video/v.mp4").status_code == 302
    stores.media.put_stream(file.key, io.BytesIO(b"<html>"), content_type="video/mp4")
    assert client.get("/api/download/upload/video/v.mp4").json()["code"] == "file_not_ready"


def test_redirect_false_answers_the_address_as_json(client, ready_file):
    ready_file("image", "a.png")
    answer = client.get("/api/download/upload/image/a.png?redirect=false").json()
    assert answer["success"] is True
    assert answer["filename"] == "a.png"
    assert answer["expires_at"].endswith("Z")
    assert answer["url"].startswith("https://")


def test_a_result_downloads_by_uuid_and_by_task_id(client, complete):
    completed_voice(client, complete, uuid="abc123")
    assert client.get("/api/download/generated/audio/abc123").status_code == 302
    created = completed_voice(client, complete)
    answer = client.get(f"/download/generated/audio/{created['task_id']}?redirect=false").json()
    assert (answer["content_type"], answer["filename"]) == ("audio/wav", "speech.wav")


def test_subtitles_download_under_their_own_type_and_name(client, complete):
    created = client.post("/api/tasks/voice/generate", json={"text": "你好", "uuid": "s1"}).json()
    folder = f"generated/{created['task_id']}/1"
    srt = {"key": f"{folder}/a.srt", "content_type": "application/x-subrip", "filename": "s1.srt"}
    vtt = {"key": f"{folder}/a.vtt", "content_type": "text/vtt", "filename": "s1.vtt"}
    complete(created["task_id"], {"files": {"subtitle": srt, "subtitle_vtt": vtt}, "data": {}})
    result = client.get(f"/api/tasks/{created['task_id']}/status").json()["result"]
    for url, file in ((result["subtitle_url"], srt), (result["subtitle_vtt_url"], vtt)):
        answer = client.get(f"{url}?redirect=false").json()
        query = parse_qs(urlsplit(answer["url"]).query)
        assert query["response-content-type"] == [file["content_type"]]
        assert file["filename"] in query["response-content-disposition"][0]


def test_a_template_redirects_to_its_preview(client, template):
    answer = client.get("/api/download/template/template123")
    assert answer.status_code == 302
    assert "preview.mp4" in answer.headers["location"]


def test_what_does_not_exist_is_not_found(client, complete, announce_file):
    announce_file("video", "pending.mp4")
    created = completed_voice(client, complete)
    waiting = client.post("/api/tasks/voice/generate", json={"text": "你好", "uuid": "w"}).json()
    gone = client.post("/api/tasks/voice/generate", json={"text": "你好", "uuid": "g"}).json()
    client.post(f"/api/tasks/{gone['task_id']}/cancel")
    expected = {
        "/upload/video/none.mp4": "file_not_found",
        "/upload/video/pending.mp4": "file_not_found",
        f"/upload/video/{'x' * 3000}.mp4": "file_not_found",
        "/upload/pdf/a.pdf": "not_found",
        "/generated/audio/nobody": "task_not_found",
        f"/generated/audio/{'y' * 3000}": "task_not_found",
        f"/generated/video/{created['task_id']}": "file_not_found",
        f"/generated/audio/{waiting['task_id']}": "task_not_found",
        "/generated/audio/w": "result_not_ready",
        "/generated/audio/g": "result_missing",
        "/template/none": "template_not_found",
        f"/template/{'z' * 3000}": "template_not_found",
    }
    for path, code in expected.items():
        answer = client.get(f"/api/download{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, code), path[:60]
