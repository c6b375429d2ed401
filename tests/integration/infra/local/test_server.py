"""`dh serve` as a process, and the cloud inside this process."""

import io
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import wave
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.cli.greeting import OPEN_WARNING
from infra.local.lambdas.functions import invoke, load_handler
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


def wait_for_end(base, task_id, seconds=240):
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


@pytest.fixture(scope="module")
def idle_connection(cloud):
    """Has asked once, at that moment; the other tests take longer than it is to be idle."""
    connection = HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
    connection.request("GET", "/api/health")
    connection.getresponse().read()
    yield connection, time.monotonic()
    connection.close()


def test_requests_are_answered(cloud, idle_connection):
    answer = httpx.get(f"{cloud.url}/api/system/status")
    assert answer.status_code == 200
    assert answer.json()["success"] is True


def test_no_answer_waits_for_an_acknowledgement(cloud):
    """Where head and body are sent apart, TCP holds the body back for 40 ms."""
    with httpx.Client() as kept:
        answers = [kept.get(f"{cloud.url}/api/health").elapsed for _ in range(20)]
    assert min(answers).total_seconds() < 0.03


def test_an_uploaded_file_is_listed_as_soon_as_its_event_was_handled(cloud):
    filename = upload(cloud.url, "audio", "a.wav", "audio/wav", silence())
    wait_until_listed(cloud.url, filename)


def test_head_of_a_download_leads_to_an_address_that_answers_head(cloud):
    filename = upload(cloud.url, "audio", "h.wav", "audio/wav", silence())
    route = f"{cloud.url}/api/download/upload/audio/{filename}"
    wait_until_listed(cloud.url, filename)
    head = httpx.head(route, follow_redirects=True)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(silence())
    # The bucket does tell them apart: a signature holds for one method.
    for asked, other in (("GET", "HEAD"), ("HEAD", "GET")):
        signed = httpx.request(asked, route).headers["location"]
        assert httpx.request(other, signed).status_code == 403


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


def stops_cleanly(process, number):
    process.send_signal(number)
    rest, errors = process.communicate(timeout=15)
    return (process.returncode, rest, errors) == (0, "", f"dh: {OPEN_WARNING}\n")


def test_a_signal_stops_the_server_cleanly_and_what_was_uploaded_is_there_after_each_end(tmp_path):
    with serving(tmp_path) as (process, base):
        filename = upload(base, "audio", "a.wav", "audio/wav", silence())
        assert stops_cleanly(process, signal.SIGTERM)
    with serving(tmp_path) as (process, base):
        wait_until_listed(base, filename)
        if sys.platform == "linux":  # elsewhere children do not follow a killed parent
            process.kill()
            process.communicate(timeout=15)
        else:
            assert stops_cleanly(process, signal.SIGTERM)
    with serving(tmp_path) as (process, base):
        wait_until_listed(base, filename)
        assert stops_cleanly(process, signal.SIGINT)


# ---- what ends without asking ------------------------------------------------------------------
def store_pid(data):
    return int((data / "store.pid").read_text())


def cut(process, data):
    """What a power cut leaves: neither the server nor its store had a moment."""
    for pid in (store_pid(data), process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=15)


def waiting_task(base):
    """A task that waits for an upload which never comes."""
    announced = httpx.post(
        f"{base}/api/upload/video", json={"filename": "never.mp4", "file_size": 1000}, timeout=60
    ).json()
    body = {"video_file": announced["file_info"]["filename"]}
    created = httpx.post(f"{base}/api/tasks/audio/extract", json=body, timeout=60)
    assert created.status_code == 200, created.text
    return created.json()["task_id"]


