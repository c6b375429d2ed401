"""What an owner used, and deleting everything of one: the API starts it, the dispatcher does it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from dh_core.access.identity import PUBLIC_OWNER
from dh_core.cloud.messages import AccountDeletionDue
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.errors import Conflict, InvalidRequest, NotFound
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.store import AccountDeletion
from dh_core.store.owners.accounts import DELETING
from dh_core.tasks.quota_windows import day_of
from dh_core.tasks.usage import Usage
from functions.api.auth.caller import Caller
from functions.api.schemas.owners.account import AccountDeletionResponse, DayUsage, UsageResponse
from functions.api.schemas.tasks.lifecycle import UsageAmounts
from functions.api.service.shared import quotas
from functions.api.service.shared.context import Stores
from functions.api.telemetry import logger

_USUAL_DAYS: Final = 30
_MOST_DAYS: Final = 366


def delete(stores: Stores, caller: Caller) -> AccountDeletionResponse:
    """Start the deletion, or push one that goes on. Raises Conflict without accounts."""
    if caller.owner == PUBLIC_OWNER:
        raise Conflict(
            "This server has no accounts (AUTH_MODE=none): everybody shares one. "
            "Delete files and tasks one by one.",
            code="account_shared",
        )
    deletion = stores.accounts.begin_deletion(caller.owner, lease_seconds=QUEUE_LEASE_SECONDS)
    try:
        stores.deletion_queue.send(AccountDeletionDue(owner=caller.owner))
    except EnqueueFailed:
        logger.exception("deletion not enqueued; the sweep will go on with it")
    return _answer(deletion)


def progress(stores: Stores, caller: Caller) -> AccountDeletionResponse:
    """The owner's deletion, while it goes on and a month after. Raises NotFound."""
    deletion = stores.accounts.deletion(caller.owner)
    if deletion is None:
        raise NotFound(
            "This account is not being deleted; POST /api/account/delete would start it.",
            code="deletion_not_found",
        )
    return _answer(deletion)


def refuse_while_deleting(stores: Stores, caller: Caller) -> None:
    """Raises Conflict. For what does not look at the account anyway."""
    deletion = stores.accounts.deletion(caller.owner)
    if deletion is not None and deletion.state == DELETING:
        raise being_deleted()


def being_deleted() -> Conflict:
    return Conflict(
        "This account is being deleted; nothing new can be made until that has ended "
        "(GET /api/account/deletion).",
        code="account_deleting",
    )


def _answer(deletion: AccountDeletion) -> AccountDeletionResponse:
    return AccountDeletionResponse(
        deletion_id=deletion.deletion_id,
        state=deletion.state,
        removed=deletion.removed,
        started_at=deletion.started_at,
        ended_at=deletion.ended_at,
    )


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
        quotas=quotas.standing(stores, caller),
    )
