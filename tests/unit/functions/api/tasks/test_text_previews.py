"""How a text will be read can be seen and corrected before it is spoken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.api.app import app
from functions.api.http import dependencies
from functions.api.service.shared.moderation import WordList
from tests.unit.functions.api.access.conftest import auth_settings, guard, guarded, key_of, keys
from tests.unit.policies.watch import api_is

__all__ = ["auth_settings", "guard", "guarded", "key_of", "keys"]

URL = "/api/tasks/voice/preview-text"


@pytest.fixture(autouse=True)
def its_own_function():
    """On AWS it has a function, and so a role, of its own."""
    with api_is("TextFunction"):
        yield


def preview(client, text, headers=None, **more):
    return client.post(URL, json={"text": text, **more}, headers=headers)


def read(client, text, **more):
    answer = preview(client, text, **more)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_each_word_comes_with_its_pinyin_and_its_place_in_the_text(client):
    text = "我们用iPhone 15拍照，花了350元。"
    answer = read(client, text)
    assert answer["spoken_text"] == "我们用iPhone 十五拍照，花了三百五十元。"
    found = [(w["text"], text[w["start"] : w["end"]]) for w in answer["words"]]
    assert ("iPhone", "iPhone") in found
    assert ("十五", "15") in found
    assert {place for word, place in found if word in "三百五十"} == {"350"}
    (first, *_) = answer["words"]
    assert first == {"text": "我们", "pinyin": ["wo3", "men5"], "start": 0, "end": 2}
    assert "".join(word["text"] for word in answer["words"]) in answer["spoken_text"].replace(
        " ", ""
    ).replace("，", "").replace("。", "")


def test_a_latin_word_has_no_pinyin(client):
    words = read(client, "Hello world")["words"]
    assert [(w["text"], w["pinyin"], w["start"], w["end"]) for w in words] == [
        ("Hello", [], 0, 5),
        ("world", [], 6, 11),
    ]


def test_places_are_those_of_the_text_as_it_was_sent(client):
    text = "  \n<b>漢字</b>　很\n\n**好**。"
    words = read(client, text)["words"]
    assert [text[w["start"] : w["end"]] for w in words] == ["漢字", "很", "好"]


def test_ssml_is_read_as_it_will_be_and_places_count_its_tags(client):
    text = (
        '<speak>\n  <!-- 好 --><phoneme ph="chan2 yu2">单于</phoneme>A&amp;B'
        '<break time="2s"/><say-as interpret-as="digits">350</say-as>个'
        '<sub alias="a>好">米</sub>。\n'
        "</speak>"
    )
    answer = read(client, text, text_type="ssml", pronounce={"单于": "dan1 yu2"})
    placed = [(w["text"], text[w["start"] : w["end"]]) for w in answer["words"]]
    assert placed[0] == ("单于", "单于")
    assert answer["words"][0]["pinyin"] == ["chan2", "yu2"]
    assert {place for word, place in placed if word in "三五零"} == {"350"}
    assert ("A", "A") in placed
    assert ("B", "B") in placed
    assert placed[-1] == ("好", "米")
    plain = read(client, "单于A&B350个米。")
    assert answer["estimated_seconds"] > plain["estimated_seconds"] + 1.5


def test_the_dictionary_and_above_it_the_requests_own_readings_are_shown(client, stores):
    words = {"单于": "chan2 yu2", "GPU": "显卡"}
    stores.pronunciations.change("public", lambda _: words)
    answer = read(client, "单于用GPU", pronounce={"gpu": "图形芯片"})
    assert answer["words"][0]["pinyin"] == ["chan2", "yu2"]
    assert "".join(answer["spoken_text"].split()) == "单于用图形芯片"
    alias = [w for w in answer["words"] if (w["start"], w["end"]) == (3, 6)]
    assert "".join(w["text"] for w in alias) == "图形芯片"


def test_the_length_follows_text_and_speed(client):
    one, two = "今天天气很好，", "今天天气很好，我们一起去公园散步。"
    short, long = (read(client, text)["estimated_seconds"] for text in (one, two))
    assert 1.0 < short < long < 6.0
    fast = read(client, two, speed=2.0)["estimated_seconds"]
    assert fast == pytest.approx(long / 2, abs=0.1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "안녕하세요 여러분"}, "unsupported_language"),
        ({"text": "😀😀"}, "unspeakable_text"),
        ({"text": "……"}, "unspeakable_text"),
        ({"text": "好" * 5001}, "text_too_long"),
        ({"text": "GPU " * 1200, "pronounce": {"GPU": "显卡" * 40}}, "text_too_long"),
        ({"text": "<speak>好", "text_type": "ssml"}, "ssml_invalid"),
        ({"text": "好", "pronounce": {"好": "hao"}}, "invalid_pronunciation"),
        ({"text": ""}, "invalid_request"),
        ({}, "invalid_request"),
        ({"text": "好", "voice": "x"}, "invalid_request"),
    ],
)
def test_what_a_task_would_fail_for_is_refused_with_the_same_code(client, body, code):
    answer = client.post(URL, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.json()


def test_moderation_reads_it_as_any_text(client, stores):
    forbidding = replace(stores, moderator=WordList(["赌博"]))
    app.dependency_overrides[dependencies.stores] = lambda: forbidding
    for body in ({"text": "去赌博"}, {"text": "db", "pronounce": {"db": "赌博"}}):
        answer = client.post(URL, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "content_rejected")


def test_it_counts_as_a_request(client, configure):
    configure(requests_per_minute=1)
    assert preview(client, "好").status_code == 200
    refused = preview(client, "好")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


@pytest.mark.usefixtures("guarded")
def test_its_role_may_know_a_caller_by_a_key(client, key_of):
    assert preview(client, "好", headers=key_of("shop-a")).status_code == 200
