"""What a field of a spec is for, beside its form.

A field's type (`fields.AudioFile`) is annotated with its role, so no field can be forgotten. What
depends on roles is derived: which uploads a task waits for, what moderation reads, what must exist
when a task is created, which errors its route may answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from pydantic.fields import FieldInfo

from dh_core.field_rules import StrictModel
from dh_core.limits import FileType

NamedKind = Literal["voice", "template", "task"]


@dataclass(frozen=True, slots=True)
class Upload:
    """In an annotation: the field names an uploaded file. The task waits for it and is given it."""

    file_type: FileType
    for_avatar: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """In an annotation: the field holds a user's own words. Moderation reads them.

    `spoken`: their length makes one run longer than another.
    """

    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """In an annotation: the field is the id of something of the owner's that must exist."""

    kind: NamedKind


Role = TypeVar("Role")


class ModelWithRoles(StrictModel):
    """A model whose fields may have roles."""

    @classmethod
    def fields_with(cls, role: type[Role]) -> dict[str, Role]:
        """The fields of this role, by name."""
        return {
            name: said
            for name, field in cls.model_fields.items()
            for said in _annotations(field)
            if isinstance(said, role)
        }


def _annotations(field: FieldInfo) -> list[object]:
    """Everything that a field's type is annotated with, at any depth."""
    found: list[object] = list(field.metadata)
    pending: list[object] = [field.annotation]
    while pending:
        parts = get_args(pending.pop())
        found += parts
        pending += parts
    return found
