"""Every wrong field at once, in the caller's language."""

from __future__ import annotations

import re

import pytest
from starlette.datastructures import Headers

from dh_core.errors import chinese
from dh_core.errors.catalogue import WARNINGS, job_codes, request_codes
from functions.api.http.language import language_of

VOICE = "/api/tasks/voice/generate"
HUMAN = "/api/tasks/digital-human/create"
MINI_PROGRAM = "https://servicewechat.com/wx1234567890abcdef/3/page-frame.html"


def test_every_wrong_field_is_told_in_one_answer(client):
    body = {"speed": 9, "voiceId": "x", "pitch": "high", "consent": {"subject": "", "given": 1}}
    answer = client.post(VOICE, json=body).json()
    told = {one["field"]: one for one in answer["details"]}
    assert {"text", "speed", "voiceId", "pitch", "consent.given", "consent.statement"} <= set(told)
    assert told["speed"]["allowed"] == {"maximum": 2.0}
    assert told["pitch"]["allowed"] == {"type": "number"}
    assert "voice_id" in told["voiceId"]["allowed"]["enum"]
    assert "allowed" not in told["text"]
    assert answer["error"] == answer["details"][0]["reason"]


def test_a_body_of_thousands_of_wrong_fields_gets_a_short_answer(client):
    answer = client.post(VOICE, json={f"field{n}": n for n in range(5_000)})
    assert len(answer.json()["details"]) == 20


def test_every_unknown_query_parameter_is_told(client):
    answer = client.get("/api/tasks?state=failed&page=2").json()
    assert [one["field"] for one in answer["details"]] == ["state", "page"]
    assert "status" in answer["details"][0]["allowed"]["enum"]


def test_every_file_that_was_never_uploaded_is_told(client):
    body = {"speech_text": "好", "sample_video": "no.mp4", "sample_voice": "no.wav"}
    answer = client.post(HUMAN, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
    assert [one["field"] for one in answer.json()["details"]] == ["sample_video", "sample_voice"]


def test_who_asks_in_chinese_is_answered_in_chinese(client):
    answer = client.post(VOICE, json={"speed": 9}, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.json()["error"] == "speed 不能大于 2.0。"
    assert [one["reason"] for one in answer.json()["details"]] == [
        "speed 不能大于 2.0。",
        "缺少 text，请补上。",
    ]
    assert answer.headers["content-language"] == "zh"
    assert "Accept-Language" in answer.headers["vary"]
    missing = client.get("/api/tasks/x/status", headers={"Accept-Language": "zh"})
    assert missing.json()["error"] == "任务不存在或已被删除。"
    unread = client.post(
        VOICE,
        json={"text": "好", "pronounce": {"好": "hao9"}},
        headers={"Accept-Language": "zh"},
    )
    assert re.match(r"读音写得不对.*（.*hao9.*）", unread.json()["error"])


def test_a_mini_program_is_answered_in_chinese_without_asking(client):
    said = client.get("/api/tasks/x/status", headers={"Referer": MINI_PROGRAM}).json()["error"]
    assert said == "任务不存在或已被删除。"
    both = {"Referer": MINI_PROGRAM, "Accept-Language": "en"}
    assert client.get("/api/tasks/x/status", headers=both).json()["error"].startswith("There is no")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("zh-TW", "zh"),
        ("en-GB,zh;q=0.5", "en"),
        ("en;q=0.3, zh;q=0.7", "zh"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=x", "en"),
        ("ZH-Hans", "zh"),
    ],
)
def test_the_language_is_what_the_header_prefers(accepted, language):
    assert language_of(Headers({"Accept-Language": accepted})) == language


def test_every_code_and_warning_has_one_chinese_sentence_and_no_other_has():
    assert set(chinese.CODES) == set(request_codes()) | set(job_codes())
    assert set(chinese.WARNINGS) == set(WARNINGS)
    for said in (*chinese.CODES.values(), *chinese.WARNINGS.values()):
        assert re.search(r"[\u4e00-\u9fff].*。$", said), said


def test_docs_url_leads_to_the_code(client):
    refused = client.post(VOICE, json={}).json()
    page, _, code = refused["docs_url"].partition("#")
    assert f'id="{code}"' in client.get(page).text
    assert chinese.CODES[code] in client.get(page).text


def test_what_is_under_way_may_be_asked_again(client):
    def retryable(answer):
        return answer.json()["retryable"]

    task = client.post(VOICE, json={"text": "好"}).json()["task_id"]
    assert retryable(client.get(f"/api/download/generated/audio/{task}")) is True
    assert retryable(client.get("/api/download/generated/audio/nothing")) is False
