"""Consent evidence, unlabelled results, and the record of both that outlives the task."""

from __future__ import annotations

import json

import pytest

from dh_core.store import GenerationLog

CONSENT = {
    "subject": "王老师",
    "statement": "我同意用我的声音和形象制作数字人视频。",
    "given_at": "2026-03-01T09:30:00+08:00",
}
EVIDENCE = {"file_type": "document", "filename": "agreed.pdf"}
SPEAK = "/api/tasks/voice/generate"
DAY = 86_400


@pytest.fixture
def log(moto_cloud):
    return GenerationLog(moto_cloud.table, moto_cloud.clock)


@pytest.fixture
def saved(client, ready_file):
    """A voice task that names its evidence."""
    ready_file("audio", "a.wav")
    ready_file("document", "agreed.pdf")
    body = {"audio_file": "a.wav", "consent": {**CONSENT, "evidence": EVIDENCE}}
    answer = client.post("/api/voices", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["task_id"]


def test_a_pdf_is_an_upload_of_its_own_kind(client):
    asked = {"filename": "agreed.pdf", "file_size": 100}
    assert client.post("/api/upload/document", json=asked).status_code == 200
    refused = client.post("/api/upload/document", json={"filename": "a.docx", "file_size": 100})
    assert refused.json()["code"] == "unsupported_type"


def test_evidence_is_an_input_that_must_be_there(client, ready_file, stores, saved):
    assert "document/agreed.pdf" in stores.tasks.get(saved).inputs
    body = {"audio_file": "a.wav", "consent": {**CONSENT, "evidence": EVIDENCE}}
    body["consent"]["evidence"] = {"file_type": "video", "filename": "none.mp4"}
    refused = client.post("/api/voices", json=body)
    assert (refused.status_code, refused.json()["code"]) == (404, "file_not_found")
    assert refused.json()["details"][0]["field"] == "consent.evidence"


def test_evidence_by_address_is_fetched_and_named_in_the_spec(client, ready_file, stores):
    ready_file("audio", "a.wav")
    evidence = {"file_type": "document", "filename": "https://example.com/agreed.pdf"}
    body = {"audio_file": "a.wav", "consent": {**CONSENT, "evidence": evidence}}
    task_id = client.post("/api/voices", json=body).json()["task_id"]
    spec = stores.tasks.spec(task_id)
    assert spec.consent.evidence.filename.endswith(".pdf")
    assert stores.tasks.get(task_id).missing == {f"document/{spec.consent.evidence.filename}"}


def test_the_consent_is_on_record_and_not_on_the_item_that_moves(client, moto_cloud, log, saved):
    entry = log.get("public", saved)
    assert json.loads(entry.consent)["subject"] == CONSENT["subject"]
    item = moto_cloud.table.get({"PK": f"TASK#{saved}", "SK": "TASK"})
    assert CONSENT["statement"] not in str(item)
    shown = client.get(f"/api/tasks/{saved}/status").json()["consent"]
    assert (shown["subject"], shown["evidence"]) == (CONSENT["subject"], EVIDENCE)


def test_the_record_stays_while_the_voice_does_and_half_a_year_longer(
    stores, moto_cloud, log, saved
):
    stores.tasks.cancel(saved)
    stores.tasks.delete(stores.tasks.get(saved))
    voice = {"PK": f"VOICE#public#{saved}", "SK": "VOICE"}
    moto_cloud.table.put(voice)
    moto_cloud.clock.advance(400 * DAY)
    (entry,) = log.due()
    assert not log.look(entry, 180)
    assert not list(log.due())
    moto_cloud.table.delete(voice)
    for file in stores.files.newest("public", 10):
        stores.files.delete(file)
    for days in (7, 90, 83):
        moto_cloud.clock.advance(days * DAY)
        for entry in log.due():
            assert not log.look(entry, 180)
    moto_cloud.clock.advance(8 * DAY)
    (entry,) = log.due()
    assert log.look(entry, 180)
    log.delete(entry)
    assert log.get("public", saved) is None


def test_a_result_without_its_label_needs_the_operators_leave(client, configure, log, moto_cloud):
    body = {"text": "你好", "unlabelled": {"agreement": "标识协议 2026-11"}}
    refused = client.post(SPEAK, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "unlabelled_not_allowed")
    configure(allow_unlabelled=True)
    task_id = client.post(SPEAK, json=body).json()["task_id"]
    assert log.get("public", task_id).agreement == "标识协议 2026-11"
    item = moto_cloud.table.get({"PK": "LOG#public", "SK": task_id})
    assert int(item["expires_at"]) - moto_cloud.clock() > 184 * DAY
    nameless = client.post(SPEAK, json={"text": "你好", "unlabelled": {"agreement": " "}})
    assert nameless.json()["code"] == "invalid_request"


def test_a_plain_task_leaves_no_record(client, log):
    task_id = client.post(SPEAK, json={"text": "你好"}).json()["task_id"]
    assert log.get("public", task_id) is None
