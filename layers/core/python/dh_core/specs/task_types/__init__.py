"""What tasks can be asked to do: every module beside this one declares one type of task.

The API builds a spec from the request, the store keeps it as JSON, the job reads it back: a spec
is the contract between them. `docs/extending.md` says how to add a type.
"""

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, Union

from pydantic import ConfigDict, Field, TypeAdapter

from dh_core.specs.base import TaskSpec


def _declared() -> Iterator[type[TaskSpec]]:
    for file in sorted(Path(__file__).parent.glob("[!_]*.py")):
        module = import_module(f"{__name__}.{file.stem}")
        for value in vars(module).values():
            is_own = isinstance(value, type) and value.__module__ == module.__name__
            if is_own and issubclass(value, TaskSpec):
                yield value


SPECS: Final[dict[str, type[TaskSpec]]] = {
    spec.model_fields["type"].default: spec for spec in _declared()
}
"""The spec class of every type, which says all that depends on the type."""


class TaskType(StrEnum):
    # As clients see them. (A docstring would be shown to clients.) The locals of the body of an
    # enumeration are its members to be.
    locals().update({name.upper(): name for name in SPECS})


_union: Any = Annotated[Union[tuple(SPECS.values())], Field(discriminator="type")]  # noqa: UP007 - `|` cannot take a tuple
# Built when the first spec is read, which most processes of the API never do.
_any_spec: TypeAdapter[TaskSpec] = TypeAdapter(_union, config=ConfigDict(defer_build=True))


def parse_spec(document: str) -> TaskSpec:
    """Read a stored spec back. Raises pydantic.ValidationError on a foreign document."""
    return _any_spec.validate_json(document)
