from __future__ import annotations

import pytest

from dh_core.cloud.media_store import voice_key
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from dh_core.store import VoiceRecord
from functions.api.app import app
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import authenticate
from gpu_jobs.media.label.labelling import read_metadata

OWNER = "public"
VOICE_ID = "550e8400-e29b-41d4-a716-446655440000"
SPEAK = "/api/tasks/voice/generate"


@pytest.fixture
def saved(stores, moto_cloud, tmp_path):
    """A saved voice with its two objects; more by another id."""

    def save(voice_id=VOICE_ID, owner=OWNER, name="王老师"):
        voice = VoiceRecord(
            owner=owner,
            voice_id=voice_id,
            name=name,
            engine="kokoro-82m-1",
            profile_key=voice_key(owner, voice_id, "1", "profile"),
            preview_key=voice_key(owner, voice_id, "1", "preview.wav"),
            preview_type="audio/wav",
            warnings=("reference_noisy",),
        )
        write = stores.voices.put_write(voice)
        moto_cloud.table.transact(lambda: [write])
        for key in (voice.profile_key, voice.preview_key):
            path = tmp_path / "object"
            path.write_bytes(b"x")
            stores.media.upload(path, key, content_type="audio/wav")
        return voice

    return save


def objects(moto_cloud):
    listed = moto_cloud.media.client.list_objects_v2(Bucket=moto_cloud.media.bucket)
    return [entry["Key"] for entry in listed.get("Contents", ())]


def voice_number(number):
    return VOICE_ID[:-1] + str(number)


@pytest.mark.parametrize("recording", [{"audio_file": "a.wav"}, {"video_file": "v.mp4"}])
def test_saving_a_voice_is_a_task_that_names_the_voice(client, ready_file, recording):
    ready_file("audio", "a.wav")
    ready_file("video", "v.mp4")
    answer = client.post("/api/voices", json={"name": "王老师", "uuid": "mine", **recording})
    created = answer.json()
    assert answer.status_code == 200, created
    assert created["message"] == "声音保存任务已创建"
    assert created["uuid"] == "mine"
    assert client.get(created["status_url"]).json()["task_type"] == "voice_profile"
    assert created["voice_id"] == created["task_id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"audio_file": "a.wav", "video_file": "v.mp4"}, 400, "invalid_request"),
        ({"audio_file": "none.wav"}, 404, "file_not_found"),
        ({"audio_file": "a.wav", "name": "x" * 101}, 400, "invalid_request"),
        ({"audio_file": "a.wav", "name": "a\nb"}, 400, "invalid_request"),
    ],
)
def test_a_voice_that_cannot_be_saved_is_refused(client, ready_file, body, status, code):
    ready_file("audio", "a.wav")
    answer = client.post("/api/voices", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()


def test_own_voices_come_before_the_built_in_ones(client, saved):
    saved()
    answer = client.get("/api/voices").json()
    own, *built_in = answer["voices"]
    assert own["created_at"].endswith("Z")
    assert (
        own.items()
        >= {
            "voice_id": VOICE_ID,
            "name": "王老师",
            "category": "own",
            "read_only": False,
            "preview_url": f"/download/voice/{VOICE_ID}",
            "warnings": ["reference_noisy"],
        }.items()
    )
    assert [voice["voice_id"] for voice in built_in] == list(BUILT_IN_VOICES)
    assert {voice["gender"] for voice in built_in} == {"female", "male"}
    assert all(voice["read_only"] and voice["language"] == "zh-CN" for voice in built_in)
    assert (answer["total"], answer["next_cursor"]) == (1 + len(BUILT_IN_VOICES), None)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 10])
def test_pages_run_through_own_and_built_in_voices(client, saved, clock, limit):
    for number in range(3):
        saved(voice_number(number))
        clock.advance(1)
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/voices?limit={limit}&cursor={cursor}").json()
        assert 0 < len(page["voices"]) <= limit
        seen += [voice["voice_id"] for voice in page["voices"]]
        cursor = page["next_cursor"]
    assert seen == [voice_number(number) for number in (2, 1, 0)] + list(BUILT_IN_VOICES)


