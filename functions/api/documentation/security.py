"""What the OpenAPI document says about credentials, true for the mode that the server is in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from dh_core.settings import AuthSettings
from functions.api.auth.dependencies import needed_scope


def install(app: FastAPI) -> None:
    """Correct the document that FastAPI makes, once, when it is first asked for."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            declare(plain(), is_open=AuthSettings.from_env().auth_mode == "none")
        assert app.openapi_schema is not None
        return app.openapi_schema

    # The way that FastAPI's documentation extends OpenAPI.
    app.openapi = openapi  # type: ignore[method-assign]


def declare(document: dict[str, Any], *, is_open: bool) -> None:
    """Name each operation's scope (OpenAPI 3.1 lists them for any scheme), or drop credentials."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "security" not in operation:
                continue
            if is_open:
                del operation["security"]
            else:
                scope = needed_scope(method.upper(), path)
                operation["security"] = [{"bearer": [scope]}, {"api_key": [scope]}]
    if is_open:
        document["components"].pop("securitySchemes", None)
