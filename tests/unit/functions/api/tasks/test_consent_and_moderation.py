from __future__ import annotations

from dataclasses import replace

import pytest

from functions.api.app import app
from functions.api.http import dependencies
from functions.api.service.shared.moderation import WordList

CONSENT = {
    "subject": "王老师",
    "statement": "我同意用我的声音和形象制作数字人视频。",
    "given_at": "2026-03-01T09:30:00+08:00",
    "purpose": "课程视频",
}
SPEAK = "/api/tasks/voice/generate"
OF_A_PERSON = [
    ("/api/voices", {"audio_file": "a.wav"}),
    (SPEAK, {"text": "你好", "reference_audio": "a.wav"}),
    ("/api/tasks/digital-human/create", {"speech_text": "你好", "sample_video": "v.mp4"}),
    ("/api/avatars", {"sample_video": "v.mp4"}),
    ("/api/tasks/template/create", {"person_image": "p.jpg", "background_image": "b.jpg"}),
]


@pytest.fixture(autouse=True)
def files(ready_file):
    for kind, name in (("audio", "a.wav"), ("video", "v.mp4"), ("image", "p.jpg")):
        ready_file(kind, name)
    ready_file("image", "b.jpg")


@pytest.fixture
def with_stores(client, stores):
    """The same API with some settings or parts exchanged."""

    def exchange(**changes):
        app.dependency_overrides[dependencies.stores] = lambda: replace(stores, **changes)

    return exchange


@pytest.fixture
def consent_required(with_stores, stores):
    with_stores(settings=stores.settings.model_copy(update={"require_consent": True}))


@pytest.mark.usefixtures("consent_required")
@pytest.mark.parametrize(("path", "body"), OF_A_PERSON)
def test_nothing_is_made_of_a_person_who_has_not_agreed(client, path, body):
    refused = client.post(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "consent_required")
    taken = client.post(path, json={**body, "consent": CONSENT})
    assert taken.status_code == 200, taken.json()
    kept = client.get(taken.json()["status_url"]).json()["consent"]
    assert kept["subject"] == CONSENT["subject"]
    assert kept["statement"] == CONSENT["statement"]
    assert kept["given_at"].startswith("2026-03-01T09:30:00")


@pytest.mark.usefixtures("consent_required")
def test_a_built_in_voice_and_a_plain_extraction_need_no_consent(client):
    assert client.post(SPEAK, json={"text": "你好"}).status_code == 200
    extract = client.post("/api/tasks/audio/extract", json={"video_file": "v.mp4"})
    assert extract.status_code == 200


def test_by_default_consent_is_kept_but_not_demanded(client):
    answer = client.post("/api/voices", json={"audio_file": "a.wav"})
    assert client.get(answer.json()["status_url"]).json()["consent"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"subject": ""},
        {"statement": " "},
        {"given_at": "yesterday"},
        {"given_at": "2026-03-01T09:30:00"},
        {"subject": "a\nb"},
        {"statement": "x" * 1001},
        {"approved_by": "me"},
    ],
)
def test_a_consent_that_does_not_say_who_what_and_when_is_refused(client, change):
    body = {"audio_file": "a.wav", "consent": {**CONSENT, **change}}
    answer = client.post("/api/voices", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["error"].startswith("consent.")


WORDS = WordList(["赌博", "Casino", "free money"])


@pytest.mark.parametrize(
    "text",
    [
        "欢迎来赌博",
        "赌 博",
        "赌.博",
        "赌\u200b博",
        "赌\u2060\ufeff博",
        "CASINO",
        "ｃａｓｉｎｏ",
        "ca\u00adsino",
        "去casino玩",
        "𝓬𝓪𝓼𝓲𝓷𝓸",
        "get Free Money now",
    ],
)
def test_a_listed_word_is_found_however_it_is_dressed_up(text):
    assert WORDS.refused_field({"title_text": "ok", "text": text}) == "text"


@pytest.mark.parametrize("text", ["你好", "casinos are not listed", "赌注不博大", "freemoney"])
def test_other_words_pass(text):
    assert WORDS.refused_field({"text": text}) is None


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (SPEAK, {"text": "赌博"}, "text"),
        ("/api/voices", {"audio_file": "a.wav", "name": "赌博"}, "name"),
        (
            "/api/tasks/digital-human/create",
            {"speech_text": "赌博", "sample_video": "v.mp4"},
            "speech_text",
        ),
        (
            "/api/tasks/template/create",
            {"person_image": "p.jpg", "background_image": "b.jpg", "title_text": "赌博"},
            "title_text",
        ),
    ],
)
def test_a_refused_text_names_its_field_and_not_the_word(client, with_stores, path, body, field):
    with_stores(moderator=WORDS)
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "content_rejected")
    assert answer.json()["error"].startswith(field)
    assert "赌博" not in answer.text
    assert client.get("/api/system/status").json()["total_tasks"] == 0


def test_words_come_from_the_setting_and_from_a_file(stores, tmp_path):
    from functions.api.service.shared.moderation import word_list

    path = tmp_path / "words.txt"
    path.write_text("赌博\n\n", encoding="utf-8")
    settings = stores.settings.model_copy(
        update={"moderation_words": "casino，lottery", "moderation_words_file": path}
    )
    moderator = word_list(settings)
    for text in ("赌博", "casino", "lottery"):
        assert moderator.refused_field({"text": text}) == "text"