@pytest.mark.parametrize("cursor", ["built-in.x", "built-in.", "xx"])
def test_a_foreign_cursor_is_refused(client, cursor):
    answer = client.get(f"/api/voices?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def test_one_voice_is_shown(client, saved):
    saved()
    assert client.get(f"/api/voices/{VOICE_ID}").json()["voice"]["name"] == "王老师"
    assert client.get("/api/voices/zm_yunxi").json()["voice"]["gender"] == "male"


def test_deleting_a_voice_leaves_nothing_of_it(client, saved, moto_cloud):
    saved()
    kept = saved(voice_number(1))
    answer = client.delete(f"/api/voices/{VOICE_ID}")
    assert (answer.status_code, answer.json()["voice_id"]) == (200, VOICE_ID)
    assert sorted(objects(moto_cloud)) == sorted([kept.profile_key, kept.preview_key])
    for again in (client.delete, client.get):
        assert again(f"/api/voices/{VOICE_ID}").json()["code"] == "voice_not_found"


def test_a_built_in_voice_cannot_be_deleted(client):
    answer = client.delete("/api/voices/zf_xiaobei")
    assert (answer.status_code, answer.json()["code"]) == (409, "voice_read_only")


def test_one_owner_neither_sees_uses_nor_deletes_anothers_voice(client, saved):
    saved()
    app.dependency_overrides[authenticate] = lambda: Caller("ben")
    route = f"/api/voices/{VOICE_ID}"
    answers = [
        client.get(route),
        client.delete(route),
        client.get(f"/api/download/voice/{VOICE_ID}"),
        client.post(SPEAK, json={"text": "你好", "voice_id": VOICE_ID}),
    ]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "voice_not_found")}
    assert client.get("/api/voices").json()["total"] == len(BUILT_IN_VOICES)
    del app.dependency_overrides[authenticate]
    assert client.get(route).status_code == 200


@pytest.mark.parametrize("voice_id", [VOICE_ID, "zm_yunxi"])
def test_a_library_voice_speaks_wherever_a_reference_is_taken(client, saved, ready_file, voice_id):
    saved()
    ready_file("video", "v.mp4")
    for path, body in (
        (SPEAK, {"text": "你好"}),
        ("/api/tasks/digital-human/create", {"speech_text": "你好", "sample_video": "v.mp4"}),
    ):
        answer = client.post(path, json={**body, "voice_id": voice_id})
        assert answer.status_code == 200, answer.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SPEAK, {"text": "你好", "reference_audio": "a.wav"}),
        (
            "/api/tasks/digital-human/create",
            {"speech_text": "你好", "sample_video": "v.mp4", "sample_voice": "a.wav"},
        ),
    ],
)
def test_a_voice_and_a_reference_exclude_each_other(client, ready_file, path, body):
    ready_file("audio", "a.wav")
    ready_file("video", "v.mp4")
    answer = client.post(path, json={**body, "voice_id": "zf_xiaobei"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "voice_id" in answer.json()["error"]


@pytest.mark.parametrize("voice_id", ["unknown", VOICE_ID])
def test_an_unknown_voice_makes_no_task(client, voice_id):
    answer = client.post(SPEAK, json={"text": "你好", "voice_id": voice_id})
    assert (answer.status_code, answer.json()["code"]) == (404, "voice_not_found")
    assert client.get("/api/system/status").json()["total_tasks"] == 0


def test_a_voice_that_is_still_being_made_is_not_used_yet(client, stores, ready_file):
    ready_file("audio", "a.wav")
    voice_id = client.post("/api/voices", json={"audio_file": "a.wav"}).json()["voice_id"]
    for answer in (
        client.post(SPEAK, json={"text": "你好", "voice_id": voice_id}),
        client.get(f"/api/voices/{voice_id}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "voice_not_ready")
        assert f"/api/tasks/{voice_id}/status" in answer.json()["error"]
    stores.tasks.cancel(voice_id)
    assert client.get(f"/api/voices/{voice_id}").status_code == 404


def test_the_id_of_another_task_is_no_voice(client):
    task_id = client.post(SPEAK, json={"text": "你好"}).json()["task_id"]
    assert client.get(f"/api/voices/{task_id}").json()["code"] == "voice_not_found"


def test_the_sample_of_an_own_voice_is_downloaded(client, saved):
    preview = saved().preview_key
    answer = client.get(f"/api/download/voice/{VOICE_ID}?redirect=false").json()
    assert preview in answer["url"]
    assert (answer["content_type"], answer["filename"]) == ("audio/wav", f"{VOICE_ID}.wav")


@pytest.mark.parametrize("voice_id", BUILT_IN_VOICES)
def test_every_built_in_voice_has_a_labelled_sample(client, stores, moto_cloud, tmp_path, voice_id):
    for _ in range(2):
        answer = client.get(f"/api/download/voice/{voice_id}")
        assert answer.status_code == 302
    (key,) = objects(moto_cloud)
    sample = tmp_path / "sample.mp3"
    stores.media.download(key, sample)
    label = read_metadata(sample)
    assert label is not None
    assert label.produce_id == f"built-in-{voice_id}"
