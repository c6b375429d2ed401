"""The three flows of the seed API's document, as a mini-program would run them over HTTP.

Each test follows the document's numbered steps; the quoted headings are its own.
"""

from __future__ import annotations

import io
import json
import subprocess
import time
import wave
from pathlib import Path

import cv2
import httpx
import imageio_ffmpeg
import numpy as np
import pytest

from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import portrait_photo
from infra.local.server import LocalCloud

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT.parent / "shared" / "media"
SAMPLE = MEDIA / "mi_German_20s.mp4"
WAIT_SECONDS = 240


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A client of the embedded cloud; paths are relative to the document's base address."""
    with (
        LocalCloud(tmp_path_factory.mktemp("cloud")) as cloud,
        httpx.Client(base_url=f"{cloud.url}/api", timeout=60, follow_redirects=True) as client,
    ):
        yield client


def upload(api, kind, name, data):
    """`wx.uploadFile`: one file as multipart/form-data."""
    answer = api.post(f"/upload/{kind}", files={"file": (name, data)})
    assert answer.status_code == 200, answer.text
    return answer.json()["file_info"]["filename"]


def create(api, path, body):
    answer = api.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["task_id"]


def check_task_status(api, task_id):
    """The document's `checkTaskStatus`: ask until the task has ended."""
    deadline = time.monotonic() + WAIT_SECONDS
    progress = 0
    while time.monotonic() < deadline:
        answer = api.get(f"/tasks/{task_id}/status").json()
        assert answer["progress"] >= progress, "progress went back"
        progress = answer["progress"]
        if answer["status"] not in ("pending", "processing"):
            return answer
        time.sleep(0.5)
    pytest.fail(f"task {task_id} did not end: {answer}")


def completed(api, task_id):
    answer = check_task_status(api, task_id)
    assert answer["status"] == "completed", answer
    return answer["result"]


def png_of(picture):
    return cv2.imencode(".png", picture)[1].tobytes()


def wav_of(data):
    with wave.open(io.BytesIO(data)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        return samples / 32768, file.getframerate()


@pytest.fixture(scope="module")
def spoken(api):
    """A few seconds of speech as WAV: a voice task without a reference makes it."""
    text = "今天天气很好,我们一起去公园散步吧。请大家带上水和帽子。"
    result = completed(api, create(api, "/tasks/voice/generate", {"text": text}))
    return api.get(result["audio_url"]).content


def test_flow_1_basic_voice(api, spoken):
    """流程1基础语音生成"""
    # 1. 上传音频文件(作为声音模板)  POST /api/upload/audio
    reference = upload(api, "audio", "uploaded_audio.wav", spoken)
    # 2. 创建语音生成任务  POST /api/tasks/voice/generate
    body = {"text": "你好,欢迎使用数字人系统", "reference_audio": reference}
    task_id = create(api, "/tasks/voice/generate", body)
    # 3. 查询任务状态  GET /api/tasks/{task_id}/status
    result = completed(api, task_id)
    # 4. 下载生成的音频  GET /api/download/generated/audio/{uuid}
    answer = api.get(f"/download/generated/audio/{result['uuid']}")
    assert answer.headers["content-type"] == "audio/wav"
    samples, rate = wav_of(answer.content)
    assert rate == 24_000
    assert 1 < len(samples) / rate < 10
    assert np.sqrt(np.mean(samples**2)) > 0.01


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.exists(), reason=f"needs the test clip {SAMPLE.name}")
def test_flow_2_digital_human_video(api, spoken, tmp_path):
    """流程2数字人视频生成"""
    clip = tmp_path / "sample_video.mp4"
    _ffmpeg("-i", SAMPLE, "-t", "4", "-vf", "scale=-2:360", clip)
    # 1. 上传素材文件  POST /api/upload/video, POST /api/upload/audio
    video = upload(api, "video", "sample_video.mp4", clip.read_bytes())
    voice = upload(api, "audio", "sample_audio.wav", spoken)
    # 2. 创建数字人生成任务  POST /api/tasks/digital-human/create
    body = {"speech_text": "大家好,我是数字人小助手", "sample_video": video, "sample_voice": voice}
    task_id = create(api, "/tasks/digital-human/create", body)
    # 进行任务  POST /api/task/process {"task_id": 任务ID}
    nudged = api.post("/task/process", json={"task_id": task_id})
    assert nudged.json()["success"] is True
    # 监控任务进度  GET /api/tasks/{task_id}/status
    result = completed(api, task_id)
    # 下载生成的数字人视频  GET /api/download/generated/video/{uuid}
    answer = api.get(f"/download/generated/video/{result['uuid']}")
    assert answer.headers["content-type"] == "video/mp4"
    made = tmp_path / "made.mp4"
    made.write_bytes(answer.content)
    streams = _ffmpeg("-i", made, "-f", "null", "-").stderr
    assert "Video: h264" in streams
    assert "Audio: aac" in streams
    # const downloadUrl = result.video_url
    assert result["video_url"] == f"/download/generated/video/{result['uuid']}"


