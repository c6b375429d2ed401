"""`dh serve` as a process, and the cloud inside this process."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import wave
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.local.cli import OPEN_WARNING
from infra.local.functions import invoke, load_handler
from infra.local.server import LocalCloud

ROOT = Path(__file__).resolve().parents[4]
DH = Path(sys.executable).with_name("dh")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("cloud"), sweep_seconds=1.0) as running:
        yield running


@contextmanager
def serving(data, *options):
    process = subprocess.Popen(
        [DH, "serve", "--port", "0", "--data", str(data), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:"), process.stderr.read()
        yield process, line.split()[1]
    finally:
        process.kill()
        process.communicate()


def upload(base, kind, filename, mime_type, content):
    answer = httpx.post(
        f"{base}/api/upload/{kind}",
        json={"filename": filename, "file_size": len(content), "mime_type": mime_type},
    )
    assert answer.status_code == 200, answer.text
    target = answer.json()["upload"]
    sent = httpx.post(target["url"], data=target["fields"], files={"file": (filename, content)})
    assert sent.is_success, sent.text
    return answer.json()["file_info"]["filename"]


def silence():
    """One second of it, as WAV."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(16000))
    return buffer.getvalue()


def status_of(base, task_id):
    return httpx.get(f"{base}/api/tasks/{task_id}/status").json()


def wait_for_end(base, task_id, seconds=60):
    deadline = time.monotonic() + seconds
    while (status := status_of(base, task_id))["status"] in {"pending", "processing"}:
        assert time.monotonic() < deadline, status
        time.sleep(0.1)
    return status


def wait_until_listed(base, filename):
    deadline = time.monotonic() + 20
    while filename not in httpx.get(f"{base}/api/files/list").text:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def run_dh(*arguments):
    return subprocess.run([DH, *arguments], check=False, capture_output=True, text=True, cwd=ROOT)


def test_requests_are_answered(cloud):
    answer = httpx.get(f"{cloud.url}/api/system/status")
    assert answer.status_code == 200
    assert answer.json()["success"] is True


def test_an_uploaded_file_is_listed_as_soon_as_its_event_was_handled(cloud):
    filename = upload(cloud.url, "audio", "a.wav", "audio/wav", silence())
    wait_until_listed(cloud.url, filename)


def test_a_task_runs_through_queue_dispatcher_and_a_job_of_its_own(cloud):
    """The file holds no picture, so the job itself, and nothing before it, ends the task."""
    fake = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4096)
    filename = upload(cloud.url, "video", "v.mp4", "video/mp4", fake)
    created = httpx.post(f"{cloud.url}/api/tasks/audio/extract", json={"video_file": filename})
    assert created.status_code == 200, created.text
    ended = wait_for_end(cloud.url, created.json()["task_id"])
    assert ended["status"] == "failed"
    assert ended["error_code"] != "internal_error", ended


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        ("functions.dispatch.app.on_objects", "objects.json"),
        ("functions.dispatch.app.on_tasks", "tasks.json"),
        ("functions.dispatch.app.on_deliveries", "deliveries.json"),
        ("functions.dispatch.app.on_batch_event", "batch_job_failed.json"),
        ("functions.dispatch.app.on_sweep", "sweep.json"),
    ],
)
def test_the_sample_events_are_understood_by_their_functions(cloud, handler, event):
    """They name a task and a file that do not exist, which is no failure."""
    sample = json.loads((ROOT / "events" / event).read_text())
    answer = invoke(handler, load_handler(handler), sample)
    assert answer in (None, {"batchItemFailures": []})


def test_the_callers_aws_settings_are_out_of_sight_of_the_functions(cloud):
    assert cloud.environment["AWS_CONFIG_FILE"] == os.devnull
    assert cloud.environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert cloud.environment["AWS_ENDPOINT_URL_BATCH"].startswith("http://127.0.0.1:")


def test_a_second_start_on_the_same_folder_is_refused_with_status_2(cloud):
    second = run_dh("serve", "--port", "0", "--data", str(cloud.data_dir))
    assert second.returncode == 2
    assert "in use by another server" in second.stderr
    assert second.stdout == ""


def test_a_taken_port_is_refused_with_a_sentence(cloud, tmp_path):
    port = cloud.url.rsplit(":", 1)[1]
    second = run_dh("serve", "--port", port, "--data", str(tmp_path))
    assert second.returncode == 1
    assert f"Port {port} cannot be used" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly(tmp_path, number):
    with serving(tmp_path) as (process, _):
        process.send_signal(number)
        rest, errors = process.communicate(timeout=15)
        assert process.returncode == 0
        assert rest == ""
        assert errors == f"dh: {OPEN_WARNING}\n"


def test_a_closed_server_does_not_call_itself_open_and_asks_who_is_there(tmp_path):
    with serving(tmp_path, "--auth", "token") as (process, base):
        assert httpx.get(f"{base}/api/files/list").status_code == 401
        made = run_dh("keys", "create", "--data", str(tmp_path), "--owner", "shop")
        assert made.returncode == 0, made.stderr
        key = {"Authorization": f"Bearer {made.stdout.strip()}"}
        assert httpx.get(f"{base}/api/files/list", headers=key).json()["total"] == 0
        described = httpx.get(f"{base}/api/openapi.json").json()["paths"]["/api/files/list"]
        assert described["get"]["security"] == [{"bearer": ["read"]}, {"api_key": ["read"]}]
        process.terminate()
        assert process.communicate(timeout=15)[1] == ""


def test_what_was_uploaded_survives_a_restart(tmp_path):
    with serving(tmp_path) as (process, base):
        filename = upload(base, "audio", "a.wav", "audio/wav", silence())
        process.terminate()
        process.communicate(timeout=15)
    with serving(tmp_path) as (process, base):
        wait_until_listed(base, filename)


def test_even_a_killed_server_takes_its_cloud_down_and_keeps_the_data(tmp_path):
    if sys.platform != "linux":
        pytest.skip("children follow a killed parent on Linux only")
    with serving(tmp_path) as (process, base):
        filename = upload(base, "audio", "a.wav", "audio/wav", silence())
        wait_until_listed(base, filename)
        process.kill()
        process.communicate(timeout=15)
    with serving(tmp_path) as (process, base):
        wait_until_listed(base, filename)
