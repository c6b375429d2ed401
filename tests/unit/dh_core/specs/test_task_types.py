from __future__ import annotations

import pkgutil
from typing import Literal

import pytest
from pydantic import ValidationError

from dh_core.limits import MAX_TEXT_CHARACTERS
from dh_core.specs import task_types
from dh_core.specs.base import TaskSpec
from dh_core.specs.roles import Names, Upload, Words
from dh_core.specs.task_types import SPECS, TaskType, parse_spec
from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.specs.task_types.voice_profile import VoiceProfileSpec

TASK = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("spec", SPECS.values())
def test_the_examples_of_every_type_survive_storage(spec: type[TaskSpec]) -> None:
    assert spec.examples
    for example in spec.examples:
        body = {"template_id": "t", **example} if "template_id" in spec.model_fields else example
        made = spec.model_validate(body)
        assert parse_spec(made.model_dump_json(exclude_none=True)) == made


def test_every_module_of_the_folder_declares_a_type() -> None:
    modules = {module.name for module in pkgutil.iter_modules(task_types.__path__)}
    assert set(SPECS) == set(TaskType) == modules


def test_a_type_that_does_not_say_what_depends_on_it_does_not_come_into_being() -> None:
    with pytest.raises(
        TypeError, match=r"Film does not declare lane, job, makes_video.* a docstring"
    ):

        class Film(TaskSpec):
            type: Literal["film"] = "film"

    with pytest.raises(TypeError, match=r"Copy does not declare lane"):

        class Copy(TemplateEditSpec):
            type: Literal["copy"] = "copy"  # type: ignore[assignment] # what it inherits is no say


@pytest.mark.parametrize("spec", SPECS.values())
def test_every_field_that_a_user_writes_in_has_a_role(spec: type[TaskSpec]) -> None:
    """A text without a role escapes moderation; a file's name, waiting."""
    written = {
        name
        for name, field in spec.model_fields.items()
        if "str" in str(field.annotation) and "dict" not in str(field.annotation)
    }
    roles = {name for role in (Upload, Words, Names) for name in spec.fields_with(role)}
    chosen = {"aspect", "frame_fit", "length_fit", "logo_position", "resolution", "output_format"}
    assert written - roles <= {"type", "title_color", "background_color", *chosen}


def test_a_spec_names_the_files_it_reads_by_field_and_type() -> None:
    spec = DigitalHumanSpec(sample_video="v.mp4", speech_audio="a.wav")
    assert {name: file.file_type for name, file in spec.inputs().items()} == {
        "sample_video": "video",
        "speech_audio": "audio",
    }


def test_a_digital_human_says_either_a_text_or_a_recording() -> None:
    for speech in ({}, {"speech_text": "x", "speech_audio": "a.wav"}):
        with pytest.raises(ValidationError, match="either speech_text or speech_audio"):
            DigitalHumanSpec(sample_video="v.mp4", **speech)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"speech_text": "x", "audio_task": TASK}, "either speech_text or speech_audio"),
        ({"audio_task": TASK, "voice_id": "zf_xiaobei"}, "leave voice_id out"),
        ({"audio_task": TASK, "speed": 1.5}, "a recording is played as it is"),
        ({"speech_text": "x", "start_time": 4, "end_time": 4.9}, "at least a second after"),
        ({"speech_text": "x", "transparent": True, "background_blur": 0.5}, "has no background"),
        (
            {"speech_text": "x", "background_color": "#000000", "background_blur": 0.5},
            "give one of background_image",
        ),
        ({"speech_text": "x", "transparent": True, "output_format": "mp4"}, "webm and mov are for"),
        ({"speech_text": "x", "output_format": "mov"}, "webm and mov are for"),
        ({"speech_text": "x", "resolution": "640x360", "aspect": "1:1"}, "leave aspect out"),
        ({"speech_text": "x", "resolution": "641x360"}, "even sides from 128"),
        ({"speech_text": "x", "resolution": "4000x360"}, "even sides from 128"),
        ({"speech_text": "x", "resolution": "8k"}, "must be 480p, 720p"),
        ({"speech_text": "x", "subtitle_style": {}}, "send burn_subtitles"),
        ({"speech_text": "x", "fps": 60}, "less than or equal to 30"),
        ({"speech_text": "x", "enhance_speech": True}, "enhance_speech is for recordings"),
    ],
)
def test_what_is_asked_of_a_video_does_not_contradict_itself(
    body: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        DigitalHumanSpec(sample_video="v.mp4", **body)


def test_a_voice_comes_from_one_place() -> None:
    with pytest.raises(ValidationError, match="either voice_id or reference_audio"):
        VoiceSpec(text="x", voice_id="zf_xiaobei", reference_audio="a.wav")
    with pytest.raises(ValidationError, match="either voice_id or sample_voice"):
        DigitalHumanSpec(
            sample_video="v.mp4", speech_text="x", voice_id="zf_xiaobei", sample_voice="a.wav"
        )
    with pytest.raises(ValidationError, match="leave voice_id out"):
        DigitalHumanSpec(sample_video="v.mp4", speech_audio="a.wav", voice_id="zf_xiaobei")


def test_a_voice_is_saved_from_an_audio_or_a_video() -> None:
    for recording in ({}, {"audio_file": "a.wav", "video_file": "v.mp4"}):
        with pytest.raises(ValidationError, match="either audio_file or video_file"):
            VoiceProfileSpec(**recording)


def test_only_a_saved_voice_has_a_profile_to_fetch() -> None:
    assert VoiceSpec(text="x", voice_id="zf_xiaobei").saved_voice is None
    assert VoiceSpec(text="x", voice_id="0b7e").saved_voice == "0b7e"
    assert VoiceSpec(text="x").saved_voice is None


@pytest.mark.parametrize("text", ["", "  ", "字" * (MAX_TEXT_CHARACTERS + 1)])
def test_an_empty_or_over_long_text_is_no_spec(text: str) -> None:
    with pytest.raises(ValidationError):
        VoiceSpec(text=text)


@pytest.mark.parametrize("name", ["", "a/b.wav", "a\\b.wav", "a\n.wav", "x" * 200])
def test_a_file_name_is_a_name_and_no_path(name: str) -> None:
    with pytest.raises(ValidationError):
        VoiceSpec(text="x", reference_audio=name)


@pytest.mark.parametrize(
    "field",
    [
        {"video_length": 0.5},
        {"video_length": float("nan")},
        {"video_length": 61},
        {"title_font_size": 0},
        {"title_position": (-1, 0)},
        {"title_position": (1, 2, 3)},
        {"colour": "red"},
    ],
)
def test_a_template_keeps_within_its_bounds(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TemplateSpec(person_image="p.png", background_image="b.png", **field)


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        (DigitalHumanSpec(speech_text="你好", sample_video="v.mp4"), "v.mp4"),
        (DigitalHumanSpec(speech_text="你好", sample_video="v.mp4", sample_voice="a.wav"), "a.wav"),
        (DigitalHumanSpec(speech_text="你好", sample_video="v.mp4", voice_id="zf_xiaobei"), None),
        (DigitalHumanSpec(speech_audio="s.wav", sample_video="v.mp4"), None),
        (VoiceSpec(text="你好", reference_audio="a.wav"), "a.wav"),
        (VoiceSpec(text="你好"), None),
        (VoiceProfileSpec(video_file="v.mp4"), "v.mp4"),
    ],
)
def test_an_adapted_voice_goes_with_the_recording_it_was_adapted_to(
    spec: TaskSpec, source: str | None
) -> None:
    found = spec.voice_source
    assert (None if found is None else found.filename) == source