def test_flow_3_template_and_composition(api, spoken, tmp_path):
    """流程3模板化视频制作"""
    # 1. 上传图片素材  POST /api/upload/image (人物图片, 背景图片)
    person = upload(
        api, "image", "person.png", png_of(portrait_photo(WeightStore(ROOT / ".weights")))
    )
    background = upload(
        api, "image", "background.png", png_of(np.full((854, 480, 3), 180, np.uint8))
    )
    # 2. 创建数字人模板  POST /api/tasks/template/create
    body = {
        "person_image": person,
        "background_image": background,
        "title_text": "AI助手",
        "title_position": [100, 50],
        "video_length": 1.0,
        "aspect": "background",  # beyond the document: small pictures are made in less time
    }
    task_id = create(api, "/tasks/template/create", body)
    completed(api, task_id)
    (template,) = api.get("/templates/list").json()["templates"]
    assert template["title_text"] == "AI助手"
    preview = api.get(template["download_url"].removeprefix("/api"))
    assert preview.headers["content-type"] == "video/mp4"
    # 3. 使用模板合成视频  POST /api/tasks/video/compose
    audio = upload(api, "audio", "voice_content.wav", spoken)
    body = {"template_id": template["template_id"], "audio_file": audio, "text_content": "你好"}
    result = completed(api, create(api, "/tasks/video/compose", body))
    # 4. 下载生成的视频
    assert result["video_url"] == f"/download/generated/video/{result['uuid']}"
    made = tmp_path / "made.mp4"
    made.write_bytes(api.get(result["video_url"]).content)
    streams = _ffmpeg("-i", made, "-f", "null", "-").stderr
    assert "Video: h264" in streams
    assert "Audio: aac" in streams
    answer = api.post("/tasks/video/compose", json={**body, "template_id": "template123"})
    assert (answer.status_code, answer.json()["code"]) == (404, "template_not_found")


def test_a_task_created_before_its_upload_runs_when_the_file_arrives(api, spoken):
    asked = api.post("/upload/audio", json={"filename": "a.wav", "file_size": len(spoken)}).json()
    body = {"text": "你好", "reference_audio": asked["file_info"]["filename"]}
    task_id = create(api, "/tasks/voice/generate", body)
    assert api.get(f"/tasks/{task_id}/status").json()["status"] == "pending"
    target = asked["upload"]
    sent = httpx.post(target["url"], data=target["fields"], files={"file": ("a.wav", spoken)})
    assert sent.is_success, sent.text
    assert completed(api, task_id)["audio_url"]


def test_a_text_file_that_calls_itself_a_video_fails_the_task_that_waits_for_it(api):
    data = b"this is not a film" * 100
    asked = api.post("/upload/video", json={"filename": "a.mp4", "file_size": len(data)}).json()
    body = {"video_file": asked["file_info"]["filename"]}
    task_id = create(api, "/tasks/audio/extract", body)
    target = asked["upload"]
    httpx.post(target["url"], data=target["fields"], files={"file": ("a.mp4", data)})
    ended = check_task_status(api, task_id)
    assert (ended["status"], ended["error_code"]) == ("failed", "unsupported_type")
    again = api.post("/tasks/audio/extract", json=body)
    assert (again.status_code, again.json()["code"]) == (400, "unsupported_type")


def test_system_status_adds_up(api, spoken):
    answer = api.get("/system/status").json()
    assert answer["total_tasks"] == sum(answer["task_stats"].values()) > 0
    assert answer["worker_running"] is True
    assert json.dumps(answer["file_stats"])


def _ffmpeg(*arguments):
    return subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
