from __future__ import annotations

import json

import pytest
from botocore.exceptions import EndpointConnectionError

from dh_core.limits import MAX_TEXT_CHARACTERS
from dh_core.specs import parse_spec
from dh_core.tasks import Phase

VOICE = "/api/tasks/voice/generate"


def create(client, path=VOICE, headers=None, **body):
    return client.post(path, json=body or {"text": "你好"}, headers=headers)


def status_of(client, created):
    return client.get(created["status_url"]).json()


def test_each_kind_of_task_is_created_and_announced(client, moto_cloud, ready_file, template):
    ready_file("video", "v.mp4")
    ready_file("audio", "a.wav")
    ready_file("image", "p.png")
    requests = [
        (VOICE, {"text": "你好", "reference_audio": "a.wav"}, "语音生成任务已创建"),
        (
            "/api/tasks/digital-human/create",
            {"speech_text": "大家好", "sample_video": "v.mp4", "sample_voice": "a.wav"},
            "数字人生成任务已创建",
        ),
        (
            "/api/tasks/digital-human/create",
            {"speech_audio": "a.wav", "sample_video": "v.mp4"},
            "数字人生成任务已创建",
        ),
        (
            "/api/tasks/template/create",
            {"person_image": "p.png", "background_image": "p.png", "title_position": [50, 50]},
            "数字人模板任务已创建",
        ),
        (
            "/api/tasks/video/compose",
            {"template_id": "template123", "audio_file": "a.wav"},
            "视频合成任务已创建",
        ),
        ("/api/tasks/audio/extract", {"video_file": "v.mp4"}, "音频提取任务已创建"),
    ]
    for path, body, message in requests:
        answer = create(client, path, **body, user_id="u1")
        created = answer.json()
        assert answer.status_code == 200, created
        assert created["message"] == message
        assert created["status_url"] == f"/api/tasks/{created['task_id']}/status"
        assert [json.loads(sent) for sent in moto_cloud.announced()] == [
            {"task_id": created["task_id"]}
        ]
        assert status_of(client, created)["status"] == "pending"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (VOICE, {"reference_audio": "a.wav"}, 400, "invalid_request"),
        (VOICE, {"text": ""}, 400, "invalid_request"),
        (VOICE, {"text": " \n"}, 400, "invalid_request"),
        (VOICE, {"text": 5}, 400, "invalid_request"),
        (VOICE, {"text": "字" * (MAX_TEXT_CHARACTERS + 1)}, 400, "text_too_long"),
        (VOICE, {"text": "你好", "uuid": "no spaces"}, 400, "invalid_uuid"),
        (VOICE, {"text": "你好", "uuid": "../x"}, 400, "invalid_uuid"),
        (VOICE, {"text": "你好", "uuid": "x" * 129}, 400, "invalid_uuid"),
        (VOICE, {"text": "你好", "uuid": 5}, 400, "invalid_uuid"),
        (VOICE, {"text": "你好", "user_id": "u" * 129}, 400, "invalid_request"),
        (VOICE, {"text": "你好", "reference_audio": "none.wav"}, 404, "file_not_found"),
        (VOICE, {"text": "你好", "reference_audio": "../a.wav"}, 400, "invalid_request"),
        ("/api/tasks/digital-human/create", {"sample_video": "v.mp4"}, 400, "invalid_request"),
        (
            "/api/tasks/digital-human/create",
            {"sample_video": "v.mp4", "speech_text": "a", "speech_audio": "a.wav"},
            400,
            "invalid_request",
        ),
        (
            "/api/tasks/template/create",
            {"person_image": "p.png", "background_image": "p.png", "title_position": [1]},
            400,
            "invalid_request",
        ),
        (
            "/api/tasks/template/create",
            {"person_image": "p.png", "background_image": "p.png", "video_length": 0},
            400,
            "invalid_request",
        ),
        (
            "/api/tasks/video/compose",
            {"template_id": "none", "audio_file": "a.wav"},
            404,
            "template_not_found",
        ),
        ("/api/avatars", {"sample_video": "v.mp4", "face_index": -1}, 400, "invalid_request"),
        ("/api/avatars", {"sample_video": "v.mp4", "face_index": 10}, 400, "invalid_request"),
        ("/api/avatars", {"sample_video": "v.mp4", "face_index": "left"}, 400, "invalid_request"),
        ("/api/tasks/audio/extract", {"video_file": "none.mp4"}, 404, "file_not_found"),
        ("/api/tasks/audio/extract", {}, 400, "invalid_request"),
    ],
)
def test_a_request_that_cannot_work_is_refused_and_leaves_no_task(client, path, body, status, code):
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert client.get("/api/system/status").json()["total_tasks"] == 0


