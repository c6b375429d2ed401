"""Around every request: an id, a bound on the body, and a last net under unexpected errors."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dh_core.clock import new_id
from dh_core.errors import InvalidRequest
from functions.api.http import problems
from functions.api.http.language import language_of
from functions.api.telemetry import logger

MAX_BODY_BYTES: Final = 256 * 1024


class RequestContext:
    """Give the request an id (that of the Lambda invocation, if any) and answer 500 for a crash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        logger.thread_safe_append_keys(request_id=request_id)
        started = False

        async def tagged(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.update(scope["state"].get("answer_headers", {}))
            await send(message)

        try:
            await self._app(scope, receive, tagged)
        except Exception as error:
            if started:
                raise
            logger.exception("request failed", extra=_about(scope))
            await problems.unexpected(scope, error)(scope, receive, tagged)


class PatchByPost:
    """Take a POST that says so for a PATCH: `wx.request` of mini-programs cannot send one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # For nothing else: no other method is missing there, and none may pass for a harmless one.
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and Headers(scope=scope).get("x-http-method-override", "").upper() == "PATCH"
        ):
            scope = {**scope, "method": "PATCH"}
        await self._app(scope, receive, send)


class HeadAsGet:
    """Answer HEAD wherever GET is: as GET would, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope.setdefault("state", {})["is_head"] = True
        await self._app({**scope, "method": "GET"}, receive, without_body)


class Cors(CORSMiddleware):
    """As Starlette's, whose refusals are no JSON."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        return problems.problem(
            problems.Asked(new_id(), language_of(request_headers)),
            answer.status_code,
            InvalidRequest.code,
            "A page may not send such a request here: the API has no method of this name.",
        )


class BodyLimit:
    """Read the body before the application does, and answer 413 when it is too long.

    Files sent as multipart/form-data to an upload address pass: those routes have limits of their
    own and spool to disk.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _carries_a_file(scope):
            await self._app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY_BYTES:
                await _too_large(scope)(scope, receive, send)
                return
        delivered = False

        async def replay() -> Message:
            nonlocal delivered
            if delivered:
                return await receive()
            delivered = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)


def _about(scope: Scope) -> dict[str, str]:
    """The address without what a user chose in it, such as the name of a file."""
    fields = {"method": scope["method"], "route": getattr(scope.get("route"), "path", "unknown")}
    task_id = scope.get("path_params", {}).get("task_id")
    return fields | ({"task_id": task_id} if task_id else {})


def _carries_a_file(scope: Scope) -> bool:
    content_type = Headers(scope=scope).get("content-type", "")
    return "/upload/" in scope["path"] and content_type.startswith("multipart/form-data")


def _too_large(scope: Scope) -> ASGIApp:
    return problems.problem(
        problems.Asked.of(scope),
        413,
        "request_too_large",
        f"The body may have at most {MAX_BODY_BYTES // 1024} KB; send files to /api/upload/….",
    )


def _request_id(scope: Scope) -> str:
    context = scope.get("aws.context")
    request_id = getattr(context, "aws_request_id", None)
    return str(request_id) if request_id else new_id()
