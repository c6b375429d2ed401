"""While the store is away, requests are answered at once: 503 with `Retry-After`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from dh_core.clock import new_id
from dh_core.errors import ServiceUnavailable

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# These read nothing.
_WITHOUT_STORE: Final = ("/api/health", "/api/docs", "/api/openapi.json")
_RETRY_SECONDS: Final = 2


def answering(api: Application, is_available: Callable[[], bool]) -> Application:
    """`api`, asked only while `is_available`."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_available() or scope["path"] in _WITHOUT_STORE:
            await api(scope, receive, send)
        else:
            await _unavailable(send)

    return guarded


async def _unavailable(send: Send) -> None:
    request_id = new_id()
    body = json.dumps(
        {
            "error": ServiceUnavailable.default_message,
            "code": ServiceUnavailable.code,
            "request_id": request_id,
        }
    ).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "retry-after": str(_RETRY_SECONDS),
        "x-request-id": request_id,
        "access-control-allow-origin": "*",
    }
    await send(
        {
            "type": "http.response.start",
            "status": ServiceUnavailable.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
