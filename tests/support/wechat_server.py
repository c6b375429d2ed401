"""A server that answers code2session as WeChat does: HTTP 200 and JSON, whatever happened."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

APP_ID, APP_SECRET = "wx0123456789abcdef", "app-secret"
OPENIDS = {
    "code-of-ann": "oANN-openid",
    "code-of-ann-again": "oANN-openid",
    "code-of-bo": "oBO",
    "code-of-cy": "oCY",
}
ERRORS = {
    "expired": (40029, "invalid code"),
    "used": (40163, "code been used"),
    "often": (45011, "api minute-quota reach limit mustslower retry next minute"),
    "risky": (40226, "code blocked"),
    "busy": (-1, "system error"),
}
GARBAGE = {
    "html": b"<html>502 Bad Gateway</html>",
    "list": b"[]",
    "deep": b"[" * 60_000,
    "nothing": b"",
    "no-openid": b'{"session_key": "k"}',
    "number-as-openid": b'{"openid": 7, "session_key": "k"}',
    "endless": b'{"openid": "' + b"x" * 200_000 + b'"}',
    "strange-code": b'{"errcode": {"a": 1}}',
}


class WechatServer:
    """Context manager; `url` is its base address, `queries` what it was asked."""

    def __init__(self) -> None:
        self.queries: list[dict[str, str]] = []
        self.released = threading.Event()
        """Until it is set, the code `slow` gets no answer."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, *arguments: Any) -> None:
                """Keep the tests' output quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        address = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.queries.append({"path": address.path, **query})
        code = query.get("js_code", "")
        if code == "slow":
            self.released.wait(30)
        if code == "moved":
            request.send_response(302)
            request.send_header("Location", f"{self.url}/elsewhere?js_code=code-of-ann")
            request.end_headers()
            return
        request.send_response(500 if code == "broken" else 200)
        # So it does, although the body is JSON.
        request.send_header("Content-Type", "text/plain")
        request.end_headers()
        request.wfile.write(self._body(query, code))

    @staticmethod
    def _body(query: dict[str, str], code: str) -> bytes:
        if code in GARBAGE:
            return GARBAGE[code]
        if query.get("appid") != APP_ID:
            return _error(40013, "invalid appid")
        if query.get("secret") != APP_SECRET:
            return _error(40125, "invalid appsecret")
        if code in ERRORS:
            return _error(*ERRORS[code])
        if code not in OPENIDS:
            return _error(*ERRORS["expired"])
        return json.dumps({"session_key": "c2Vzc2lvbg==", "openid": OPENIDS[code]}).encode()


def _error(number: int, text: str) -> bytes:
    return json.dumps({"errcode": number, "errmsg": f"{text}, rid: 6abc-1"}).encode()