def test_the_error_names_the_field(client):
    assert create(client, reference_text="x").json()["error"].startswith("text is missing")
    both = create(client, "/api/tasks/digital-human/create", sample_video="v.mp4").json()["error"]
    assert both == "give either speech_text or speech_audio."
    place = create(
        client,
        "/api/tasks/template/create",
        person_image="p.png",
        background_image="p.png",
        title_position=["left", 0],
    ).json()["error"]
    assert place.startswith("title_position.0:")


def test_empty_optional_fields_and_unknown_ones_are_ignored(client):
    body = {"text": "你好", "reference_audio": "", "reference_text": None, "type": "x", "extra": 1}
    assert create(client, **body).status_code == 200


@pytest.mark.parametrize(
    ("path", "speech"),
    [("/api/tasks/digital-human/create", {"speech_text": "大家好"}), ("/api/avatars", {})],
)
@pytest.mark.parametrize(("given", "kept"), [({}, None), ({"face_index": 1}, 1)])
def test_one_of_several_people_is_chosen_by_face_index(
    client, stores, ready_file, path, speech, given, kept
):
    ready_file("video", "v.mp4")
    created = create(client, path, sample_video="v.mp4", **speech, **given).json()
    spec = parse_spec(stores.tasks.get(created["task_id"]).spec)
    assert spec.face_index == kept


def test_the_api_description_explains_face_index(client):
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    for name in ("DigitalHumanRequest", "AvatarRequest"):
        bounds, *_ = schemas[name]["properties"]["face_index"]["anyOf"]
        assert (bounds["minimum"], bounds["maximum"]) == (0, 9)
        assert "from the left" in bounds["description"]
        assert "face_index" not in schemas[name]["required"]


def test_half_a_surrogate_pair_is_refused(client):
    headers = {"Content-Type": "application/json"}
    answer = client.post(VOICE, content=b'{"text": "\\ud800"}', headers=headers)
    assert answer.status_code == 400
    assert "text" in answer.json()["error"]


def test_a_task_waits_for_a_file_that_is_still_being_uploaded(
    client, moto_cloud, stores, announce_file
):
    announce_file("audio", "a.wav")
    created = create(client, text="你好", reference_audio="a.wav").json()
    assert stores.tasks.get(created["task_id"]).phase is Phase.WAITING_INPUTS
    assert created["status"] == "pending"
    assert moto_cloud.announced() == []


def test_the_same_missing_file_may_be_named_twice(client, announce_file):
    announce_file("audio", "a.wav")
    announce_file("video", "v.mp4")
    answer = create(
        client,
        "/api/tasks/digital-human/create",
        sample_video="v.mp4",
        sample_voice="a.wav",
        speech_audio="a.wav",
    )
    assert answer.status_code == 200


def test_a_file_that_arrives_while_the_task_is_created_is_not_waited_for(
    client, stores, announce_file, monkeypatch
):
    file = announce_file("audio", "a.wav")
    create_in_store = stores.tasks.create

    def arrive_first(new):
        stores.files.mark_ready(file, size=10, expires_at=2_000_000_000)
        return create_in_store(new)

    monkeypatch.setattr(stores.tasks, "create", arrive_first)
    created = create(client, text="你好", reference_audio="a.wav").json()
    assert stores.tasks.get(created["task_id"]).phase is Phase.QUEUED


def test_a_rejected_input_is_named_with_its_reason(client, stores, announce_file):
    file = announce_file("audio", "a.wav")
    stores.files.mark_rejected(file, code="unsupported_type", message="Use WAV.")
    answer = create(client, text="你好", reference_audio="a.wav")
    assert (answer.status_code, answer.json()["code"]) == (400, "unsupported_type")
    assert "a.wav was rejected. Use WAV." in answer.json()["error"]


def test_the_same_request_twice_is_one_task(client, moto_cloud):
    first = create(client, text="你好", uuid="mine").json()
    again = create(client, text="你好", uuid="mine").json()
    assert again["task_id"] == first["task_id"]
    assert len(moto_cloud.announced()) == 1
    assert create(client, text="再见", uuid="mine").status_code == 409


