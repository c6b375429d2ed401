"""What `requests.Request` takes beyond its fields' types, as JSON schema. Pure.

An optional field that is empty or null counts as absent, and a user_id may be a number: the seed's
clients send both. A document that kept silent about it would not be true.
"""

from __future__ import annotations

from typing import Any, Final

_EMPTY: Final = {"const": "", "description": "Counts as absent"}
_ABOUT: Final = ("title", "description", "examples")
"""What is said of a field as a whole stays outside of its alternatives."""


def admit(schema: dict[str, Any]) -> None:
    """Widen the optional fields of a request's schema, in place."""
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        if name not in required:
            schema["properties"][name] = _optional(field, may_be_number=name == "user_id")


def _optional(field: dict[str, Any], *, may_be_number: bool) -> dict[str, Any]:
    about = {key: value for key, value in field.items() if key in _ABOUT}
    rest = {key: value for key, value in field.items() if key not in _ABOUT}
    default = {"default": rest.pop("default")} if "default" in rest else {}
    first, *others = rest.get("anyOf", [rest])
    # With its value: generators take a field for always there that has a default itself.
    options = [{**first, **default}, *others]
    wanted = [_EMPTY, {"type": "null"}]
    if may_be_number:
        wanted.append({"type": "number"})
    return {**about, "anyOf": [*options, *(one for one in wanted if one not in options)]}