def test_power_cuts_lose_nothing_that_was_answered_and_bring_nothing_back(tmp_path):
    """The first comes before any clean stop, and every second one while the server starts."""
    chance = random.Random(3)
    tasks, deleted, uploads = [], [], []
    for _ in range(2):
        with serving(tmp_path) as (process, base):
            with httpx.Client(base_url=f"{base}/api", timeout=60) as client:
                for task in tasks:
                    assert client.get(f"/tasks/{task}/status").status_code == 200
                for task in deleted:
                    assert client.get(f"/tasks/{task}/status").status_code == 404
                for filename in uploads:
                    wait_until_listed(base, filename)
                    found = client.get(f"/download/upload/audio/{filename}", follow_redirects=True)
                    assert found.content == silence()
                tasks += [waiting_task(base) for _ in range(3)]
                gone = waiting_task(base)
                assert client.post(f"/tasks/{gone}/cancel").status_code == 200
                assert client.delete(f"/tasks/{gone}").status_code == 200
                deleted.append(gone)
                uploads.append(upload(base, "audio", "a.wav", "audio/wav", silence()))
            cut(process, tmp_path)
        starting = subprocess.Popen([DH, "serve", "--port", "0", "--data", str(tmp_path)], cwd=ROOT)
        time.sleep(chance.uniform(0.5, 4))
        cut(starting, tmp_path)


def test_a_store_that_dies_is_replaced_and_no_request_gets_a_500(cloud):
    base = cloud.url
    task = waiting_task(base)
    before = store_pid(cloud.data_dir)
    os.kill(before, signal.SIGKILL)
    seen = []
    deadline = time.monotonic() + 60
    while store_pid(cloud.data_dir) == before or seen[-1] != 200:
        assert time.monotonic() < deadline, seen
        answer = httpx.get(f"{base}/api/tasks/{task}/status", timeout=60)
        seen.append(answer.status_code)
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "service_unavailable"
        assert httpx.get(f"{base}/api/health", timeout=60).status_code == 200
        time.sleep(0.05)
    assert set(seen) <= {200, 503}
    waiting_task(base)


def test_a_store_that_cannot_start_any_more_ends_the_server_with_a_sentence(tmp_path):
    with serving(tmp_path) as (process, _):
        rows = tmp_path / "cloud" / "objects"
        shutil.rmtree(rows)
        rows.write_text("no folder")
        os.kill(store_pid(tmp_path), signal.SIGKILL)
        errors = process.communicate(timeout=120)[1]
        assert process.returncode == 1
        assert "The store did not start" in errors
        assert "cloud.log" in errors


@pytest.mark.parametrize("harm", [signal.SIGKILL, signal.SIGSTOP])
def test_a_signal_stops_the_server_whatever_its_store_does(tmp_path, harm):
    with serving(tmp_path) as (process, base):
        task = waiting_task(base)
        pid = store_pid(tmp_path)
        os.kill(pid, harm)
        asking = socket.create_connection(urlsplit(base).netloc.split(":"))
        asking.sendall(f"GET /api/tasks/{task}/status HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.2)
        began = time.monotonic()
        process.terminate()
        process.communicate(timeout=60)
        assert time.monotonic() - began < 20
        assert process.returncode == 0
        asking.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_an_upload_that_finds_no_room_is_refused_by_the_api_too(cloud):
    store = store_pid(cloud.data_dir)
    hard = resource.prlimit(store, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(store, resource.RLIMIT_FSIZE, (4096, hard))
    files = {"file": ("a.wav", silence(), "audio/wav")}
    answer = httpx.post(f"{cloud.url}/api/upload/audio", files=files, timeout=60)
    assert answer.status_code == 503
    resource.prlimit(store, resource.RLIMIT_FSIZE, (hard, hard))
    assert httpx.post(f"{cloud.url}/api/upload/audio", files=files, timeout=60).status_code == 200


def test_a_connection_that_was_idle_for_a_while_still_gets_its_answer(idle_connection):
    """Servers that close after 5 s, uvicorn's default, lose what a client sends at that moment."""
    connection, asked_at = idle_connection
    time.sleep(max(0.0, asked_at + 6 - time.monotonic()))
    connection.request("GET", "/api/health")
    assert connection.getresponse().status == 200
