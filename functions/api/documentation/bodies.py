"""Request bodies that routes read themselves, so that FastAPI does not know them. Pure."""

from __future__ import annotations

from typing import Any

from functions.api.requests import UploadForm, UploadRequest


def request_bodies() -> dict[str, dict[str, Any]]:
    """`requestBody` by route. Made when it is asked for: schemas take a tenth of a cold start."""
    return {
        "POST /api/upload/{file_type}": {
            "required": True,
            "content": {
                "application/json": {"schema": UploadRequest.model_json_schema()},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            **UploadForm.model_json_schema()["properties"],
                        },
                    }
                },
            },
        }
    }
