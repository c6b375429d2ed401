"""A server that answers as WeChat does, HTTP 200 and JSON whatever happened: code2session, the
access token, msgSecCheck, mediaCheckAsync."""

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
SUGGESTIONS = {"违法": "risky", "可疑": "review"}
"""What msgSecCheck says of a text that holds the word."""
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
        self.tokens = 0
        """Access tokens given out; the last one alone is valid."""
        self.checked: list[dict[str, Any]] = []
        """What msgSecCheck was asked."""
        self.check_error: int | None = None
        """What msgSecCheck answers in place of a judgement, mediaCheckAsync in place of a name."""
        self.media: dict[str, dict[str, Any]] = {}
        """What mediaCheckAsync was asked, by the `trace_id` that it answered."""
        self.released = threading.Event()
        """Until it is set, the code `slow` gets no answer."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def do_POST(self) -> None:
                server._answer_post(self)

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

    def _answer_post(self, request: BaseHTTPRequestHandler) -> None:
        address = urlsplit(request.path)
        asked = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        if address.path == "/cgi-bin/stable_token":
            body = self._token(asked)
        else:
            checks = {
                "/wxa/msg_sec_check": self._judged,
                "/wxa/media_check_async": self._taken,
            }
            body = checks[address.path](parse_qs(address.query)["access_token"][0], asked)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(body)

    def _token(self, asked: dict[str, Any]) -> bytes:
        if (asked["appid"], asked["secret"]) != (APP_ID, APP_SECRET):
            return _error(40125, "invalid appsecret")
        self.tokens += 1
        return json.dumps({"access_token": f"token-{self.tokens}", "expires_in": 7200}).encode()

    def _judged(self, token: str, asked: dict[str, Any]) -> bytes:
        if token != f"token-{self.tokens}":
            return _error(42001, "access_token expired")
        if asked["openid"] not in OPENIDS.values():
            return _error(40003, "invalid openid")
        if len(asked["content"]) > 2500 or asked["version"] != 2:
            return _error(47001, "data format error")
        if self.check_error is not None:
            return _error(self.check_error, "refused")
        self.checked.append(asked)
        found = [word for word in SUGGESTIONS if word in asked["content"]]
        suggest = SUGGESTIONS[found[0]] if found else "pass"
        result = {"suggest": suggest, "label": 100 if suggest == "pass" else 20001}
        document = {"errcode": 0, "errmsg": "ok", "result": result, "trace_id": "60ae1-1"}
        return json.dumps(document).encode()

    def _taken(self, token: str, asked: dict[str, Any]) -> bytes:
        if token != f"token-{self.tokens}":
            return _error(42001, "access_token expired")
        if asked["openid"] not in OPENIDS.values():
            return _error(40003, "invalid openid")
        if asked["media_type"] not in (1, 2) or (asked["version"], asked["scene"]) != (2, 3):
            return _error(47001, "data format error")
        if self.check_error is not None:
            return _error(self.check_error, "refused")
        trace_id = f"60ae120f-371d5872-{len(self.media) + 1}"
        self.media[trace_id] = asked
        return json.dumps({"errcode": 0, "errmsg": "ok", "trace_id": trace_id}).encode()

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
