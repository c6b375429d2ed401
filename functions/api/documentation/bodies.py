"""Request bodies that routes read themselves, so that FastAPI does not know them. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from functions.api.schemas.files.uploads import UploadForm, UploadRequest


def request_bodies() -> dict[str, dict[str, Any]]:
    """`requestBody` by route. Made when it is asked for: schemas take a tenth of a cold start."""
    return {
        "POST /api/upload/{file_type}": {
            "required": True,
            "content": {"application/json": {"schema": _schema(UploadRequest)}},
        },
        "POST /api/upload/{file_type}/direct": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            **_texts(UploadForm),
                        },
                    }
                },
            },
        },
    }


def _texts(model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a form: whatever stands there is a text."""
    return {
        name: {"type": "string", "description": field["description"]}
        for name, field in _schema(model)["properties"].items()
    }


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """Its JSON schema without `"default": null`, which FastAPI leaves out everywhere else."""
    schema = model.model_json_schema()
    for field in schema["properties"].values():
        if field.get("default", "") is None:
            del field["default"]
    return schema
