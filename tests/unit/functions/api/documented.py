"""Holds every answer that a test sees against what the OpenAPI document says of its route."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from functions.api.app import app


def assert_documented(response: Any) -> None:
    """The status, and the code of an error, must be ones that the route names."""
    operation = _operation(response.request.method, response.request.url.path)
    if operation is None:
        return
    response.read()
    assert "x-request-id" in response.headers
    route = f"{response.request.method} {response.request.url.path}"
    documented = operation["responses"].get(str(response.status_code))
    assert documented, f"{route} answers {response.status_code}: {response.text[:200]}"
    if response.status_code >= 400:
        code = response.json()["code"]
        named = documented["content"]["application/json"].get("examples", {})
        assert code in named, f"{route} answers {response.status_code} {code}"


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for pattern, operations in _routes():
        if pattern.fullmatch(path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


@cache
def _routes() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    # A server that asks for credentials may give every answer that an open one gives.
    with pytest.MonkeyPatch.context() as closed:
        closed.setenv("AUTH_MODE", "token")
        closed.setenv("AUTH_SECRETS_ID", "any")
        closed.setattr(app, "openapi_schema", None)
        paths = app.openapi()["paths"]
    # Fixed addresses before those with placeholders, as they are registered.
    ordered = sorted(paths, key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), paths[path]) for path in ordered]
