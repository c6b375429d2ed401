"""What a field of a spec is for, beside its form.

A field's type (`fields.AudioFile`) is annotated with its role, so no field can be forgotten. What
depends on roles is derived: which uploads a task waits for, what moderation reads, what must exist
when a task is created, which errors its route may answer.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar, get_args

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
        return {name: said for name, said in _annotations(cls) if isinstance(said, role)}


@cache
def _annotations(model: type[ModelWithRoles]) -> list[tuple[str, object]]:
    """Everything that the types of the model's fields are annotated with, at any depth."""
    found: list[tuple[str, object]] = []
    for name, field in model.model_fields.items():
        found += [(name, said) for said in field.metadata]
        pending: list[object] = [field.annotation]
        while pending:
            parts = get_args(pending.pop())
            found += [(name, part) for part in parts]
            pending += parts
    return found
