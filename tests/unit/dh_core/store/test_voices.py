from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dh_core.store import VoiceRecord
from dh_core.store.table import ConditionFailed

VOICE = VoiceRecord(
    owner="anna",
    voice_id="v1",
    name="王老师",
    engine="kokoro-82m-1",
    profile_key="voices/anna/v1/1/profile",
    preview_key="voices/anna/v1/1/preview.wav",
    preview_type="audio/wav",
    warnings=("reference_noisy",),
)


def put(cloud: Any, voice: VoiceRecord) -> None:
    write = cloud.voices.put_write(voice)
    cloud.table.transact(lambda: [write])


def test_a_voice_is_read_as_it_was_put(moto_cloud: Any) -> None:
    put(moto_cloud, VOICE)
    found = moto_cloud.voices.get("anna", "v1")
    assert found is not None
    assert replace(found, created_at="") == VOICE
    assert found.created_at.endswith("Z")


def test_voices_are_listed_newest_first_in_pages(moto_cloud: Any) -> None:
    for number in range(3):
        put(moto_cloud, replace(VOICE, voice_id=f"v{number}"))
        moto_cloud.clock.advance(1)
    first = moto_cloud.voices.list("anna", limit=2, cursor=None)
    rest = moto_cloud.voices.list("anna", limit=2, cursor=first.cursor)
    assert [voice.voice_id for voice in (*first.records, *rest.records)] == ["v2", "v1", "v0"]
    assert moto_cloud.voices.count("anna") == 3


def test_one_owner_neither_sees_nor_deletes_anothers_voice(moto_cloud: Any) -> None:
    put(moto_cloud, VOICE)
    assert moto_cloud.voices.get("ben", "v1") is None
    assert moto_cloud.voices.list("ben", limit=10, cursor=None).records == ()
    assert moto_cloud.voices.delete("ben", "v1") is False
    assert moto_cloud.voices.get("anna", "v1") is not None


def test_a_voice_is_deleted_once(moto_cloud: Any) -> None:
    put(moto_cloud, VOICE)
    assert moto_cloud.voices.delete("anna", "v1") is True
    assert moto_cloud.voices.delete("anna", "v1") is False


def test_a_voice_is_never_written_over(moto_cloud: Any) -> None:
    put(moto_cloud, VOICE)
    with pytest.raises(ConditionFailed):
        put(moto_cloud, replace(VOICE, name="another"))
