"""Talking to one server: addresses, the credential and its renewal, retries, refusals."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from dh_client.core.wire import Alone, Flow, LineBroke, Listen, Pause, Reply, Send
from dh_client.errors import ConnectionFailed, error_class
from dh_client.generated.types import TokensResponse

Language = Literal["en", "zh"]

_PASSING: Final = frozenset({429, 502, 503, 504})
"""Answers after which the same request may succeed in a moment."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and after how long, a request is made again."""

    attempts: int = 6
    first_pause: float = 0.5
    longest_pause: float = 8.0
    longest_retry_after: float = 60.0
    """A server that asks for a longer wait is believed: the refusal is the answer."""

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        """Seconds before attempt number `attempt` + 1; half of it is left to chance."""
        if retry_after is not None:
            return retry_after
        longest: float = min(self.first_pause * 2**attempt, self.longest_pause)
        return longest * (0.5 + random.random() / 2)  # noqa: S311 — spreads clients, hides nothing


@dataclass(slots=True)
class Session:
    """One server and one credential.

    `credential` is an API key or an access token. With `refresh_token` an expired access token is
    renewed; `on_tokens` is told the new pair, which replaces the old one for good. `language`:
    in which the server tells its errors.
    """

    server: str
    credential: str | None = None
    refresh_token: str | None = None
    on_tokens: Callable[[TokensResponse], None] = lambda _: None
    retries: Retries = field(default_factory=Retries)
    language: Language = "en"
    _reached: bool = False

    def __post_init__(self) -> None:
        self.server = self.server.rstrip("/")

    def address(self, route: str) -> str:
        """The URL of a route, as `/tasks` or as the API writes it, `/api/tasks`."""
        if urlsplit(route).netloc:
            return route
        return f"{self.server}/api/{route.removeprefix('/api/').lstrip('/')}"

    def get(self, route: str, params: Mapping[str, str | None] | None = None) -> Flow[Any]:
        """The JSON document at a route; parameters that are None are left out."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        return (yield from self.ask(Send("GET", self.address(route), params=given))).json()

    def post(self, route: str, body: Any = None, *, key: str | None = None) -> Flow[Any]:
        """The answer to a JSON document. `key` is of idempotency: with it the call is repeated."""
        headers = {"Idempotency-Key": key} if key else {}
        request = Send("POST", self.address(route), headers, json=body)
        return (yield from self.ask(request, may_repeat=key is not None)).json()

    def ask(
        self, request: Send | Listen, *, may_repeat: bool | None = None, patience: int = 1
    ) -> Flow[Reply]:
        """The answer to a request of the API, if it is a success or 304. Raises ApiError.

        `may_repeat`: asking twice does no more than asking once (by default: anything but POST).
        """
        used = self.credential
        reply = yield from self._retried(request, may_repeat, patience)
        if self._can_renew(reply):
            yield Alone(lambda: self._renew(used))
            reply = yield from self._retried(request, may_repeat, patience)
        return checked(reply)

    def elsewhere(self, request: Send) -> Flow[Reply]:
        """The answer of the bucket, which must not see the credential and would refuse it."""
        return checked((yield from self._attempts(request, True, self.retries.attempts)))

    def unreachable(self, broken: LineBroke) -> ConnectionFailed:
        return ConnectionFailed(
            f"The server {self.server} cannot be reached ({broken}). "
            "Check its address and your network, then try again."
        )

    def _retried(
        self, request: Send | Listen, may_repeat: bool | None, patience: int
    ) -> Flow[Reply]:
        repeats = request.method != "POST" if may_repeat is None else may_repeat
        ours = {"Accept-Language": self.language, **self._authorization()}
        signed = replace(request, headers={**request.headers, **ours})
        return (yield from self._attempts(signed, repeats, self.retries.attempts * patience))

    def _attempts(self, request: Send | Listen, may_repeat: bool, attempts: int) -> Flow[Reply]:
        for attempt in range(attempts):
            is_last = attempt == attempts - 1
            try:
                reply: Reply = yield request
            except LineBroke as broken:
                repeats = may_repeat or not broken.was_sent
                # Nobody is there yet: one more look is enough for a person who waits.
                if is_last or not repeats or not (self._reached or attempt == 0):
                    raise self.unreachable(broken) from broken
                yield Pause(self.retries.pause(attempt))
                continue
            self._reached = True
            wait = retry_after(reply)
            too_long = wait is not None and wait > self.retries.longest_retry_after
            if reply.status not in _PASSING or is_last or too_long:
                return reply
            yield Pause(self.retries.pause(attempt, wait))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credential}"} if self.credential else {}

    def _can_renew(self, reply: Reply) -> bool:
        expired = reply.status == 401 and _problem(reply).get("code") == "token_expired"
        return expired and self.refresh_token is not None

    def _renew(self, used: str | None) -> Flow[None]:
        """A refresh token works once: whoever comes second finds the work done."""
        if self.credential != used:
            return
        body = {"refresh_token": self.refresh_token}
        request = Send("POST", self.address("/auth/refresh"), json=body)
        self.take(checked((yield from self._attempts(request, False, 1))).json())

    def take(self, tokens: TokensResponse) -> None:
        """Use these tokens from now on."""
        self.credential = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]
        self.on_tokens(tokens)


def checked(reply: Reply) -> Reply:
    """The reply, if it is a success or 304. Raises ApiError in the server's own words."""
    if reply.is_success or reply.status == 304:
        return reply
    problem = _problem(reply)
    raise error_class(reply.status)(
        str(problem.get("error") or _unspoken(reply.status)),
        code=str(problem.get("code") or ""),
        status=reply.status,
        request_id=str(problem.get("request_id") or reply.headers.get("x-request-id", "")),
        retry_after=retry_after(reply),
        details=problem.get("details") or (),
        retryable=bool(problem.get("retryable", reply.status in _PASSING)),
        docs_url=str(problem.get("docs_url") or ""),
    )


def retry_after(reply: Reply) -> float | None:
    """Seconds that the server asks to wait."""
    try:
        return max(float(reply.headers["retry-after"]), 0.0)
    except (KeyError, ValueError):
        return None


def _problem(reply: Reply) -> Mapping[str, Any]:
    body = reply.json()
    return body if isinstance(body, dict) else {}


def _unspoken(status: int) -> str:
    """What to say where a gateway, or the bucket, says nothing that is meant for people."""
    if status == 403:
        return "The storage refused the request (403); its address may have expired. Try again."
    if status >= 500:
        return f"The server failed ({status}). Try again in a moment."
    return f"The server refused the request ({status})."
