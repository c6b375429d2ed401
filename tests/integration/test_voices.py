"""The voice library over HTTP, table and bucket of the embedded cloud; what jobs do is put in."""

from __future__ import annotations

import io

import httpx
import pytest
import soundfile

from dh_core.cloud.media_store import MediaStore, voice_key
from dh_core.specs.built_in_voices import BUILT_IN_VOICES
from dh_core.store import Table, VoiceRecord, VoiceStore
from infra.local.server import LocalCloud

VOICE_ID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def api(cloud):
    base = f"{cloud.url}/api"
    with httpx.Client(base_url=base, timeout=60, follow_redirects=True) as client:
        yield client


@pytest.fixture
def media(cloud):
    return MediaStore(cloud.environment["BUCKET_NAME"])


@pytest.fixture
def saved(cloud, media):
    """A voice as a job leaves it."""
    table = Table(cloud.environment["TABLE_NAME"])
    voice = VoiceRecord(
        owner="public",
        voice_id=VOICE_ID,
        name="王老师",
        engine="kokoro-82m-1",
        profile_key=voice_key("public", VOICE_ID, "1", "profile"),
        preview_key=voice_key("public", VOICE_ID, "1", "preview.wav"),
        preview_type="audio/wav",
    )
    for key in (voice.profile_key, voice.preview_key):
        media.put_stream(key, io.BytesIO(b"x"), content_type="audio/wav")
    write = VoiceStore(table).put_write(voice)
    table.transact(lambda: [write])
    return voice


def test_every_built_in_voice_is_listed_and_can_be_heard(api):
    voices = api.get("/voices").json()["voices"]
    assert [voice["voice_id"] for voice in voices] == list(BUILT_IN_VOICES)
    for voice in voices:
        answer = api.get(voice["preview_url"])
        assert answer.headers["content-type"] == "audio/mpeg"
        samples, rate = soundfile.read(io.BytesIO(answer.content))
        assert len(samples) / rate > 3


def test_a_saved_voice_is_listed_heard_and_deleted_with_its_objects(api, media, saved):
    assert api.get("/voices?limit=1").json()["voices"][0]["voice_id"] == VOICE_ID
    assert api.get(f"/download/voice/{VOICE_ID}").content == b"x"
    assert api.delete(f"/voices/{VOICE_ID}").status_code == 200
    assert api.get(f"/voices/{VOICE_ID}").status_code == 404
    assert api.delete(f"/voices/{VOICE_ID}").json()["code"] == "voice_not_found"
    left = media.client.list_objects_v2(Bucket=media.bucket, Prefix="voices/")
    assert left["KeyCount"] == 0
