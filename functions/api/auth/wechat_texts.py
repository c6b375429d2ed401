"""msgSecCheck: what WeChat thinks of a text that one of its users wrote.

WeChat answers HTTP 200 with JSON in every case: `result.suggest`, or `errcode`.
https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
The address bears an access token, so neither it nor an exception that quotes it is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from dh_core.clock import Clock
from dh_core.errors import ServiceUnavailable
from functions.api.auth.wechat import Refused, ask
from functions.api.telemetry import logger

_MOST_CHARACTERS: Final = 2_500
_STALE: Final = frozenset({40001, 40014, 42001})
"""The access token is not valid (any more): somebody else asked for a new one, or it lapsed."""
_ABSENT: Final = frozenset({40003, 61010})
"""The user is unknown, or has not opened the mini-program for two hours."""
_EARLY_SECONDS: Final = 300


class WechatTexts:
    """One mini-program's access to the check; keeps the access token for its two hours.

    `stable_token` gives every process the same token, so none takes another's away.
    """

    def __init__(
        self, app_id: str, app_secret: str, base_url: str, seconds: float, scene: int, clock: Clock
    ) -> None:
        self._app = {"appid": app_id, "secret": app_secret}
        self._base_url = base_url.rstrip("/")
        self._seconds = seconds
        self._scene = scene
        self._clock = clock
        self._token = ""
        self._valid_until = 0.0

    def refused_field(self, openid: str, texts: Mapping[str, str]) -> str | None:
        """The first field that WeChat does not let pass: risky, or for a person to review.

        Raises ServiceUnavailable (`moderation_unavailable`) where WeChat does not say.
        """
        for name, text in texts.items():
            for start in range(0, len(text), _MOST_CHARACTERS):
                if not self._passes(openid, text[start : start + _MOST_CHARACTERS]):
                    return name
        return None

    def _passes(self, openid: str, content: str) -> bool:
        body = {"openid": openid, "scene": self._scene, "version": 2, "content": content}
        try:
            answer = self._checked(body)
        except Refused as refused:
            logger.error("msgSecCheck failed", extra={"reason": str(refused)})
            raise _unavailable() from refused
        result = answer.get("result")
        suggest = result.get("suggest") if isinstance(result, dict) else None
        if answer.get("errcode") != 0 or suggest not in ("pass", "risky", "review"):
            logger.error(
                "msgSecCheck failed", extra={"reason": f"errcode {answer.get('errcode')!r:.20}"}
            )
            raise _unavailable(is_absent=answer.get("errcode") in _ABSENT)
        return bool(suggest == "pass")

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._ask(body)
        if answer.get("errcode") in _STALE:
            self._valid_until = 0.0
            answer = self._ask(body)
        return answer

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        query = urlencode({"access_token": self._access_token()})
        return ask(f"{self._base_url}/wxa/msg_sec_check?{query}", self._seconds, body)

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


def _unavailable(*, is_absent: bool = False) -> ServiceUnavailable:
    return ServiceUnavailable(
        "WeChat checks the texts of people alone who have the mini-program open; open it again."
        if is_absent
        else "WeChat's check of texts does not answer; try again in a moment.",
        code="moderation_unavailable",
    )
