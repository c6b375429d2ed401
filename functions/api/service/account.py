"""Deleting everything of one owner. The API only starts it; the dispatcher does the work."""

from __future__ import annotations

from dh_core.cloud.task_queue import AnnounceFailed
from dh_core.errors import Conflict, NotFound
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.store import AccountDeletion
from dh_core.store.owners.accounts import DELETING
from functions.api.auth.dependencies import PUBLIC_OWNER, Caller
from functions.api.schemas.account import AccountDeletionResponse
from functions.api.service.context import Stores
from functions.api.telemetry import logger


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
        stores.queue.enqueue_deletion(caller.owner)
    except AnnounceFailed:
        logger.exception("deletion not announced; the sweep will go on with it")
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
