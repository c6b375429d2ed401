"""mediaCheckAsync from upload to verdict, against a server that answers as WeChat does."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from functions.dispatch.clients.wechat_media import NotTaken
from functions.dispatch.files.judgements import sweep_moderations
from functions.dispatch.files.objects import handle_upload
from functions.dispatch.sweep import sweep
from tests.support.wechat_push import KEY, TOKEN, judgement, push, signature
from tests.unit.functions.api.access.wechat_desk import MESSAGES, Desk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
WAIT = 2100


def test_a_picture_waits_for_wechat_and_is_ready_when_it_passes(desk: Desk) -> None:
    file = desk.upload("image", "me.png", PNG)
    assert file.status == "pending"
    asked = desk.wechat.media[desk.trace()]
    assert (asked["media_type"], asked["openid"]) == (2, "oANN-openid")
    assert urlsplit(asked["media_url"]).path.endswith(f"/{file.key}")
    answer = desk.pushed(judgement(desk.trace(), "pass"))
    assert (answer.status_code, answer.text) == (200, "success")
    assert desk.hand_on() == 1
    assert desk.file(file.key).status == "ready"


@pytest.mark.parametrize("suggest", ["risky", "review"])
def test_sound_that_wechat_does_not_let_pass_is_refused_with_the_task_that_wants_it(
    desk: Desk, suggest: str
) -> None:
    file = desk.upload("audio", "me.wav", WAV)
    assert desk.wechat.media[desk.trace()]["media_type"] == 1
    made = desk.client.post(
        "/api/tasks/voice/generate",
        json={"text": "你好", "reference_audio": file.filename},
        headers=desk.headers,
    ).json()
    assert desk.status(made["task_id"])["status"] == "pending"
    desk.pushed(judgement(desk.trace(), suggest))
    desk.hand_on()
    assert desk.file(file.key).error_code == "content_rejected"
    failed = desk.status(made["task_id"])
    assert (failed["status"], failed["error_code"]) == ("failed", "content_rejected")
    assert not desk.cloud.media.has(file.key)


def test_an_answer_after_the_wait_changes_nothing(desk: Desk) -> None:
    file = desk.upload("image", "me.png", PNG)
    trace = desk.trace()
    desk.cloud.clock.advance(WAIT - 1)
    assert sweep_moderations(desk.deps) == 0
    desk.cloud.clock.advance(2)
    assert sweep_moderations(desk.deps) == 1
    desk.hand_on()
    assert desk.file(file.key).error_code == "moderation_unanswered"
    desk.pushed(judgement(trace, "pass"))
    desk.hand_on()
    assert desk.file(file.key).status == "rejected"
    assert sweep_moderations(desk.deps) == 0


def test_a_task_outlives_its_own_wait_while_its_file_is_judged(desk: Desk) -> None:
    file = desk.upload("audio", "me.wav", WAV)
    made = desk.deps.tasks
    task_id = desk.client.post(
        "/api/tasks/voice/generate",
        json={"text": "你好", "reference_audio": file.filename},
        headers=desk.headers,
    ).json()["task_id"]
    task = made.get(task_id)
    assert task is not None
    desk.cloud.clock.now = task.lease_until + 1
    sweep(desk.deps)
    renewed = made.get(task_id)
    assert renewed is not None
    assert (renewed.phase, renewed.lease_until > task.lease_until) == ("waiting_inputs", True)


def test_a_file_that_wechat_could_not_fetch_is_to_be_sent_again(desk: Desk) -> None:
    file = desk.upload("image", "me.png", PNG)
    desk.pushed(judgement(desk.trace(), "pass", errcode=-1008))
    desk.hand_on()
    assert desk.file(file.key).error_code == "moderation_unanswered"


@pytest.mark.parametrize(
    "forged",
    [
        {"token": "another-token"},
        {"app_id": "wxanother"},
        {"key": KEY[::-1]},
    ],
)
def test_a_forged_message_and_one_for_another_app_are_refused(
    desk: Desk, forged: dict[str, str]
) -> None:
    file = desk.upload("image", "me.png", PNG)
    answer = desk.pushed(judgement(desk.trace(), "pass"), **forged)
    assert (answer.status_code, answer.json()["code"]) == (403, "wechat_message_refused")
    assert desk.hand_on() == 0
    assert desk.file(file.key).status == "pending"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_of_another_time_is_refused_and_a_fresh_repeat_does_nothing(
    desk: Desk, seconds: int
) -> None:
    file = desk.upload("image", "me.png", PNG)
    sent = push(judgement(desk.trace(), "pass"), desk.cloud.clock() + seconds)
    answer = desk.client.post(MESSAGES, params=sent.query, content=json.dumps(sent.body))
    assert answer.status_code == 403
    fresh = push(judgement(desk.trace(), "pass"), desk.cloud.clock())
    for _ in range(2):
        desk.client.post(MESSAGES, params=fresh.query, content=json.dumps(fresh.body))
        assert desk.hand_on() == 1
    assert desk.file(file.key).status == "ready"


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (b"<xml><Encrypt>x</Encrypt></xml>", {}),
        (b"[]", {}),
        (b'{"Encrypt": 7}', {}),
        (b'{"Encrypt": "AAAA"}', {}),
        (None, {"msg_signature": "é"}),
        (None, {"timestamp": "²"}),
        (None, {"timestamp": ""}),
    ],
)
def test_a_broken_message_is_refused_like_a_forged_one(
    desk: Desk, body: bytes | None, changes: dict[str, str]
) -> None:
    sent = push(judgement("t", "pass"), desk.cloud.clock())
    content = json.dumps(sent.body) if body is None else body
    answer = desk.client.post(MESSAGES, params=sent.query | changes, content=content)
    assert (answer.status_code, answer.json()["code"]) == (403, "wechat_message_refused")


def test_ciphertext_that_is_signed_but_broken_is_refused(desk: Desk) -> None:
    now = str(int(desk.cloud.clock()))
    for encrypted in ("AAAA", "!", "A" * 64, ""):
        query = {
            "timestamp": now,
            "nonce": "n",
            "msg_signature": signature(TOKEN, now, "n", encrypted),
        }
        answer = desk.client.post(MESSAGES, params=query, json={"Encrypt": encrypted})
        assert answer.status_code == 403, encrypted


def test_other_events_are_taken_and_left_alone(desk: Desk) -> None:
    answer = desk.pushed({"MsgType": "event", "Event": "user_enter_tempsession"})
    assert (answer.text, desk.hand_on()) == ("success", 0)


def test_the_address_shows_itself_to_wechat_alone(desk: Desk) -> None:
    now = str(int(desk.cloud.clock()))
    asked = {"timestamp": now, "nonce": "n", "echostr": "5982<b>", "openid": "o"}
    asked["signature"] = signature(TOKEN, now, "n")
    answer = desk.client.get(MESSAGES, params=asked)
    assert (answer.text, answer.headers["content-type"]) == ("5982<b>", "text/plain; charset=utf-8")
    assert desk.client.get(MESSAGES, params=asked | {"nonce": "m"}).status_code == 403


def test_what_came_through_the_api_is_not_ready_before_it_is_judged(desk: Desk) -> None:
    answer = desk.client.post(
        "/api/upload/image", files={"file": ("me.png", PNG)}, headers=desk.headers
    ).json()
    name = answer["file_info"]["filename"]
    listed = desk.client.get("/api/files/list", headers=desk.headers).json()
    assert listed["files"] == []
    found = desk.client.get(f"/api/files/image/{name}", headers=desk.headers).json()
    assert found["status"] == "pending"


def test_the_object_that_took_the_judged_ones_place_is_judged_itself(desk: Desk) -> None:
    file = desk.upload("image", "me.png", PNG)
    first = desk.trace()
    desk.cloud.media.put_stream(file.key, io.BytesIO(PNG + b"2"), content_type="image/png")
    for _ in range(2):
        handle_upload(desk.deps, file.key)
    assert len(desk.wechat.media) == 2
    desk.pushed(judgement(first, "pass"))
    desk.hand_on()
    assert desk.file(file.key).status == "pending"


def test_who_did_not_sign_in_by_wechat_and_a_video_are_not_judged(
    desk: Desk, key_of: Callable[..., dict[str, str]]
) -> None:
    assert desk.upload("image", "me.png", PNG, key_of("shop")).status == "ready"
    mp4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)
    assert desk.upload("video", "me.mp4", mp4).status == "ready"
    assert desk.wechat.media == {}


def test_sound_beyond_what_wechat_takes_is_refused(desk: Desk) -> None:
    file = desk.upload("audio", "me.wav", WAV + bytes(10 * 1024 * 1024))
    assert (file.status, file.error_code) == ("rejected", "moderation_too_large")


def test_who_has_been_away_for_too_long_is_told_to_come_back(desk: Desk) -> None:
    desk.wechat.check_error = 61010
    assert desk.upload("image", "me.png", PNG).error_code == "moderation_absent"


def test_while_wechat_does_not_answer_the_event_comes_again(desk: Desk) -> None:
    desk.wechat.check_error = -1
    with pytest.raises(NotTaken):
        desk.upload("image", "me.png", PNG)
    desk.wechat.check_error = None
    (file,) = desk.deps.files.newest(_owner(desk), 9)
    handle_upload(desk.deps, file.key)
    assert len(desk.wechat.media) == 1


def _owner(desk: Desk) -> str:
    rows = desk.cloud.table.client.scan(TableName=desk.cloud.table.name)["Items"]
    return next(row["PK"].partition("#")[2] for row in rows if row["PK"].startswith("OPENID#"))
