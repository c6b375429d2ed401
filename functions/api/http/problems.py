"""Errors as the seed API writes them: `{"error": "<message>"}`, and for programs the rest."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.types import Scope

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
from functions.api.http import faults, sentences
from functions.api.http.faults import in_chinese
from functions.api.http.language import Language, language_of
from functions.api.schemas.common import FieldProblem, Problem

DOCS_URL: Final = "/api/docs/errors#"

_REALM: Final = 'Bearer realm="digital-human"'
_HTTP_CODES: Final = {404: "route_not_found", 405: "method_not_allowed", 413: "request_too_large"}
_CODES: Final = request_codes()
_MOST_DETAILS: Final = 20

_NAMES_NOTHING: Final = {
    "task_id": "task_not_found",
    "uuid": "task_not_found",
    "kind": "file_not_found",
    "filename": "file_not_found",
    "template_id": "template_not_found",
    "voice_id": "voice_not_found",
    "upload_id": "upload_not_found",
    "batch_id": "batch_not_found",
    "key_id": "key_not_found",
}
"""By the parameter of an address whose value nothing can have."""

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer must know of its request."""

    request_id: str
    language: Language

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        return cls(scope["state"]["request_id"], language_of(Headers(scope=scope)))


def install(app: FastAPI) -> None:
    """Make every error leave in the same form."""
    app.add_exception_handler(RequestError, _on_request_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


def problem(
    asked: Asked,
    status: int,
    code: str,
    message: str,
    *,
    chinese: str | None = None,
    headers: Mapping[str, str] | None = None,
    details: Sequence[FieldProblem] = (),
) -> JSONResponse:
    """`chinese` says what `message` says; without it the code's Chinese sentence is told."""
    body = told(asked, code, message, chinese=chinese, details=details)
    language = {"Content-Language": asked.language, "Vary": "Accept-Language"}
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status_code=status, headers={**(headers or {}), **language})


def told(
    asked: Asked,
    code: str,
    message: str | None = None,
    *,
    chinese: str | None = None,
    details: Sequence[FieldProblem] = (),
) -> Problem:
    """What is said of an error, in the caller's language; by default what its code means."""
    known = _CODES.get(code)
    if message is None:
        message = known.meaning if known else DigitalHumanError.default_message
    if asked.language == "zh":
        message = chinese or in_chinese(code, message)
    return Problem(
        error=message,
        code=code,
        details=list(details[:_MOST_DETAILS]),
        retryable=known is not None and known.retryable,
        docs_url=f"{DOCS_URL}{code}",
        request_id=asked.request_id,
    )


def of_one(asked: Asked, refused: RequestError | ValidationError) -> Problem:
    """Why one of several things that a request asks for is refused."""
    if isinstance(refused, RequestError):
        return told(asked, refused.error_code, refused.message, details=_details(asked, refused))
    errors = [{**one, "loc": ("body", *one["loc"])} for one in refused.errors(include_url=False)]
    first = errors[0]
    return told(
        asked,
        faults.code_of(first),
        faults.explain(first),
        chinese=faults.explain(first, asked.language),
        details=[faults.detail(one, asked.language) for one in errors[:_MOST_DETAILS]],
    )


def unexpected(scope: Scope, error: Exception) -> JSONResponse:
    """500, or 503 if it will pass: what happened is in the log, under the same request id."""
    asked = Asked.of(scope)
    if not _passes(error):
        return problem(asked, 500, DigitalHumanError.code, DigitalHumanError.default_message)
    away = ServiceUnavailable()
    return problem(asked, away.status, away.error_code, away.message, headers=_headers(away))


def _passes(error: Exception) -> bool:
    """Whether storage does not answer, or has no room: the same request may work in a moment."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return True
    # It imports botocore, which only whoever raised one of its errors has done already.
    from dh_core.cloud.errors import passes  # noqa: PLC0415

    return passes(error)


async def _on_request_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestError)
    asked = Asked.of(request.scope)
    return problem(
        asked,
        error.status,
        error.error_code,
        error.message,
        headers=_headers(error),
        details=_details(asked, error),
    )


def _details(asked: Asked, error: RequestError) -> list[FieldProblem]:
    return [
        FieldProblem(
            field=one.field,
            reason=one.reason if asked.language == "en" else in_chinese(one.code, one.reason),
        )
        for one in error.faults
    ]


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
    asked, errors = Asked.of(request.scope), error.errors()
    first = errors[0]
    if first["loc"][0] == "path":
        code = _NAMES_NOTHING.get(first["loc"][1], NotFound.code)
        return problem(asked, 404, code, _CODES[code].meaning)
    return problem(
        asked,
        400,
        faults.code_of(first),
        faults.explain(first),
        chinese=faults.explain(first, asked.language),
        details=[faults.detail(one, asked.language) for one in errors[:_MOST_DETAILS]],
    )


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    asked, headers, chinese = Asked.of(request.scope), error.headers, None
    code = _HTTP_CODES.get(error.status_code, "invalid_request")
    message = str(error.detail)
    if error.status_code == 400:
        message, chinese = sentences.NOT_JSON
    elif error.status_code == 404:
        message = "There is no such address; see /api/docs."
    elif error.status_code == 405:
        headers = _allow(request)
        message = f"This address takes only {headers['Allow']}; see /api/docs."
    return problem(asked, error.status_code, code, message, chinese=chinese, headers=headers)


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
