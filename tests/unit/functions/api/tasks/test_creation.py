from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from dh_core.cloud.messages import TaskChanged, parse
from dh_core.limits import MAX_TEXT_CHARACTERS
from dh_core.tasks.states import Phase
from tests.unit.functions.api.requests_made import VOICE, create, status_of


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
        assert [parse(sent) for sent in moto_cloud.announced()] == [
            TaskChanged(task_id=created["task_id"])
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
        ("/api/avatars", {"sample_video": "v.mp4", "speaker": "me"}, 400, "invalid_request"),
        (
            "/api/avatars",
            {"sample_video": "v.mp4", "speaker": "auto", "face_index": 1},
            400,
            "invalid_request",
        ),
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
    assert both == "give either speech_text or speech_audio, or else audio_task."
    place = create(
        client,
        "/api/tasks/template/create",
        person_image="p.png",
        background_image="p.png",
        title_position=["left", 0],
    ).json()["error"]
    assert place.startswith("title_position must be x and y")


def test_empty_optional_fields_are_ignored(client):
    body = {"text": "你好", "reference_audio": "", "reference_text": None}
    assert create(client, **body).status_code == 200


@pytest.mark.parametrize(
    ("path", "speech"),
    [("/api/tasks/digital-human/create", {"speech_text": "大家好"}), ("/api/avatars", {})],
)
@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, None), ({"face_index": 1}, 1), ({"face_index": 0}, 0), ({"speaker": "auto"}, "auto")],
)
def test_one_of_several_people_is_chosen_by_place_or_because_they_speak(
    client, stores, ready_file, path, speech, given, kept
):
    ready_file("video", "v.mp4")
    created = create(client, path, sample_video="v.mp4", **speech, **given).json()
    spec: Any = stores.tasks.spec(created["task_id"])
    assert spec.face == kept


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


def test_an_unreachable_queue_loses_no_task(client, stores, monkeypatch):
    def fail(**_):
        raise EndpointConnectionError(endpoint_url="https://sqs.example.com")

    monkeypatch.setattr(stores.queue.client, "send_message", fail)
    answer = create(client)
    assert answer.status_code == 200
    assert stores.tasks.get(answer.json()["task_id"]).phase is Phase.QUEUED
