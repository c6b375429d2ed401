"""The main flow through the built functions, each under Lambda's Runtime Interface Emulator.

Requests are API Gateway's events, uploads reach the bucket by presigned POST, and S3, SQS,
EventBridge and Batch call the functions as on AWS; what runs is what `sam build` made. A user's
client is all that these tests look through, but for the events themselves.
"""

import json
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
import soundfile

from dh_client import Client, TaskStatus
from gpu_jobs.media.probe import probe
from gpu_jobs.media.video.encoder import VideoEncoder
from infra.local.lambdas.emulator import BuiltFunctions, EmulatorUnavailable, find_emulator
from infra.local.server import LocalCloud
from tests.e2e.clips import faceless_video
from tests.support.sample_pictures import astronaut
from tests.unit.functions.dispatch.receiver import Received, receiving

ROOT = Path(__file__).resolve().parents[2]
LAMBDA_PYTHON = ROOT / ".venv-lambda" / "bin" / "python"
SECONDS = 120.0
SAMPLES = {
    "api_system_status.json": "ApiFunction",
    "api_upload_audio.json": "ApiFunction",
    "api_preview_text.json": "TextFunction",
    "objects.json": "ObjectsFunction",
    "tasks.json": "TasksFunction",
    "deliveries.json": "DeliveriesFunction",
    "batch_job_failed.json": "BatchEventsFunction",
    "sweep.json": "SweepFunction",
}
OPEN = (
    # What a client sends.
    ".headers.",
    ".body>",
    # Batch says it of containers that it ended itself.
    ".Records[].body>.detail.container.reason",
    ".Records[].body>.detail.attempts[].container.reason",
)
"""Beginnings of the paths that one event may have and another not."""


@pytest.fixture(scope="module")
def emulator():
    if not LAMBDA_PYTHON.exists():
        pytest.fail(".venv-lambda is missing: run make setup-dev")
    version = subprocess.run(
        [LAMBDA_PYTHON, "--version"], check=True, capture_output=True, text=True
    ).stdout
    if not version.startswith("Python 3.11"):
        pytest.skip(f"the functions are built for Python 3.11, .venv-lambda has {version.strip()}")
    try:
        return find_emulator(ROOT / ".venv-sam")
    except EmulatorUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def events():
    """The events that each function was sent, in order."""
    return defaultdict(list)


@pytest.fixture(scope="module")
def functions(built, emulator, events):
    return BuiltFunctions(
        built,
        emulator=emulator,
        python=LAMBDA_PYTHON,
        observe=lambda name, event: events[name].append(event),
    )


@pytest.fixture(scope="module")
def api(functions, tmp_path_factory):
    with (
        LocalCloud(
            tmp_path_factory.mktemp("cloud"),
            sweep_seconds=1.0,
            extra_environment={"WEBHOOK_ALLOW_LOOPBACK": "true"},
            host=functions,
        ) as cloud,
        Client(cloud.url, longest_pause=1.0) as client,
    ):
        yield client


@dataclass(frozen=True)
class Told:
    """A task that a client created, as it ended, and the webhook that said so."""

    first: TaskStatus
    ended: TaskStatus
    call: Received


@pytest.fixture(scope="module")
def extraction(api, tmp_path_factory) -> Told:
    """A task that is created before its video is sent, and a callback."""
    video = faceless_video(tmp_path_factory.mktemp("clip") / "v.mp4", seconds=2.0, sound=True)
    api.post("/webhook/secret", {})
    with receiving() as receiver:
        announced = api.register_upload(video, "video")
        body = {"video_file": announced["file_info"]["filename"], "callback_url": receiver.url}
        task_id = api.create("extract_audio", body)
        first = api.status(task_id)
        api.send_file(video, announced)
        ended = api.wait(task_id, timeout=SECONDS)
        return Told(first, ended, first_call(receiver))


@pytest.fixture(scope="module")
def preview(api):
    return api.post("/tasks/voice/preview-text", {"text": "最长350米"})


def first_call(receiver) -> Received:
    deadline = time.monotonic() + SECONDS
    while not receiver.calls:
        assert time.monotonic() < deadline, "nobody called"
        time.sleep(0.1)
    return receiver.calls[0]


