"""Plays the gateway: an ASGI application that turns requests into events for functions.

Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload
format 2.0. Not played: CORS (the API answers it itself), throttling, stages, authorizers.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.cloud.process import ACCOUNT

MAX_PAYLOAD_BYTES: Final = 10 * 1024 * 1024
"""API Gateway developer guide, "Quotas for configuring and running an HTTP API"."""
_METHODS: Final = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
ANY_ROUTE: Final = "ANY /{proxy+}"

Function = Callable[[dict[str, Any]], dict[str, Any]]


def gateway(functions: Mapping[str, Function]) -> Starlette:
    """An application that answers what a function answers to each request's event.

    `functions` go by their routes' keys. A route that names method and address goes before
    ANY_ROUTE, as on AWS; other forms of a key are not played.
    """

    async def answer(request: Request) -> Response:
        body = await request.body()
        if len(body) > MAX_PAYLOAD_BYTES:
            return JSONResponse({"message": "Request Entity Too Large"}, status_code=413)
        named = f"{request.method} {request.scope['path']}"
        route = named if named in functions else ANY_ROUTE
        event = http_event(request, body, route)
        return _response(await run_in_threadpool(functions[route], event))

    return Starlette(routes=[Route("/{path:path}", answer, methods=_METHODS)])


def http_event(request: Request, body: bytes, route: str = ANY_ROUTE) -> dict[str, Any]:
    """The event of one request."""
    now, host = datetime.now(UTC), request.headers.get("host", "")
    # `rawPath` of an HTTP API is decoded, unlike that of a function URL; the query is not
    # (measured on the real service in pull request 8 of github.com/hotsock/voker).
    path = request.scope["path"]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": request.scope["query_string"].decode("ascii"),
        "headers": {
            **_headers(request),
            "x-forwarded-for": request.client.host if request.client else "",
            "x-forwarded-port": host.rpartition(":")[2],
            "x-forwarded-proto": request.url.scheme,
        },
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": f"HTTP/{request.scope['http_version']}",
                "sourceIp": request.client.host if request.client else "",
                "userAgent": request.headers.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex,
            "routeKey": route,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": round(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if route == ANY_ROUTE:
        event["pathParameters"] = {"proxy": path.removeprefix("/")}
    cookies = [value for one in request.headers.getlist("cookie") for value in one.split("; ")]
    if cookies:
        event["cookies"] = cookies
    if request.scope["query_string"]:
        event["queryStringParameters"] = _query(event["rawQueryString"])
    if body:
        event["isBase64Encoded"] = not _is_text(request.headers.get("content-type", ""))
        event["body"] = (
            base64.b64encode(body).decode() if event["isBase64Encoded"] else body.decode()
        )
    return event


def _headers(request: Request) -> dict[str, str]:
    """Names in lower case; what came twice is joined by commas."""
    return {
        name: ",".join(request.headers.getlist(name))
        for name in request.headers
        if name != "cookie"
    }


def _query(raw: str) -> dict[str, str]:
    """What came twice is joined by commas."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _is_text(content_type: str) -> bool:
    """Whether a body of this type comes as it is; any other comes as base64."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in (
        "application/json",
        "application/javascript",
        "application/xml",
    )


def _response(answer: dict[str, Any]) -> Response:
    body: str = answer.get("body", "")
    response = Response(
        base64.b64decode(body) if answer.get("isBase64Encoded") else body,
        status_code=answer["statusCode"],
        headers=answer.get("headers", {}),
    )
    for cookie in answer.get("cookies", []):
        response.headers.append("set-cookie", cookie)
    return response
