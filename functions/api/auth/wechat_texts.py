"""msgSecCheck: what WeChat thinks of a text that one of its users wrote.

WeChat answers HTTP 200 with JSON in every case: `result.suggest`, or `errcode`.
https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dh_core.access.wechat_api import ABSENT, Refused, WechatApi
from dh_core.errors import ServiceUnavailable
from functions.api.telemetry import logger

_MOST_CHARACTERS: Final = 2_500


class WechatTexts:
    """One mini-program's access to the check. `scene` is where the texts are shown."""

    def __init__(self, api: WechatApi, scene: int) -> None:
        self._api = api
        self._scene = scene

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
            answer = self._api.post("/wxa/msg_sec_check", body)
        except Refused as refused:
            logger.error("msgSecCheck failed", extra={"reason": str(refused)})
            raise _unavailable() from refused
        result = answer.get("result")
        suggest = result.get("suggest") if isinstance(result, dict) else None
        if answer.get("errcode") != 0 or suggest not in ("pass", "risky", "review"):
            logger.error(
                "msgSecCheck failed", extra={"reason": f"errcode {answer.get('errcode')!r:.20}"}
            )
            raise _unavailable(is_absent=answer.get("errcode") in ABSENT)
        return bool(suggest == "pass")


def _unavailable(*, is_absent: bool = False) -> ServiceUnavailable:
    return ServiceUnavailable(
        "WeChat checks the texts of people alone who have the mini-program open; open it again."
        if is_absent
        else "WeChat's check of texts does not answer; try again in a moment.",
        code="moderation_unavailable",
    )
