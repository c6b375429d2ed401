"""What clients send, with the seed API's own field names.

A task's request is its spec plus what concerns the request only (`uuid`, `user_id`): its fields
are written once, in `dh_core.specs.task_types`.
"""

import re
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, cast

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    create_model,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import CoreSchema

from dh_core import limits
from dh_core.access.callback_urls import MAX_CHARACTERS
from dh_core.field_rules import Contradiction, Expected, StrictModel, shown
from dh_core.specs.base import TaskSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from functions.api.schemas.leniency import admit

UUID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.:-]{{0,{limits.MAX_ID_CHARACTERS - 1}}}")
USER_ID: Final = "Your user, where the server runs without sign-in; a credential overrules it"
UserId = Annotated[
    str, Field(min_length=1, max_length=limits.MAX_ID_CHARACTERS, coerce_numbers_to_str=True)
]

CALLBACK_EVENTS: Final = "What the callback is told of; without it of every end, and no more"
CallbackEvents = Annotated[
    list[Literal["started", "progress", "completed", "failed", "cancelled"]],
    Field(min_length=1, max_length=5),
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
                raise Contradiction(
                    f"{shown(name)} holds half a surrogate pair; send valid Unicode",
                    f"{shown(name)} 含有残缺的字符，请使用有效的 Unicode",
                )
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


def _describe(schema: dict[str, Any], request: "type[TaskRequest]") -> None:
    # The address says which task it is; the spec's discriminator is none of the client's business.
    schema["properties"].pop("type", None)
    schema["examples"] = list(request.spec_type.examples)


class TaskRequest(Request):
    """The part of a task's request that is not its spec."""

    model_config = ConfigDict(json_schema_extra=_describe)

    spec_type: ClassVar[type[TaskSpec]]
    # The address says which task it is.
    _not_sent: ClassVar[frozenset[str]] = frozenset({"type"})

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.spec_type = next(base for base in cls.__bases__ if issubclass(base, TaskSpec))

    uuid: (
        Annotated[
            str,
            StringConstraints(max_length=limits.MAX_ID_CHARACTERS, pattern=rf"^{UUID.pattern}$"),
            Expected(
                f"must be 1 to {limits.MAX_ID_CHARACTERS} letters, digits or _ - . : and start "
                'with a letter or a digit, such as "order-2026-0001"',
                f"应为 1 到 {limits.MAX_ID_CHARACTERS} 个字母、数字或 _ - . :，"
                "并以字母或数字开头，如 order-2026-0001",
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
    callback_events: CallbackEvents | None = Field(default=None, description=CALLBACK_EVENTS)

    def spec(self) -> TaskSpec:
        fields = set(self.spec_type.model_fields)
        return self.spec_type.model_validate(self.model_dump(include=fields))


@cache
def request_of(spec: type[TaskSpec]) -> type[TaskRequest]:
    """What a client sends to create a task of this type."""
    if spec is TemplateEditSpec:
        return TemplateEditRequest
    name = spec.__name__.removesuffix("Spec") + "Request"
    made: Any = create_model(name, __base__=(spec, TaskRequest), __module__=__name__)
    return cast(type[TaskRequest], made)


class TemplateEditRequest(TemplateEditSpec, TaskRequest):
    """The body of a PATCH: what is left out stays as it is."""

    _not_sent: ClassVar[frozenset[str]] = frozenset({"type", "template_id"})

    template_id: SkipJsonSchema[str] = ""
    """From the address, not from the body."""

    @classmethod
    def _is_blank(cls, name: str, value: Any) -> bool:
        # An empty title is a change: it takes the title away.
        if name == "title_text" and value == "":
            return False
        return super()._is_blank(name, value)
