"""What an owner's tasks have used, day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from dh_core.errors import InvalidRequest
from dh_core.tasks.quota_windows import day_of
from dh_core.tasks.usage import Usage
from functions.api.auth.dependencies import Caller
from functions.api.schemas.account import DayUsage, UsageResponse
from functions.api.schemas.tasks import UsageAmounts
from functions.api.service.context import Stores

_USUAL_DAYS: Final = 30
_MOST_DAYS: Final = 366


def usage(stores: Stores, caller: Caller, first: date | None, last: date | None) -> UsageResponse:
    """Of the days from `first` to `last`, both included; without them the last thirty.

    Raises InvalidRequest for a span that is turned round or longer than a year.
    """
    until = last or day_of(stores.clock())
    since = first or until - min(timedelta(_USUAL_DAYS - 1), until - date.min)
    if not 0 <= (until - since).days < _MOST_DAYS:
        raise InvalidRequest(
            f"from must not come after to, nor more than {_MOST_DAYS} days before it.",
            code="invalid_period",
        )
    days = stores.usage.days(caller.owner, since, until)
    return UsageResponse(
        days=[
            DayUsage(date=day.isoformat(), **UsageAmounts.of(used).model_dump())
            for day, used in days.items()
        ],
        total=UsageAmounts.of(sum(days.values(), Usage())),
    )
