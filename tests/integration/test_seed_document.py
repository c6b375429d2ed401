"""The seed API's document over HTTP: its flows step by step, and its snippets as they stand there.

The quoted headings are its own.
"""

from __future__ import annotations

import importlib
import io
import json
import re
import shutil
import subprocess
import time
import wave
from pathlib import Path

import cv2
import httpx
import imageio_ffmpeg
import numpy as np
import pytest

from dh_core.store import TemplateRecord
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import portrait_photo
from infra.local.server import LocalCloud
from tests.seed import document
from tests.support.shared_cloud import CORES_OF_A_JOB, WARM

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT.parent / "shared" / "media"
SAMPLE = MEDIA / "mi_German_20s.mp4"
WAIT_SECONDS = 240


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A client of the embedded cloud; paths are relative to the document's base address."""
    with (
        LocalCloud(
            tmp_path_factory.mktemp("cloud"), vcpus=2 * CORES_OF_A_JOB, extra_environment=WARM
        ) as cloud,
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
    text = "今天天气很好,我们一起去公园散步,请大家带上水和帽子。"
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


needs_document = pytest.mark.skipif(not document.DOCUMENT.exists(), reason=document.ABSENT)
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
KINDS = {"wav": "audio", "jpg": "image", "mp4": "video"}
MINI_PROGRAM = ROOT / "tests" / "seed" / "mini_program.mjs"


@pytest.fixture
def run_scripts(api, tmp_path):
    """Scripts of the document, unchanged, in one mini-program; `call` runs behind them."""

    def run(*titles, chosen=None, call=None):
        script = tmp_path / "script.js"
        script.write_text("\n".join(document.scripts()[title] for title in titles), "utf-8")
        server = f"{api.base_url.scheme}://{api.base_url.netloc.decode()}"
        ran = subprocess.run(
            ["node", MINI_PROGRAM, script, server],
            input=json.dumps({"chosen": str(chosen), "call": call}),
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return run


@pytest.fixture
def clip(tmp_path):
    clip = tmp_path / "me.mp4"
    _ffmpeg("-i", SAMPLE, "-t", "4", "-vf", "scale=-2:240", clip)
    return clip


@needs_document
def test_the_document_holds_three_scripts_and_three_flows():
    assert list(document.scripts()) == ["文件上传组件", "任务状态轮询", "完整的数字人生成流程"]
    assert len(document.requests()) == 14


@needs_document
@needs_node
def test_the_documents_first_script_uploads_the_chosen_video(api, run_scripts, clip):
    ((said, info),) = run_scripts("文件上传组件", chosen=clip)["told"]
    assert said == "上传成功"
    assert (info["file_type"], info["file_size"]) == ("video", clip.stat().st_size)
    assert api.get(info["download_url"]).content == clip.read_bytes()


@needs_document
@needs_node
def test_the_documents_second_script_tells_a_failed_task(api, run_scripts):
    fake = upload(api, "video", "a.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(64))
    task_id = create(api, "/tasks/audio/extract", {"video_file": fake})
    ran = run_scripts("任务状态轮询", call=f"checkTaskStatus({json.dumps(task_id)})")
    assert ran["error"] == "任务失败"
    assert all(words[0].startswith("任务进度: ") for words in ran["told"])


@needs_document
@needs_node
def test_the_documents_third_script_makes_a_video(api, run_scripts, clip, tmp_path):
    voice = tmp_path / "me.wav"
    _ffmpeg("-i", SAMPLE, "-t", "6", "-vn", voice)
    files = ", ".join(map(json.dumps, ("你好", str(clip), str(voice))))
    # It calls the second one.
    ran = run_scripts("任务状态轮询", "完整的数字人生成流程", call=f"createDigitalHuman({files})")
    assert ran["error"] is None
    assert ran["told"][-1] == ["数字人视频生成完成:", ran["result"]["video_url"]]
    film = api.get(ran["result"]["video_url"])
    assert film.headers["content-type"] == "video/mp4"
    assert film.content[4:8] == b"ftyp"


@needs_document
def test_the_requests_of_the_documents_flows_do_as_they_stand(api, spoken, clip):
    picture = cv2.imencode(".jpg", np.full((320, 240, 3), 180, np.uint8))[1].tobytes()
    contents = {"wav": spoken, "jpg": picture, "mp4": clip.read_bytes()}
    requests = document.requests()
    for stem, ending in re.findall(r"(\w+)\.(wav|jpg|mp4)", "".join(r.body for r in requests)):
        send_named(api, stem, ending, contents[ending])
    put_template(template_id="template123")
    ids, types = [], []
    for request in requests:
        if request.path.startswith("/api/upload/"):
            kind = request.path.rpartition("/")[2]
            ending = next(ending for ending, named in KINDS.items() if named == kind)
            upload(api, kind, f"x.{ending}", contents[ending])
            continue
        if "{uuid}" in request.path:
            completed(api, ids[-1])
        answer = send_as_it_stands(api, request, ids)
        assert answer.status_code == 200, answer.text
        if request.path.startswith("/api/download/"):
            types.append(answer.headers["content-type"])
        elif "status_url" in answer.json():
            ids.append(answer.json()["task_id"])
    assert types == ["audio/wav", "video/mp4"]
    assert len(set(ids)) == 4
    for task_id in ids[-2:]:  # the template's film of 15 seconds is a minute's work
        api.post(f"/tasks/{task_id}/cancel")


def send_named(api, stem, ending, data):
    sent = api.post(
        f"/upload/{KINDS[ending]}",
        files={"file": (f"x.{ending}", data)},
        data={"custom_name": stem},
    )
    assert sent.json()["file_info"]["filename"] == f"{stem}.{ending}"


def put_template(template_id):
    """A template under an id that the document chose."""
    # The functions are imported afresh for every cloud, so not at the top.
    stores = importlib.import_module("functions.api.deps").process_stores()
    stores.templates.put(
        TemplateRecord(
            owner="public",
            template_id=template_id,
            title_text="",
            person_image="person.jpg",
            background_image="background.jpg",
            parameters={},
            preview_key=f"generated/{template_id}/1/preview.mp4",
        )
    )


def send_as_it_stands(api, request, ids):
    """With the newest task where the document says {task_id}, {uuid} or 任务ID."""
    path, body = request.path.removeprefix("/api"), request.body
    if ids:
        path = path.replace("{task_id}", ids[-1]).replace("{uuid}", ids[-1])
        body = body.replace("任务ID", json.dumps(ids[-1]))
    headers = {"Content-Type": "application/json"} if body else {}
    return api.request(request.method, path, content=body.encode(), headers=headers)


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
