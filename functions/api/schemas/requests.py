"""What clients send, with the seed API's own field names.

A task's request is its spec plus what concerns the request only (`uuid`, `user_id`): bounds and
types are written once, in `dh_core.specs.task_types`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import CoreSchema

from dh_core import limits
from dh_core.access.callback_urls import MAX_CHARACTERS
from dh_core.field_rules import Expected, StrictModel, shown
from dh_core.specs import base as spec_base
from dh_core.specs import task_types as specs
from dh_core.specs.consent import EXAMPLE as CONSENT_EXAMPLE
from functions.api.schemas.leniency import admit

UUID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.:-]{{0,{limits.MAX_ID_CHARACTERS - 1}}}")
USER_ID: Final = "Your user, where the server runs without sign-in; a credential overrules it"
UserId = Annotated[
    str, Field(min_length=1, max_length=limits.MAX_ID_CHARACTERS, coerce_numbers_to_str=True)
]


class Request(StrictModel):
    """Unknown fields are refused; an optional field that is empty or null counts as absent."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler(core_schema)
        admit(handler.resolve_ref_schema(schema))
        return schema

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        for name, value in body.items():
            if _is_broken(name) or _is_broken(value):
                raise ValueError(f"{shown(name)} holds half a surrogate pair; send valid Unicode")
        return {name: value for name, value in body.items() if not cls._is_blank(name, value)}

    @classmethod
    def _is_blank(cls, name: str, value: Any) -> bool:
        field = cls.model_fields.get(name)
        return value in ("", None) and field is not None and not field.is_required()


def _is_broken(value: Any) -> bool:
    """Whether a text anywhere within holds what no UTF-8 can carry. JSON may nest very deep."""
    rest = [value]
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            try:
                part.encode()
            except UnicodeEncodeError:
                return True
        elif isinstance(part, dict):
            rest += part.keys()
            rest += part.values()
        elif isinstance(part, list):
            rest += part
    return False


def _hide_type(schema: dict[str, Any]) -> None:
    # The address says which task it is; the spec's discriminator is none of the client's business.
    schema["properties"].pop("type", None)


def _with_examples(*examples: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    def extend(schema: dict[str, Any]) -> None:
        _hide_type(schema)
        schema["examples"] = list(examples)

    return extend


class TaskRequest(Request):
    """The part of a task's request that is not its spec."""

    model_config = ConfigDict(json_schema_extra=_hide_type)

    spec_type: ClassVar[type[spec_base.TaskSpec]]
    # The address says which task it is.
    _not_sent: ClassVar[frozenset[str]] = frozenset({"type"})

    uuid: (
        Annotated[
            str,
            StringConstraints(max_length=limits.MAX_ID_CHARACTERS, pattern=rf"^{UUID.pattern}$"),
            Expected(
                f"must be 1 to {limits.MAX_ID_CHARACTERS} letters, digits or _ - . : and start "
                'with a letter or a digit, such as "order-2026-0001"'
            ),
        ]
        | None
    ) = Field(default=None, description="Your own id: names the result, and makes retries safe")
    user_id: UserId | None = Field(default=None, description=USER_ID)
    callback_url: str | None = Field(
        default=None,
        max_length=MAX_CHARACTERS,
        description="Called, signed, when the task has ended (docs/api.md)",
    )

    def spec(self) -> spec_base.TaskSpec:
        fields = set(self.spec_type.model_fields)
        return self.spec_type.model_validate(self.model_dump(include=fields))


class VoiceRequest(specs.VoiceSpec, TaskRequest):
    model_config = ConfigDict(
        json_schema_extra=_with_examples(
            {"text": "大家好，很高兴认识你。", "reference_audio": "my-voice.wav"},
            {"text": "大家好，很高兴认识你。", "voice_id": "zf_xiaobei"},
        )
    )

    spec_type = specs.VoiceSpec


class DigitalHumanRequest(specs.DigitalHumanSpec, TaskRequest):
    model_config = ConfigDict(
        json_schema_extra=_with_examples(
            {
                "speech_text": "大家好，我是数字人小助手",
                "sample_video": "sample.mp4",
                "sample_voice": "sample.wav",
                "consent": CONSENT_EXAMPLE,
            }
        )
    )

    spec_type = specs.DigitalHumanSpec


class TemplateRequest(specs.TemplateSpec, TaskRequest):
    model_config = ConfigDict(
        json_schema_extra=_with_examples(
            {
                "person_image": "person.jpg",
                "background_image": "bg.jpg",
                "title_text": "AI助手",
                "title_position": [50, 50],
                "title_font_size": 48,
                "video_length": 10.0,
            }
        )
    )

    spec_type = specs.TemplateSpec


class TemplateEditRequest(specs.TemplateEditSpec, TaskRequest):
    """The body of a PATCH: what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra=_with_examples(
            {"title_text": "新的标题", "title_position": [60, 120], "title_font_size": 72}
        )
    )

    spec_type = specs.TemplateEditSpec
    _not_sent: ClassVar[frozenset[str]] = frozenset({"type", "template_id"})

    template_id: SkipJsonSchema[str] = ""
    """From the address, not from the body."""

    @classmethod
    def _is_blank(cls, name: str, value: Any) -> bool:
        # An empty title is a change: it takes the title away.
        if name == "title_text" and value == "":
            return False
        return super()._is_blank(name, value)


class ComposeRequest(specs.ComposeSpec, TaskRequest):
    model_config = ConfigDict(
        json_schema_extra=_with_examples({"template_id": "template123", "audio_file": "sample.wav"})
    )

    spec_type = specs.ComposeSpec


class ExtractAudioRequest(specs.ExtractAudioSpec, TaskRequest):
    model_config = ConfigDict(json_schema_extra=_with_examples({"video_file": "sample.mp4"}))

    spec_type = specs.ExtractAudioSpec


class AvatarRequest(specs.AvatarSpec, TaskRequest):
    model_config = ConfigDict(json_schema_extra=_with_examples({"sample_video": "sample.mp4"}))

    spec_type = specs.AvatarSpec


class VoiceProfileRequest(specs.VoiceProfileSpec, TaskRequest):
    model_config = ConfigDict(
        json_schema_extra=_with_examples({"name": "王老师", "audio_file": "my-voice.wav"})
    )

    spec_type = specs.VoiceProfileSpec
