"""An owner's words are read as their dictionary says, in every task that speaks."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from dh_core.specs.base import SpokenSpec
from dh_core.specs.pronunciation import MAX_ENTRIES
from functions.api.app import app
from functions.api.http import dependencies
from functions.api.service.shared.moderation import WordList
from tests.unit.functions.api.requests_made import VOICE, create

URL = "/api/pronunciations"
WORDS = {"单于": "chan2 yu2", "GPU": "显卡"}
MANY = {f"w{number}": "词" for number in range(MAX_ENTRIES)}


def put(client, readings, **headers):
    return client.put(URL, json={"pronunciations": readings}, headers=headers)


def put_word(client, word, reading):
    return client.put(f"{URL}/{quote(word, safe='')}", json={"reading": reading})


@pytest.fixture
def readings_of(stores):
    """What a created task is told to read, as its job gets it."""

    def read(answer):
        assert answer.status_code == 200, answer.json()
        spec = stores.tasks.spec(answer.json()["task_id"])
        assert isinstance(spec, SpokenSpec)
        return spec.pronounce

    return read


def test_a_dictionary_is_empty_at_first_and_answers_what_was_put(client):
    first = client.get(URL).json()
    assert (first["pronunciations"], first["total"], first["updated_at"]) == ({}, 0, None)
    assert put(client, WORDS).json() == client.get(URL).json()
    kept = client.get(URL).json()
    assert (kept["pronunciations"], kept["total"], kept["limit"]) == (WORDS, 2, MAX_ENTRIES)
    assert kept["updated_at"]


def test_put_replaces_the_whole_and_delete_empties_it(client):
    put(client, WORDS)
    assert put(client, {"重庆": "chong2 qing4"}).json()["pronunciations"] == {
        "重庆": "chong2 qing4"
    }
    assert client.delete(URL).json()["pronunciations"] == {}
    assert client.get(URL).json()["total"] == 0


def test_a_word_can_be_set_shown_and_taken_out_alone(client):
    put(client, WORDS)
    assert put_word(client, "C#", "C sharp").json()["word"] == "C#"
    assert client.get(f"{URL}/C%23").json()["reading"] == "C sharp"
    assert put_word(client, "单于", "dan1 yu2").status_code == 200
    assert client.get(URL).json()["pronunciations"] == {
        "GPU": "显卡",
        "C#": "C sharp",
        "单于": "dan1 yu2",
    }
    assert client.delete(f"{URL}/C%23").json()["word"] == "C#"
    gone = client.delete(f"{URL}/C%23")
    assert (gone.status_code, gone.json()["code"]) == (404, "pronunciation_not_found")


def test_capitals_make_no_other_word(client):
    put_word(client, "GPU", "显卡")
    put_word(client, "gpu", "G P U")
    assert client.get(URL).json()["pronunciations"] == {"gpu": "G P U"}
    assert client.get(f"{URL}/Gpu").json()["word"] == "gpu"
    assert client.get(f"{URL}/%20GPU%20").json()["word"] == "gpu"
    twice = put(client, {"GPU": "显卡", "gpu": "G P U"})
    assert twice.status_code == 400
    assert 'entry 2, "gpu"' in twice.json()["error"]


def test_a_word_is_one_word_in_whatever_form_of_unicode(client, readings_of):
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    assert put_word(client, f" {decomposed} ", "咖啡馆").json()["word"] == composed
    assert put(client, {decomposed: "咖啡馆"}).json()["pronunciations"] == {composed: "咖啡馆"}
    assert readings_of(create(client, text=f"去{decomposed}。")) == {composed: "咖啡馆"}


@pytest.mark.parametrize(
    ("word", "reading", "cure"),
    [
        ("안녕", "annyeong", "neither Chinese nor in Latin letters"),
        ("Привет", "ni3", "neither Chinese nor in Latin letters"),
        ("こんにちは", "ni3", "neither Chinese nor in Latin letters"),
        ("GPU卡", "ka3", "mixes Chinese with something else"),
        ("单于", "chan2", "2 characters need 2 syllables, not 1"),
        ("单于", "chan2 xei2", 'syllable 2, "xei2", is not pinyin'),
        ("单于", "chán yú", 'syllable 1, "chán", is not pinyin with a tone number'),
        ("单于", "chán yú", 'write "chan2"'),
        ("单于", "chan yu2", "add its tone"),
        ("单于", "显卡", "is not pinyin"),
        ("GPU", "!?", "a text of at most 100 characters in Chinese or English"),
        ("GPU", "안녕", "a text of at most 100 characters in Chinese or English"),
        ("字" * 41, "zi4", "at most 40 characters"),
    ],
)
def test_a_wrong_entry_is_named_by_its_place_with_the_cure(client, word, reading, cure):
    whole = put(client, {"好": "hao3", word: reading})
    alone = put_word(client, word, reading)
    own = create(client, text="好", pronounce={"好": "hao3", word: reading})
    for answer in (whole, alone, own):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_pronunciation")
        assert cure in answer.json()["error"]
        assert f'"{word[:40]}' in answer.json()["error"]
    assert whole.json()["error"].startswith("pronunciations: entry 2, ")
    assert own.json()["error"].startswith("pronounce: entry 2, ")
    assert client.get(URL).json()["total"] == 0


def test_a_dictionary_has_an_end(client):
    assert put(client, MANY).status_code == 200
    for refused in (put_word(client, "more", "词"), put(client, {**MANY, "more": "词"})):
        assert (refused.status_code, refused.json()["code"]) == (400, "too_many_pronunciations")
    assert put_word(client, "w1", "辞").status_code == 200


def test_the_largest_dictionary_fits_into_the_table(client, stores):
    words = [f"ɏ{number:03}".ljust(40, "ɏ") for number in range(MAX_ENTRIES)]
    readings = dict.fromkeys(words, "好" + "😀" * 99)
    stores.pronunciations.change("public", lambda _: readings)
    assert client.get(URL).json()["pronunciations"] == readings
    spoken = create(client, text=" ".join(words[:120]))
    assert spoken.status_code == 200, spoken.json()


def test_who_names_the_state_that_they_saw_overwrites_no_change_of_others(client):
    seen = client.get(URL).headers["ETag"]
    changed = put(client, WORDS, **{"If-Match": seen})
    assert changed.status_code == 200
    assert changed.headers["ETag"] == client.get(URL).headers["ETag"] != seen
    late = put(client, {}, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    late = client.delete(URL, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert client.get(URL).json()["pronunciations"] == WORDS


def test_a_task_reads_the_words_of_its_text_as_the_dictionary_says(client, readings_of):
    put(client, {**WORDS, "重庆": "chong2 qing4"})
    assert readings_of(create(client, text="单于用gpu。")) == WORDS
    assert readings_of(create(client, text="大家好。")) == {}


def test_the_requests_own_reading_goes_before_the_dictionarys(client, readings_of):
    put(client, WORDS)
    answer = create(client, text="单于用GPU。", pronounce={"gpu": "G P U"})
    assert readings_of(answer) == {"gpu": "G P U", "单于": "chan2 yu2"}


@pytest.mark.parametrize("text", ["**单**于", "<b>单</b>于", "单 于", "单\u200b于", "<p>单于</p>"])
def test_a_word_is_found_in_whatever_dress_the_text_comes(client, readings_of, text):
    put(client, {"单于": "chan2 yu2"})
    assert readings_of(create(client, text=text)) == {"单于": "chan2 yu2"}


@pytest.mark.parametrize("text", ["A&B", "A&amp;B", "Ａ＆Ｂ", "a&b"])
def test_latin_words_are_found_in_all_widths_and_escapes(client, readings_of, text):
    put(client, {"A&B": "A和B"})
    assert readings_of(create(client, text=f"我在{text}工作")) == {"A&B": "A和B"}


def test_every_kind_of_task_that_speaks_follows_it_and_no_other(
    client, template, ready_file, readings_of
):
    put(client, WORDS)
    ready_file("video", "v.mp4")
    ready_file("audio", "a.wav")
    film, compose = "/api/tasks/digital-human/create", "/api/tasks/video/compose"
    spoken = create(client, film, sample_video="v.mp4", speech_text="单于")
    assert readings_of(spoken) == {"单于": "chan2 yu2"}
    composed = create(client, compose, template_id=template.template_id, text_content="单于")
    assert readings_of(composed) == {"单于": "chan2 yu2"}
    recorded = create(client, film, sample_video="v.mp4", speech_audio="a.wav")
    assert readings_of(recorded) == {}
    shown = {"template_id": template.template_id, "audio_file": "a.wav", "text_content": "单于"}
    assert readings_of(create(client, compose, **shown)) == {}


def test_a_task_that_exists_keeps_its_readings(client, readings_of):
    put(client, WORDS)
    body = {"text": "单于", "uuid": "once"}
    created = create(client, **body)
    put(client, {"单于": "dan1 yu2"})
    again = create(client, **body)
    assert again.json()["task_id"] == created.json()["task_id"]
    assert readings_of(again) == {"单于": "chan2 yu2"}


def test_more_readings_than_a_task_takes_are_refused(client):
    put(client, MANY)
    own = {f"v{number}": "词" for number in range(101)}
    refused = create(client, text=" ".join(MANY), pronounce=own)
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_pronunciations")
    assert "Divide the text" in refused.json()["error"]
    assert create(client, text=" ".join(MANY), pronounce={"v": "词"}).status_code == 200


def test_moderation_reads_what_is_said_in_place_of_a_word(client, stores):
    forbidding = replace(stores, moderator=WordList(["赌博"]))
    app.dependency_overrides[dependencies.stores] = lambda: forbidding
    whole = put(client, {"db": "赌博"})
    alone = put_word(client, "db", "赌 博")
    own = client.post(VOICE, json={"text": "db", "pronounce": {"db": "赌博"}})
    for answer in (whole, alone, own):
        assert (answer.status_code, answer.json()["code"]) == (400, "content_rejected")
    assert client.get(URL).json()["total"] == 0


def test_no_owner_hears_another_ones_words(client, sign_in, readings_of):
    sign_in("anna")
    put(client, WORDS)
    sign_in("bert")
    assert client.get(URL).json()["pronunciations"] == {}
    assert readings_of(create(client, text="单于")) == {}
