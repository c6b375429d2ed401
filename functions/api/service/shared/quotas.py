"""What an owner may use at most. Each limit is a setting, and off at 0."""

from __future__ import annotations

from typing import Final

from dh_core.errors import TooManyRequests
from dh_core.specs.base import TaskSpec
from dh_core.tasks.quota_windows import DAY, window_at
from functions.api.auth.caller import Caller
from functions.api.service.shared.context import Stores

_LOOK_AGAIN_SECONDS: Final = 10
"""When one of several tasks will end is not known; few end sooner."""


def take_request(stores: Stores, caller: Caller) -> None:
    """Count a request. Raises TooManyRequests (`rate_limited`)."""
    most = stores.settings.requests_per_minute
    full = stores.quotas.take_request(caller.owner, most) if most else None
    if full is not None:
        raise TooManyRequests(
            f"More than {most} requests in a minute; go on after the Retry-After seconds.",
            code="rate_limited",
            retry_after=full.retry_after(stores.clock()),
        )


def refuse_when_used_up(stores: Stores, caller: Caller, spec: TaskSpec) -> None:
    """Raises TooManyRequests (`daily_quota_reached`) when today's videos have come to the limit.

    Charged is what is finished: tasks at work at that moment may go beyond it.
    """
    most = stores.settings.daily_video_seconds
    if not most or not spec.makes_video:
        return
    if stores.usage.today(caller.owner).video_ms < most * 1000:
        return
    now = stores.clock()
    raise TooManyRequests(
        f"Today's {most} seconds of video are used up; go on after midnight UTC.",
        code="daily_quota_reached",
        retry_after=window_at(now, DAY).retry_after(now),
    )


def too_many_tasks(most: int) -> TooManyRequests:
    return TooManyRequests(
        f"{most} tasks are waiting or running already; wait for one to end, or cancel one.",
        code="too_many_tasks",
        retry_after=_LOOK_AGAIN_SECONDS,
    )