def test_an_idempotency_key_stands_for_one_request(client):
    key = {"Idempotency-Key": "k1"}
    first = create(client, headers=key, text="你好").json()
    again = create(client, headers=key, text="你好").json()
    other = create(client, headers=key, text="再见")
    assert again["task_id"] == first["task_id"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_requests_without_a_key_are_different_tasks(client):
    assert create(client).json()["task_id"] != create(client).json()["task_id"]


def test_an_unreachable_queue_loses_no_task(client, stores, monkeypatch):
    def fail(**_):
        raise EndpointConnectionError(endpoint_url="https://sqs.example.com")

    monkeypatch.setattr(stores.queue.client, "send_message", fail)
    answer = create(client)
    assert answer.status_code == 200
    assert stores.tasks.get(answer.json()["task_id"]).phase is Phase.QUEUED


def test_a_running_task_shows_stage_and_progress(client, stores):
    created = create(client).json()
    attempt = stores.tasks.dispatch(created["task_id"], 60).attempt
    claim = stores.tasks.start(created["task_id"], attempt, 1, 60)
    stores.tasks.heartbeat(claim, stage="synthesise", progress=40, lease_seconds=60)
    status = status_of(client, created)
    assert (status["status"], status["progress"], status["stage"]) == (
        "processing",
        40,
        "synthesise",
    )
    assert status["next_poll_ms"] == 2000


def test_a_completed_task_shows_its_result_as_the_seed_shapes_it(client, complete):
    created = create(client, text="你好", uuid="abc123").json()
    files = {
        kind: {"key": f"generated/t/1/{name}", "content_type": "x/y", "filename": name}
        for kind, name in {"audio": "audio.wav", "m4a": "audio.m4a"}.items()
    }
    complete(created["task_id"], {"files": files, "data": {"duration": 1.5}})
    status = status_of(client, created)
    assert (status["status"], status["progress"], status["next_poll_ms"]) == (
        "completed",
        100,
        None,
    )
    assert status["error_message"] is None
    assert status["result"] == {
        "audio_path": "generated/t/1/audio.wav",
        "audio_url": "/download/generated/audio/abc123",
        "m4a_path": "generated/t/1/audio.m4a",
        "m4a_url": "/download/generated/m4a/abc123",
        "uuid": "abc123",
        "duration": 1.5,
    }


def test_a_failed_task_shows_code_and_message(client, stores):
    created = create(client).json()
    stores.tasks.fail(created["task_id"], code="no_face_found", message="No face was found.")
    status = status_of(client, created)
    assert (status["status"], status["error_code"]) == ("failed", "no_face_found")
    assert status["error_message"] == "No face was found."


def test_a_cancelled_or_finished_task_cannot_be_cancelled_again(client, complete):
    cancelled, finished = create(client).json(), create(client).json()
    complete(finished["task_id"], {"files": {}, "data": {}})
    assert client.post(f"/api/tasks/{cancelled['task_id']}/cancel").json()["status"] == "cancelled"
    assert status_of(client, cancelled)["status"] == "cancelled"
    for task in (cancelled, finished):
        answer = client.post(f"/api/tasks/{task['task_id']}/cancel")
        assert (answer.status_code, answer.json()["code"]) == (409, "task_already_ended")


def test_process_announces_a_queued_task_again(client, moto_cloud):
    created = create(client).json()
    moto_cloud.announced()
    answer = client.post("/api/task/process", json={"task_id": created["task_id"]})
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert len(moto_cloud.announced()) == 1


def test_process_leaves_a_task_alone_that_is_on_its_way(client, stores, moto_cloud):
    created = create(client).json()
    moto_cloud.announced()
    client.post(f"/api/tasks/{created['task_id']}/cancel")
    answer = client.post("/api/task/process", json={"task_id": created["task_id"]})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert moto_cloud.announced() == []


@pytest.mark.parametrize("task_id", ["550e8400-e29b-41d4-a716-446655440000", "x", "y" * 3000])
def test_an_unknown_task_is_not_found(client, task_id):
    answers = [
        client.get(f"/api/tasks/{task_id}/status"),
        client.post(f"/api/tasks/{task_id}/cancel"),
    ]
    if len(task_id) < 100:
        answers.append(client.post("/api/task/process", json={"task_id": task_id}))
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")


def test_process_without_a_task_id_says_so(client):
    answer = client.post("/api/task/process", json={})
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "task_id is missing; add it to the request.",
    )
