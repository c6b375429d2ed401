"""code2session: what a `wx.login` code stands for.

WeChat answers HTTP 200 with JSON in every case: `openid` and `session_key`, or `errcode`.
https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
The address bears the app's secret, so neither it nor an exception that quotes it is logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from dh_core.access.wechat_api import Refused, ask
from dh_core.errors import (
    Forbidden,
    RequestError,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from functions.api.telemetry import logger

_PATH: Final = "/sns/jscode2session"
_RATE_LIMIT_SECONDS: Final = 60
"""45011 counts a minute: 100 sign-ins per user."""


@dataclass(frozen=True, slots=True)
class WechatClient:
    """One mini-program's access to WeChat's sign-in."""

    app_id: str
    app_secret: str
    base_url: str
    timeout_seconds: float

    def openid(self, code: str) -> str:
        """The user's id in this mini-program.

        Raises Unauthorized (the code), Forbidden (WeChat blocks this user), TooManyRequests and
        ServiceUnavailable. The session key in the answer is thrown away: nothing here needs it.
        """
        try:
            answer = self._ask(code)
        except Refused as refused:
            logger.error("code2session failed", extra={"reason": str(refused)})
            raise _unavailable() from refused
        if error := _error(answer.get("errcode", 0)):
            raise error
        openid = answer.get("openid")
        if not isinstance(openid, str) or not openid:
            logger.error("code2session failed", extra={"reason": "no openid in the answer"})
            raise _unavailable()
        return openid

    def _ask(self, code: str) -> dict[str, Any]:
        query = urlencode(
            {
                "appid": self.app_id,
                "secret": self.app_secret,
                "js_code": code,
                "grant_type": "authorization_code",
            }
        )
        return ask(f"{self.base_url.rstrip('/')}{_PATH}?{query}", self.timeout_seconds)


def _error(errcode: Any) -> RequestError | None:
    """The error of an `errcode`, None for success."""
    if errcode == 0:
        return None
    if errcode in (40029, 40163):  # invalid, used before
        return Unauthorized(
            "The code is not valid (any more); call wx.login again and send the new one.",
            code="wechat_code_invalid",
        )
    if errcode == 45011:
        return TooManyRequests(
            "Too many sign-ins; wait a minute.",
            code="wechat_rate_limited",
            retry_after=_RATE_LIMIT_SECONDS,
        )
    if errcode == 40226:
        return Forbidden("WeChat does not let this user sign in.", code="wechat_user_blocked")
    # -1 is "busy"; anything else (40013 and 40125: app id, secret) is for the operator.
    logger.error("code2session failed", extra={"reason": f"errcode {errcode!r:.20}"})
    return _unavailable()


def _unavailable() -> ServiceUnavailable:
    return ServiceUnavailable(
        "WeChat's sign-in does not answer; try again in a moment.", code="wechat_unavailable"
    )
