"""What a composed video may be asked to say, and who may ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask

COMPOSE = "/api/tasks/video/compose"
SOUND = {"files": {"audio": {"key": "k", "content_type": "audio/wav", "filename": "a.wav"}}}


@pytest.fixture
def compose(client, template):
    def send(**body):
        return client.post(COMPOSE, json={"template_id": template.template_id, **body})

    return send


@pytest.fixture
def spec_of(stores):
    def read(answer) -> ComposeSpec:
        assert answer.status_code == 200, answer.json()
        spec = stores.tasks.spec(answer.json()["task_id"])
        assert isinstance(spec, ComposeSpec)
        return spec

    return read


@pytest.fixture
def made(stores):
    """Record a task; its id."""

    def make(spec, *, owner="public", uuid=None):
        new = NewTask(
            owner=owner,
            spec=spec,
            digest="digest",
            missing=(),
            lease_seconds=60,
            retention_seconds=3600,
            uuid=uuid,
        )
        return stores.tasks.create(new).task.task_id

    return make


def refusal(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_uploaded_audio_is_spoken(compose, spec_of, ready_file) -> None:
    ready_file("audio", "a.wav")
    spec = spec_of(compose(audio_file="a.wav"))
    assert (spec.audio_file, spec.audio_task) == ("a.wav", None)


@pytest.mark.parametrize("by", ["uuid", "task_id"])
def test_the_sound_of_a_completed_voice_task_is_spoken(
    compose, spec_of, made, complete, by
) -> None:
    task_id = made(VoiceSpec(text="你好"), uuid="my-voice")
    complete(task_id, SOUND)
    spec = spec_of(compose(audio_file={"uuid": "my-voice", "task_id": task_id}[by]))
    assert (spec.audio_file, spec.audio_task) == (None, task_id)


def test_a_video_of_a_person_says_what_a_voice_task_has_made(
    client, stores, made, complete, ready_file
) -> None:
    ready_file("video", "v.mp4")
    spoken = made(VoiceSpec(text="你好"))

    def send():
        body = {"sample_video": "v.mp4", "audio_task": spoken}
        return client.post("/api/tasks/digital-human/create", json=body)

    assert refusal(send()) == (409, "audio_task_not_completed")
    complete(spoken, SOUND)
    created = send().json()
    assert stores.tasks.spec(created["task_id"]).named("task") == spoken


def test_an_upload_goes_before_a_task_of_the_same_name(
    compose, spec_of, made, complete, ready_file
) -> None:
    complete(made(VoiceSpec(text="你好"), uuid="a.wav"), SOUND)
    ready_file("audio", "a.wav")
    assert spec_of(compose(audio_file="a.wav")).audio_task is None


def test_a_voice_task_that_is_not_completed_is_refused(compose, made) -> None:
    task_id = made(VoiceSpec(text="你好"), uuid="my-voice")
    assert refusal(compose(audio_file="my-voice")) == (409, "audio_task_not_completed")
    assert refusal(compose(audio_task=task_id)) == (409, "audio_task_not_completed")


def test_a_task_that_made_no_sound_is_refused(compose, made, complete) -> None:
    spec = TemplateSpec(person_image="p.png", background_image="b.png")
    complete(made(spec, uuid="t"), {"files": {}})
    assert refusal(compose(audio_file="t")) == (409, "audio_task_without_audio")


def test_another_owners_task_cannot_be_heard(compose, made, complete) -> None:
    task_id = made(VoiceSpec(text="你好"), owner="other", uuid="theirs")
    complete(task_id, SOUND)
    assert refusal(compose(audio_file="theirs")) == (404, "file_not_found")
    assert refusal(compose(audio_file=task_id)) == (404, "file_not_found")
    assert refusal(compose(audio_task=task_id)) == (404, "task_not_found")


def test_a_template_that_is_being_made_or_is_another_owners_is_refused(
    client, stores, made, template, ready_file
) -> None:
    ready_file("audio", "a.wav")
    spec = TemplateSpec(person_image="p.png", background_image="b.png")
    making = made(spec)
    theirs = made(spec, owner="other")
    stores.templates.put(replace(template, owner="other", template_id="theirs"))
    codes = {
        name: refusal(client.post(COMPOSE, json={"template_id": name, "audio_file": "a.wav"}))
        for name in (making, theirs, "theirs", "none")
    }
    assert codes == {
        making: (409, "template_not_ready"),
        theirs: (404, "template_not_found"),
        "theirs": (404, "template_not_found"),
        "none": (404, "template_not_found"),
    }


def test_a_text_is_spoken_in_the_given_voice_or_the_templates_own(
    compose, spec_of, stores, template
) -> None:
    assert spec_of(compose(text_content="大家好")).voice_id is None
    stores.templates.put(replace(template, parameters={"voice_id": "zm_yunxi"}))
    assert spec_of(compose(text_content="大家好！")).voice_id == "zm_yunxi"
    given = compose(text_content="大家好", voice_id="zf_xiaobei")
    assert spec_of(given).voice_id == "zf_xiaobei"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "give audio_file, or text_content"),
        ({"audio_file": "a.wav", "voice_id": "zf_xiaobei"}, "leave voice_id"),
        ({"audio_file": "a.wav", "speed": 1.5}, "played as it is"),
        (
            {"audio_file": "a.wav", "audio_task": "00000000-0000-0000-0000-000000000000"},
            "give either audio_file or audio_task",
        ),
    ],
)
def test_contradictions_are_refused_in_words(compose, ready_file, body, words) -> None:
    ready_file("audio", "a.wav")
    answer = compose(**body)
    assert refusal(answer) == (400, "invalid_request")
    assert words in answer.json()["error"]


def test_the_same_request_is_the_same_task_whatever_its_audio_is(compose, made, complete) -> None:
    task_id = made(VoiceSpec(text="你好"), uuid="my-voice")
    complete(task_id, SOUND)
    first, again = (compose(audio_file="my-voice", uuid="video-1").json() for _ in range(2))
    assert first["task_id"] == again["task_id"]


def test_music_that_was_never_uploaded_is_refused(compose, ready_file) -> None:
    ready_file("audio", "a.wav")
    answer = compose(audio_file="a.wav", background_music="none.mp3")
    assert refusal(answer) == (404, "file_not_found")
    assert answer.json()["error"].startswith("background_music")
