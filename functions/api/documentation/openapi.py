"""Completes FastAPI's document: which errors each route answers, headers, examples, Chinese names.

Pure, but for `install`: a document in, the same document completed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import FastAPI

from dh_core.errors.catalogue import ErrorCode, request_codes
from functions.api.documentation.bodies import request_bodies
from functions.api.documentation.leniency import admit
from functions.api.documentation.operations import (
    CREDENTIAL_CODES,
    OPERATIONS,
    SHARED_CODES,
    TAGS,
)
from functions.api.schemas.common import Problem, Success

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
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
_CHALLENGE: Final = {"WWW-Authenticate": {"description": "RFC 6750", "schema": {"type": "string"}}}
_ETAG: Final = {
    "ETag": {"description": "Changes when there is something new", "schema": {"type": "string"}}
}
_LOCATION: Final = {
    "Location": {
        "description": "A signed address of the bucket, good for a while",
        "schema": {"type": "string", "format": "uri"},
    }
}
_TITLES: Final = {
    200: "Success · 成功",
    202: "Accepted; it goes on by itself · 已受理",
    400: "The request is not valid · 请求参数错误",
    401: "Not signed in · 未登录",
    403: "Not allowed · 无权限",
    404: "There is nothing by that name · 资源不存在",
    409: "It contradicts what is recorded · 状态冲突",
    413: "The file or the body is too large · 文件过大",
    429: "Too many requests · 请求过于频繁",
    500: "Our own fault · 服务器内部错误",
    503: "Not available at the moment · 服务暂不可用",
}


def install(app: FastAPI) -> None:
    """Complete the document once, when it is first asked for."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            complete(plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    # The way that FastAPI's documentation extends OpenAPI.
    app.openapi = openapi  # type: ignore[method-assign]


def complete(document: dict[str, Any]) -> None:
    """Add to `document`, as FastAPI made it, what FastAPI cannot know."""
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    bodies = request_bodies()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            route = f"{method.upper()} {path}"
            if route in bodies:
                operation["requestBody"] = bodies[route]
            _complete_operation(route, operation)
    schemas = document["components"]["schemas"]
    for replaced in _REPLACED:
        schemas.pop(replaced, None)
    schemas["Problem"] = Problem.model_json_schema()
    for name, schema in schemas.items():
        if name.endswith("Request"):
            admit(schema)
    for model in _answers(Success):
        if model.__name__ in schemas:
            schemas[model.__name__] |= model.model_config.get("json_schema_extra", {})


def _answers(base: type[Success]) -> Iterator[type[Success]]:
    """Every answer. FastAPI drops what is null, also from the examples that a model declares."""
    for model in base.__subclasses__():
        yield model
        yield from _answers(model)


def _complete_operation(route: str, operation: dict[str, Any]) -> None:
    known = OPERATIONS.get(route)
    if known is not None:
        operation["summary"] = known.summary
    for content in operation.get("requestBody", {}).get("content", {}).values():
        admit(content["schema"])
    responses = operation["responses"]
    responses.pop("422", None)
    for status, codes in _by_status(_codes_of(operation, known.codes if known else ())).items():
        responses[str(status)] = _error_response(status, codes)
    for success in {"200", "202"} & set(responses):
        responses[success]["description"] = _TITLES[int(success)]
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers.update(_REQUEST_ID)
        if status in ("429", "503"):
            headers.update(_RETRY_AFTER)
        if status == "401":
            headers.update(_CHALLENGE)
        if "304" in responses and status in ("200", "304"):
            headers.update(_ETAG)
        if status == "302":
            headers.update(_LOCATION)


def _codes_of(operation: dict[str, Any], own: Iterable[str]) -> list[ErrorCode]:
    codes = ["internal_error", "service_unavailable", "invalid_request", *own]
    if "security" in operation:
        codes.extend(CREDENTIAL_CODES)
    for status in operation["responses"]:
        codes += SHARED_CODES.get(status, ())
    if "requestBody" in operation:
        codes.append("request_too_large")
    return [_resolve(code) for code in codes]


def _resolve(text: str) -> ErrorCode:
    status, _, code = text.rpartition(":")
    usual = request_codes()[code]
    return ErrorCode(code, int(status) if status else usual.status, usual.meaning)


def _by_status(codes: Iterable[ErrorCode]) -> dict[int, list[ErrorCode]]:
    grouped: dict[int, list[ErrorCode]] = {}
    for code in codes:
        assert code.status is not None
        grouped.setdefault(code.status, []).append(code)
    return grouped


def _error_response(status: int, codes: Iterable[ErrorCode]) -> dict[str, Any]:
    return {
        "description": _TITLES[status],
        "content": {
            "application/json": {
                "schema": _PROBLEM,
                "examples": {
                    one.code: {
                        "summary": one.meaning,
                        "value": {
                            "error": one.meaning,
                            "code": one.code,
                            "request_id": "2f1c7a52-8f0e-4a53-9d4e-5b6d1d7f2a10",
                        },
                    }
                    for one in codes
                },
            }
        },
    }
