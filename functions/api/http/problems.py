"""Errors as the seed API writes them: `{"error": "<message>"}`, plus `code` and `request_id`."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match

from dh_core.errors import (
    DigitalHumanError,
    FileNotReady,
    NotFound,
    RequestError,
    ScopeMissing,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from dh_core.errors.catalogue import request_codes
from dh_core.field_rules import UNKNOWN_FIELD, shown
from dh_core.specs import pronunciation
from dh_core.specs.task_types import SPECS
from functions.api.schemas.common import Problem

_REALM: Final = 'Bearer realm="digital-human"'
_TEXT_FIELDS = frozenset().union(*(spec.free_texts() for spec in SPECS.values()))
_HTTP_CODES: Final = {404: "route_not_found", 405: "method_not_allowed", 413: "request_too_large"}
_HTTP_MESSAGES: Final = {
    400: "The body cannot be read; send JSON in UTF-8, or a form whose field file holds the file.",
    404: "There is no such address; see /api/docs.",
}

_NAMES_NOTHING: Final = {
    "task_id": "task_not_found",
    "uuid": "task_not_found",
    "kind": "file_not_found",
    "filename": "file_not_found",
    "template_id": "template_not_found",
    "voice_id": "voice_not_found",
    "upload_id": "upload_not_found",
}
"""By the parameter of an address whose value nothing can have."""

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_NO_OBJECT = "The body is not a JSON object; send one with Content-Type: application/json."
# By the types of Pydantic's errors, filled in with their context.
_ABOUT_THE_BODY: Final = {
    "missing": "The body is missing; send a JSON object with Content-Type: application/json.",
    "json_invalid": "The body is not valid JSON; send a JSON object.",
    "model_attributes_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "dict_type": _NO_OBJECT,
    "value_error": "{error}.",
}
_TEXT = "{field} must be text in quotes."
_WHOLE_NUMBER = "{field} must be a whole number, such as 3."
_NUMBER = "{field} must be a number, such as 1.5."
_TRUE_OR_FALSE = "{field} must be true or false."
_OBJECT = "{field} must be an object in braces; /api/docs shows its fields."
_LIST = "{field} must be a list in brackets, such as [1, 2]."
_ABOUT_A_FIELD: Final = {
    "missing": "{field} is missing; add it to the request.",
    "unexpected_form": "{field} {form}.",
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": "{field} is empty; give it a value.",
    "string_too_long": "{field} is longer than {max_length} characters; shorten it.",
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _TRUE_OR_FALSE,
    "bool_parsing": _TRUE_OR_FALSE,
    "greater_than_equal": "{field} must be at least {ge}.",
    "less_than_equal": "{field} must be at most {le}.",
    "literal_error": "{field} must be one of {expected}.",
    "enum": "{field} must be one of {expected}.",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "list_type": _LIST,
    "too_short": "{field} must have at least {min_length} entries.",
    "too_long": "{field} must have at most {max_length} entries.",
    "value_error": "{field}: {error}.",
}
_FINER_CODES: Final = request_codes()
"""A rule of ours may name the code of its answer as the type of its error."""

_OTHERWISE: Final = "{field} is not written as it should be; /api/docs shows how."


def install(app: FastAPI) -> None:
    """Make every error leave in the same form."""
    app.add_exception_handler(RequestError, _on_request_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


def problem(
    request_id: str,
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = Problem(error=message, code=code, request_id=request_id)
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def unexpected(request_id: str, error: Exception) -> JSONResponse:
    """500, or 503 if it will pass: what happened is in the log, under the same request id."""
    if not _passes(error):
        return problem(request_id, 500, DigitalHumanError.code, DigitalHumanError.default_message)
    away = ServiceUnavailable()
    return problem(request_id, away.status, away.error_code, away.message, _headers(away))


def _passes(error: Exception) -> bool:
    """Whether storage does not answer, or has no room: the same request may work in a moment."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return True
    # It imports botocore, which only whoever raised one of its errors has done already.
    from dh_core.cloud.errors import passes  # noqa: PLC0415

    return passes(error)


async def _on_request_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestError)
    return problem(_id(request), error.status, error.error_code, error.message, _headers(error))


def _headers(error: RequestError) -> dict[str, str]:
    if isinstance(error, TooManyRequests | ServiceUnavailable | FileNotReady):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, ScopeMissing):
        return {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{error.scope}"'}
    if isinstance(error, Unauthorized):
        # RFC 6750, 3.1: only who sent a credential is told that it is at fault.
        sent = error.error_code.startswith(("token_", "key_"))
        is_wrong = sent and error.error_code != "token_missing"
        return {"WWW-Authenticate": f'{_REALM}, error="invalid_token"' if is_wrong else _REALM}
    return {}


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["loc"][0] == "path":
        code = _NAMES_NOTHING.get(first["loc"][1], NotFound.code)
        return problem(_id(request), 404, code, request_codes()[code].meaning)
    return problem(_id(request), 400, _code(first), explain(first))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "invalid_request")
    message = _HTTP_MESSAGES.get(error.status_code, str(error.detail))
    headers = error.headers
    if error.status_code == 405:
        headers = _allow(request)
        message = f"This address takes only {headers['Allow']}; see /api/docs."
    return problem(_id(request), error.status_code, code, message, headers)


def _allow(request: Request) -> dict[str, str]:
    """All methods of an address (RFC 9110, 10.2.1): the router knows those of its first match.

    `/templates/list` is an address of its own, although `/templates/{template_id}` fits it too.
    """
    documented = request.app.openapi()["paths"].get(request.url.path)
    methods = {
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    }
    if documented is not None:
        methods = set(map(str.upper, documented))
    # Whatever has GET answers HEAD (middleware.HeadAsGet).
    return {"Allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))}


def explain(error: Mapping[str, Any]) -> str:
    """One sentence out of a Pydantic error: which field, what is wrong, what to do."""
    field, kind = _field(error["loc"]), error["type"]
    if kind == UNKNOWN_FIELD:
        return f"{field}.{error['msg']}" if field else str(error["msg"])
    if kind in _FINER_CODES:
        stop = "" if error["msg"].endswith("?") else "."
        return f"{field}: {error['msg']}{stop}" if field else f"{error['msg']}{stop}"
    sentences = _ABOUT_A_FIELD if field else _ABOUT_THE_BODY
    sentence = sentences.get(kind, _OTHERWISE)
    return sentence.format(field=field or "The body", **error.get("ctx", {}))


def _code(error: Mapping[str, Any]) -> str:
    field = _field(error["loc"])
    if field == "uuid":
        return "invalid_uuid"
    if error["type"] == "string_too_long" and field in _TEXT_FIELDS:
        return "text_too_long"
    if error["type"] == "too_long" and field in ("pronounce", "pronunciations"):
        return pronunciation.TOO_MANY
    return error["type"] if error["type"] in _FINER_CODES else RequestError.code


def _field(location: Sequence[int | str]) -> str:
    """`("body", "title_position", 0)` → `title_position.0`; empty for the body itself."""
    # Of a dictionary's entry Pydantic also says whether it means the key: "[key]".
    within = [part for part in location[1:] if part != "[key]"]
    # A JSON error is placed by its position in the text, which is no field.
    if within and isinstance(within[0], int):
        return ""
    return ".".join(shown(str(part)) for part in within)


def _id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id
