"""Completes FastAPI's document by what follows from the rest: shared errors, headers, leniency.

Pure, but for `install`: a document in, the same document completed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import FastAPI

from dh_core.settings import AuthSettings
from functions.api.documentation.bodies import request_bodies
from functions.api.documentation.results import declare_results
from functions.api.documentation.security import declare
from functions.api.documentation.webhooks import declare_webhooks
from functions.api.http.error_responses import errors
from functions.api.schemas.common import Problem, Success

_ANY_ROUTE: Final = ("internal_error", "service_unavailable", "invalid_request")
_WITH_A_CREDENTIAL: Final = (
    "token_missing",
    "token_invalid",
    "token_expired",
    "key_revoked",
    "key_expired",
    "scope_missing",
)
_SUCCESSES: Final = {
    "200": "Success · 成功",
    "202": "Accepted; it goes on by itself · 已受理",
}
_REPLACED: Final = ("HTTPValidationError", "ValidationError")
"""FastAPI's own errors, for which every route answers a Problem."""
_REQUEST_ID: Final = {
    "X-Request-Id": {
        "description": "Names this request in our log",
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}
}
_RATE_LIMIT: Final = {
    "RateLimit": {
        "description": 'What is left where requests are limited: `"requests";r=599;t=42`',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The limit: `"requests";q=600;w=60` (draft-ietf-httpapi-ratelimit-headers)',
        "schema": {"type": "string"},
    },
}
_LANGUAGE: Final = {
    "Content-Language": {
        "description": "The language of error",
        "schema": {"type": "string", "enum": ["en", "zh"]},
    }
}
_CHALLENGE: Final = {"WWW-Authenticate": {"description": "RFC 6750", "schema": {"type": "string"}}}


def install(app: FastAPI) -> None:
    """Complete the document once, when it is first asked for."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            declare(document, is_open=AuthSettings.from_env().auth_mode == "none")
            complete(document)
        assert app.openapi_schema is not None
        return app.openapi_schema

    # The way that FastAPI's documentation extends OpenAPI.
    app.openapi = openapi  # type: ignore[method-assign]


def complete(document: dict[str, Any]) -> None:
    """Add to `document`, as FastAPI made it, what FastAPI cannot know."""
    document["servers"] = [{"url": "/", "description": "This server · 本服务器"}]
    bodies = request_bodies()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            route = f"{method.upper()} {path}"
            if route in bodies:
                operation["requestBody"] = bodies[route]
            _complete_operation(operation)
    schemas = document["components"]["schemas"]
    for replaced in _REPLACED:
        schemas.pop(replaced, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    declare_webhooks(document)
    declare_results(document)
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    for model in _answers(Success):
        if model.__name__ in schemas:
            schemas[model.__name__] |= model.model_config.get("json_schema_extra", {})


def _answers(base: type[Success]) -> Iterator[type[Success]]:
    """Every answer. FastAPI drops what is null, also from the examples that a model declares."""
    for model in base.__subclasses__():
        yield model
        yield from _answers(model)


def _complete_operation(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    _add_errors(responses, _shared_codes(operation))
    for status, response in responses.items():
        if status in _SUCCESSES:
            response["description"] = _SUCCESSES[status]
        headers = response.setdefault("headers", {})
        headers.update(_REQUEST_ID)
        if "429" in responses:
            headers.update(_RATE_LIMIT)
        if int(status) >= 400:
            headers.update(_LANGUAGE)
        if status in ("429", "503"):
            headers.update(_RETRY_AFTER)
        if status == "401":
            headers.update(_CHALLENGE)


def _shared_codes(operation: dict[str, Any]) -> Iterator[str]:
    """What any route of this shape may answer, beside the codes that it declares."""
    yield from _ANY_ROUTE
    if "security" in operation:
        yield from _WITH_A_CREDENTIAL
    if "429" in operation["responses"]:
        yield "rate_limited"
    if "requestBody" in operation:
        yield "request_too_large"


def _add_errors(responses: dict[str, Any], codes: Iterable[str]) -> None:
    for status, shared in errors(*codes).items():
        own = responses.get(str(status), {}).get("content")
        if own is None:
            responses[str(status)] = shared
        else:
            own["application/json"]["examples"] |= shared["content"]["application/json"]["examples"]
