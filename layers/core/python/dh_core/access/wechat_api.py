"""Asking WeChat's servers, with the access token where they want one.

WeChat answers HTTP 200 with JSON in every case: what was asked for, or `errcode`. The addresses
bear secrets, so neither they nor an exception that quotes them is logged.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import urlencode

from dh_core.clock import Clock, system_clock

_MAX_ANSWER_BYTES: Final = 64 * 1024
_CHUNK_BYTES: Final = 8 * 1024
_STALE: Final = frozenset({40001, 40014, 42001})
"""The access token is not valid (any more): somebody else asked for a new one, or it lapsed."""
_EARLY_SECONDS: Final = 300

ABSENT: Final = frozenset({40003, 61010})
"""Of checks: the user is unknown, or has not opened the mini-program for two hours."""


class Refused(Exception):
    """The answer is of no use; the text says why, without secrets."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        """Another host must not see the secret."""


class WechatApi:
    """One mini-program's calls; keeps the access token for its two hours.

    `stable_token` gives every process the same token, so none takes another's away.
    """

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        base_url: str,
        seconds: float,
        clock: Clock = system_clock,
    ) -> None:
        self._app = {"appid": app_id, "secret": app_secret}
        self._base_url = base_url.rstrip("/")
        self._seconds = seconds
        self._clock = clock
        self._token = ""
        self._valid_until = 0.0

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What WeChat answers, `errcode` included. Raises Refused."""
        answer = self._post(path, body)
        if answer.get("errcode") in _STALE:
            self._valid_until = 0.0
            answer = self._post(path, body)
        return answer

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        query = urlencode({"access_token": self._access_token()})
        return ask(f"{self._base_url}{path}?{query}", self._seconds, body)

    def _access_token(self) -> str:
        now = self._clock()
        if now >= self._valid_until:
            asked = {"grant_type": "client_credential", **self._app}
            answer = ask(f"{self._base_url}/cgi-bin/stable_token", self._seconds, asked)
            token, lives = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not isinstance(lives, int):
                raise Refused(f"no access token, errcode {answer.get('errcode')!r:.20}")
            self._token, self._valid_until = token, now + max(lives - _EARLY_SECONDS, 0)
        return self._token


def ask(address: str, seconds: float, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What WeChat answers a GET, or a POST of `body`. Raises Refused; logs and quotes nothing."""
    sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    opener = urllib.request.build_opener(_NoRedirects)
    deadline = time.monotonic() + seconds
    try:
        with opener.open(address, sent, timeout=seconds) as response:
            read = _read(response, deadline)
    except urllib.error.HTTPError as error:
        raise Refused(f"HTTP status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Refused(type(error).__name__) from None
    try:
        answer = json.loads(read)
    except (ValueError, RecursionError):
        raise Refused("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise Refused("the answer is not a JSON object")
    return answer


def _read(response: Any, deadline: float) -> bytes:
    """The body, unless it is too long or takes longer than allowed in all."""
    body = bytearray()
    while chunk := response.read1(_CHUNK_BYTES):
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            raise Refused("the answer is too long")
        if time.monotonic() > deadline:
            raise Refused("the answer takes too long")
    return bytes(body)
