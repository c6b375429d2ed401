"""What WeChat pushes to us: its judgements of media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from dh_core.cloud.messages import MediaJudged
from dh_core.errors import Forbidden
from functions.api.service.shared.context import Stores
from functions.api.telemetry import logger

if TYPE_CHECKING:
    from functions.api.auth.wechat_messages import WechatMessages

_Judgement = Literal["allowed", "rejected", "unanswered"]
_JUDGEMENTS: Final[dict[str, _Judgement]] = {
    "pass": "allowed",
    "risky": "rejected",
    "review": "rejected",
}
_DELAY_SECONDS: Final = 5
"""A judgement may be quicker than the note of what it is about."""


def check_address(stores: Stores, *, timestamp: str, nonce: str, signature: str) -> None:
    """Raises Forbidden (`wechat_message_refused`) unless it is WeChat who asks."""
    # Only WeChat's messages need what opens them.
    from functions.api.auth.wechat_messages import Forged, Signed  # noqa: PLC0415 - see above

    signed = Signed(timestamp, nonce, signature)
    try:
        _messages(stores).check_address(signed, stores.clock())
    except Forged as forged:
        raise _refused(str(forged)) from forged


def receive(stores: Stores, body: bytes, *, timestamp: str, nonce: str, signature: str) -> None:
    """Hand a judgement on to whom it concerns; other events are none of ours.

    Raises Forbidden (`wechat_message_refused`), and EnqueueFailed: then WeChat sends it again.
    """
    from functions.api.auth.wechat_messages import Forged, Signed  # noqa: PLC0415 - see above

    signed = Signed(timestamp, nonce, signature)
    try:
        event = _messages(stores).opened(signed, body, stores.clock())
    except Forged as forged:
        raise _refused(str(forged)) from forged
    trace_id = event.get("trace_id")
    if event.get("Event") != "wxa_media_check" or not isinstance(trace_id, str) or not trace_id:
        return
    judged = MediaJudged(trace_id=trace_id, verdict=_judgement(event))
    stores.queue.send(judged, delay_seconds=_DELAY_SECONDS)


def _judgement(event: dict[str, Any]) -> _Judgement:
    """`unanswered` where WeChat could not judge: it did not get the file, or cannot read it."""
    result = event.get("result")
    suggest = result.get("suggest") if isinstance(result, dict) else None
    if event.get("errcode") == 0 and isinstance(suggest, str) and suggest in _JUDGEMENTS:
        return _JUDGEMENTS[suggest]
    logger.error("WeChat judged nothing", extra={"errcode": f"{event.get('errcode')!r:.20}"})
    return "unanswered"


def _messages(stores: Stores) -> WechatMessages:
    authenticator = stores.authenticator
    messages = authenticator.wechat_messages() if authenticator is not None else None
    if messages is None:
        raise _refused("no messages are expected")
    return messages


def _refused(reason: str) -> Forbidden:
    logger.warning("message refused", extra={"reason": reason})
    return Forbidden(
        "Only messages that WeChat has just signed are taken here.", code="wechat_message_refused"
    )