def test_an_upload_wakes_the_task_that_waits_for_it_and_its_sound_can_be_downloaded(
    api, extraction, tmp_path
):
    assert extraction.first.status == "pending"
    assert extraction.ended.status == "completed", extraction.ended
    wav = tmp_path / "sound.wav"
    api.download(extraction.ended.result["audio_url"], wav)
    assert soundfile.info(wav).duration == pytest.approx(2.0, abs=0.1)


def test_the_person_of_a_video_speaks_a_text(api, tmp_path):
    clip = tmp_path / "person.mp4"
    with VideoEncoder(clip, width=512, height=512, fps=Fraction(25)) as encoder:
        for _ in range(30):
            encoder.write(astronaut())
    body = {"speech_text": "你好。", "sample_video": api.upload(clip, "video")}
    ended = api.wait(api.create("digital_human", body), timeout=SECONDS)
    assert ended.status == "completed", ended
    film = tmp_path / "film.mp4"
    api.download(ended.result["video_url"], film)
    info = probe(film)
    assert (info.video.width, info.video.height) == (512, 512)
    assert info.audio is not None
    assert info.duration == pytest.approx(ended.result["duration"], abs=0.1)


def test_how_a_text_is_read_is_told_by_the_function_that_has_the_dictionaries(preview, events):
    assert preview["spoken_text"] == "最长三百五十米"
    assert len(events["TextFunction"]) == 1


def test_the_history_shows_each_step_once(api, extraction):
    steps = api.get(f"/tasks/{extraction.ended.task_id}/events")["events"]
    phases = [step["phase"] for step in steps if step["stage"] is None]
    assert phases == ["waiting_inputs", "queued", "submitted", "running", "completed"]


def test_the_end_of_a_task_is_told_to_its_callback_and_logged(api, extraction):
    document = json.loads(extraction.call.body)
    told = (document["task_id"], document["event"])
    assert told == (extraction.ended.task_id, "task.completed")
    (delivery,) = api.get(f"/tasks/{extraction.ended.task_id}/deliveries")["deliveries"]
    assert delivery["delivery_id"] == extraction.call.headers["X-Dh-Delivery"]


def test_a_film_without_sound_fails_its_task_with_a_code(api, tmp_path):
    video = faceless_video(tmp_path / "silent.mp4", seconds=1.0, sound=False)
    task_id = api.create("extract_audio", {"video_file": api.upload(video, "video")})
    ended = api.wait(task_id, timeout=SECONDS)
    assert (ended.status, ended.error_code) == ("failed", "no_audio_stream")


def test_a_cancelled_task_is_told_by_the_sweep(api, tmp_path):
    video = tmp_path / "never-sent.mp4"
    video.write_bytes(bytes(100))
    with receiving() as receiver:
        name = api.register_upload(video, "video")["file_info"]["filename"]
        task_id = api.create("extract_audio", {"video_file": name, "callback_url": receiver.url})
        api.cancel(task_id)
        assert json.loads(first_call(receiver).body)["status"] == "cancelled"


@pytest.mark.parametrize(("sample", "name"), SAMPLES.items())
def test_a_sample_event_is_answered(api, functions, sample, name):
    """Those that name a task or a file name none that exists, which is no failure."""
    answer = functions.emulators[name].invoke(sample_event(sample))
    if name in ("ApiFunction", "TextFunction"):
        assert answer["statusCode"] == 200
        assert json.loads(answer["body"])["success"] is True
    else:
        assert answer in (None, {"batchItemFailures": []})


@pytest.mark.parametrize(("sample", "name"), SAMPLES.items())
def test_a_sample_event_has_the_structure_of_the_events_that_are_sent(
    extraction, preview, events, sample, name
):
    event = sample_event(sample)
    sent = next(one for one in reversed(events[name]) if is_like(one, event))
    assert fixed(structure(sent)) == fixed(structure(event))


def sample_event(name):
    return json.loads((ROOT / "events" / name).read_text())


def is_like(sent, sample):
    """Whether both are requests with a body, or both without one, or no requests."""
    return ("body" in sent) == ("body" in sample)


def fixed(paths):
    return {path for path in paths if not path.startswith(OPEN)}


def structure(value, place="") -> set[str]:
    """The paths of all names in a document, those in a JSON text within it included."""
    if isinstance(value, str) and value.startswith("{"):
        return structure(json.loads(value), f"{place}>")
    if isinstance(value, list):
        return {path for item in value for path in structure(item, f"{place}[]")}
    if isinstance(value, dict):
        return {path for name, item in value.items() for path in structure(item, f"{place}.{name}")}
    return {place}
