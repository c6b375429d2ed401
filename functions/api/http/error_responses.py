"""The errors that a route may answer, as `responses=` of its decorator."""

from __future__ import annotations

from typing import Any, Final

from dh_core.errors.catalogue import request_codes
from functions.api.schemas.common import REQUEST_ID_EXAMPLE

Responses = dict[int | str, dict[str, Any]]

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}

REFUSES_A_FILE: Final = (
    "account_deleting",
    "empty_file",
    "file_too_large",
    "unsupported_type",
    "invalid_name",
    "name_taken",
    "not_found",
)
"""An upload that is registered."""

_TITLES: Final = {
    400: "The request is not valid · 请求参数错误",
    401: "Not signed in · 未登录",
    403: "Not allowed · 无权限",
    404: "There is nothing by that name · 资源不存在",
    409: "It contradicts what is recorded · 状态冲突",
    412: "It has changed meanwhile · 内容已被修改",
    413: "The file or the body is too large · 文件过大",
    429: "Too many requests · 请求过于频繁",
    500: "Our own fault · 服务器内部错误",
    501: "Not offered here · 服务器不支持",
    503: "Not available at the moment · 服务暂不可用",
}
_CODES: Final = request_codes()


def errors(*codes: str) -> Responses:
    """`"400:file_too_large"` is a code under another status than its usual one."""
    responses: Responses = {}
    for text in codes:
        other, _, code = text.rpartition(":")
        usual = _CODES[code]
        status = int(other) if other else usual.status
        assert status is not None
        response = responses.setdefault(status, _without_examples(status))
        response["content"]["application/json"]["examples"][code] = {
            "summary": usual.meaning,
            "value": {
                "error": usual.meaning,
                "code": code,
                "details": [],
                "retryable": usual.retryable,
                "docs_url": f"/api/docs/errors#{code}",
                "request_id": REQUEST_ID_EXAMPLE,
            },
        }
    return responses


def _without_examples(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": _PROBLEM, "examples": {}}}
    return {"description": _TITLES[status], "content": content}
