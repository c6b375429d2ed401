"""What an owner may use at most. Each limit is a setting, and off at 0."""

from __future__ import annotations

from typing import Final

from dh_core.clock import iso
from dh_core.errors import TooManyRequests
from dh_core.specs.base import TaskSpec
from dh_core.store import RequestCount
from dh_core.tasks.quota_windows import DAY, window_at
from functions.api.auth.caller import Caller
from functions.api.schemas.owners.account import Quota, Quotas
from functions.api.service.shared.context import Stores

_LOOK_AGAIN_SECONDS: Final = 10
"""When one of several tasks will end is not known; few end sooner."""


def take_request(stores: Stores, caller: Caller) -> RequestCount | None:
    """Count a request; None where none are counted. See `refuse_too_many`."""
    most = stores.settings.requests_per_minute
    return stores.quotas.take_request(caller.owner, most) if most else None


def refuse_too_many(stores: Stores, count: RequestCount) -> None:
    """Raises TooManyRequests (`rate_limited`) for a request that was not counted any more."""
    if count.refused:
        raise TooManyRequests(
            f"More than {count.most} requests in a minute; go on after the Retry-After seconds.",
            code="rate_limited",
            retry_after=count.window.retry_after(stores.clock()),
        )


def rate_headers(stores: Stores, count: RequestCount) -> dict[str, str]:
    """draft-ietf-httpapi-ratelimit-headers: the policy, what is left of it and for how long."""
    left, until = count.left, count.window.retry_after(stores.clock())
    return {
        "RateLimit-Policy": f'"requests";q={count.most};w={count.window.length}',
        "RateLimit": f'"requests";r={left};t={until}',
    }


def standing(stores: Stores, caller: Caller) -> Quotas:
    """What is left of each quota; null where there is none."""
    settings, now = stores.settings, stores.clock()
    requests = tasks = video = None
    if most := settings.requests_per_minute:
        made, window = stores.quotas.requests(caller.owner)
        requests = Quota(limit=most, left=max(most - made, 0), resets_at=iso(window.end))
    if most := settings.concurrent_tasks:
        at_work = stores.quotas.at_work(caller.owner)
        tasks = Quota(limit=most, left=max(most - at_work, 0), resets_at=None)
    if most := settings.daily_video_seconds:
        used = stores.usage.today(caller.owner).video_ms / 1000
        day = window_at(now, DAY)
        video = Quota(limit=most, left=max(most - used, 0), resets_at=iso(day.end))
    return Quotas(requests_per_minute=requests, concurrent_tasks=tasks, daily_video_seconds=video)


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
