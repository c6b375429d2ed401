"""HTTP as uvicorn reads it, with the API's own form of error for what is no HTTP at all.

A request that cannot be parsed (a NUL in a header, a request line too long) never reaches the
application; on AWS the gateway answers it.
"""

from __future__ import annotations

from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dh_core.clock import new_id
from dh_core.errors import InvalidRequest
from functions.api.http.problems import DOCS_URL
from functions.api.schemas.common import Problem

_MESSAGE: Final = (
    "This is not a valid HTTP request: its first line or a header is too long, or holds characters "
    "that are not allowed."
)


class JsonProtocol(H11Protocol):
    """Refuses in JSON."""

    def send_400_response(self, msg: str) -> None:
        """Answer 400 and close; uvicorn's own `msg` says less."""
        request_id = new_id()
        body = Problem(
            error=_MESSAGE,
            code=InvalidRequest.code,
            details=[],
            retryable=False,
            docs_url=DOCS_URL + InvalidRequest.code,
            request_id=request_id,
        )
        content = body.model_dump_json().encode()
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(content))),
            ("x-request-id", request_id),
            ("connection", "close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
