from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from dh_core.limits import MAX_TEXT_CHARACTERS
from dh_core.specs import task_types as specs
from dh_core.specs.base import TaskSpec
from dh_core.tasks.states import TaskType


def test_every_task_type_has_a_spec_that_survives_storage() -> None:
    examples = [
        specs.VoiceSpec(text="你好", reference_audio="a.wav"),
        specs.DigitalHumanSpec(sample_video="v.mp4", speech_text="你好"),
        specs.TemplateSpec(person_image="p.png", background_image="b.png"),
        specs.TemplateEditSpec(template_id="t", title_text="新的"),
        specs.ComposeSpec(template_id="t", audio_file="a.wav"),
        specs.ExtractAudioSpec(video_file="v.mp4"),
        specs.AvatarSpec(sample_video="v.mp4"),
        specs.VoiceProfileSpec(name="王老师", audio_file="a.wav"),
    ]
    assert {spec.type for spec in examples} == set(TaskType)
    for spec in examples:
        assert specs.parse_spec(spec.model_dump_json(exclude_none=True)) == spec


def test_the_one_list_of_types_has_them_all() -> None:
    assert set(specs.SPECS) == set(TaskType)


def test_a_type_that_does_not_say_what_depends_on_it_does_not_come_into_being() -> None:
    with pytest.raises(TypeError, match=r"Film does not declare lane, makes_video"):

        class Film(TaskSpec):
            type: Literal["film"] = "film"

    with pytest.raises(TypeError, match=r"Copy does not declare lane"):

        class Copy(specs.TemplateEditSpec):
            type: Literal["copy"] = "copy"  # type: ignore[assignment] # what it inherits is no say


@pytest.mark.parametrize("spec", specs.SPECS.values())
def test_every_file_and_every_free_text_of_a_spec_is_declared(spec: type[TaskSpec]) -> None:
    """What is not in `_text_fields` escapes moderation; not in `_input_types`, waiting."""
    named = {"type", "template_id", "audio_task", "voice_id", "consent"}
    texts = {
        name
        for name, field in spec.model_fields.items()
        if name not in named and "str" in str(field.annotation) and "dict" not in str(field)
    }
    colours = {name for name in texts if name.endswith(("_color", "_colour", "_align"))}
    assert texts - colours == {*spec._input_types, *spec._text_fields}


def test_a_spec_names_the_files_it_reads_by_field_and_type() -> None:
    spec = specs.DigitalHumanSpec(sample_video="v.mp4", speech_audio="a.wav")
    assert {name: file.file_type for name, file in spec.inputs().items()} == {
        "sample_video": "video",
        "speech_audio": "audio",
    }


def test_a_digital_human_says_either_a_text_or_a_recording() -> None:
    for speech in ({}, {"speech_text": "x", "speech_audio": "a.wav"}):
        with pytest.raises(ValidationError, match="either speech_text or speech_audio"):
            specs.DigitalHumanSpec(sample_video="v.mp4", **speech)


def test_a_voice_comes_from_one_place() -> None:
    with pytest.raises(ValidationError, match="either voice_id or reference_audio"):
        specs.VoiceSpec(text="x", voice_id="zf_xiaobei", reference_audio="a.wav")
    with pytest.raises(ValidationError, match="either voice_id or sample_voice"):
        specs.DigitalHumanSpec(
            sample_video="v.mp4", speech_text="x", voice_id="zf_xiaobei", sample_voice="a.wav"
        )
    with pytest.raises(ValidationError, match="leave voice_id out"):
        specs.DigitalHumanSpec(sample_video="v.mp4", speech_audio="a.wav", voice_id="zf_xiaobei")


def test_a_voice_is_saved_from_an_audio_or_a_video() -> None:
    for recording in ({}, {"audio_file": "a.wav", "video_file": "v.mp4"}):
        with pytest.raises(ValidationError, match="either audio_file or video_file"):
            specs.VoiceProfileSpec(**recording)


def test_only_a_saved_voice_has_a_profile_to_fetch() -> None:
    assert specs.VoiceSpec(text="x", voice_id="zf_xiaobei").saved_voice is None
    assert specs.VoiceSpec(text="x", voice_id="0b7e").saved_voice == "0b7e"
    assert specs.VoiceSpec(text="x").saved_voice is None


@pytest.mark.parametrize("text", ["", "  ", "字" * (MAX_TEXT_CHARACTERS + 1)])
def test_an_empty_or_over_long_text_is_no_spec(text: str) -> None:
    with pytest.raises(ValidationError):
        specs.VoiceSpec(text=text)


@pytest.mark.parametrize("name", ["", "a/b.wav", "a\\b.wav", "a\n.wav", "x" * 200])
def test_a_file_name_is_a_name_and_no_path(name: str) -> None:
    with pytest.raises(ValidationError):
        specs.VoiceSpec(text="x", reference_audio=name)


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
        specs.TemplateSpec(person_image="p.png", background_image="b.png", **field)
