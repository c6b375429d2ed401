"""What the OpenAPI document says of results: one schema per type of task. Pure.

A result is stored as its job wrote it, and answered so; only the document knows its types.
"""

from __future__ import annotations

from typing import Any, Final

_REFERENCES: Final = "#/components/schemas/{model}"
_ANY: Final = "TaskResult"


def declare_results(document: dict[str, Any]) -> None:
    """Say of every `result` that it is one of these, told apart by `task_type`."""
    # A cold start shows no document.
    from functions.api.schemas.tasks.results import RESULTS  # noqa: PLC0415

    schemas = document["components"]["schemas"]
    mapping: dict[str, str] = {}
    for model in RESULTS:
        schema = model.model_json_schema(ref_template=_REFERENCES)
        reference = _REFERENCES.format(model=model.__name__)
        kinds = schema["properties"]["task_type"]
        mapping |= dict.fromkeys(kinds.get("enum", [kinds.get("const")]), reference)
        schemas[model.__name__] = schema
    of_any = {"$ref": _REFERENCES.format(model=_ANY)}
    for schema in schemas.values():
        field = schema.get("properties", {}).get("result")
        if field is not None:
            field["anyOf"] = [of_any, {"type": "null"}]
    schemas[_ANY] = {
        "title": _ANY,
        "description": "What a completed task tells; which fields there are, task_type says.",
        "oneOf": [{"$ref": one} for one in dict.fromkeys(mapping.values())],
        "discriminator": {"propertyName": "task_type", "mapping": mapping},
    }
