"""What a creation takes: the form of the generated table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FileType = Literal["video", "audio", "image", "document"]
Form = Literal["text", "integer", "number", "flag", "list", "object"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request. `upload`: it names an uploaded file of this type."""

    name: str
    form: Form
    said: str = ""
    required: bool = False
    upload: FileType | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Creation:
    """A request that starts a task. `route` may hold the name of a parameter in braces."""

    task_type: str
    method: str
    route: str
    said: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)
