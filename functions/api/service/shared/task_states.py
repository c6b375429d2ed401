"""How a task looks to a client that waits for it."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Final

from dh_core.cloud.media_store import PLAYLIST, PLAYLIST_TYPE, preview_key
from dh_core.limits import PREVIEW_SECONDS
from dh_core.specs.consent import Consent
from dh_core.store import TaskRecord
from dh_core.store.tasks.results import shape_result
from dh_core.tasks import polling
from dh_core.tasks.states import ENQUEUED, Phase
from functions.api.schemas.tasks.lifecycle import TaskState, UsageAmounts
from functions.api.service.shared.context import Stores

_OF_THE_MOMENT: Final = frozenset({"eta_seconds", "next_poll_ms", "updated_at"})
"""What changes while the client has to learn nothing new."""

_MODERATION: Final = "moderation"
"""The stage of a task whose result is made and judged."""


def state_of(stores: Stores, task: TaskRecord) -> TaskState:
    """A task's state, with what the queue and past runs let expect."""
    eta = _eta(stores, task)
    return TaskState(
        task_id=task.task_id,
        status=task.status,
        progress=task.progress,
        result=shape_result(task),
        error_message=task.error_message,
        created_at=task.created_at,
        updated_at=task.updated_at,
        task_type=task.type,
        uuid=task.uuid,
        stage=_stage(task),
        preview_url=_preview_url(stores, task),
        error_code=task.error_code,
        next_poll_ms=None if task.phase.is_terminal else polling.next_poll_ms(eta),
        eta_seconds=None if eta is None else math.ceil(eta),
        queue_position=polling.queue_position(
            task.sequence_number, stores.counters.dequeued(task.lane)
        )
        if task.phase in ENQUEUED
        else None,
        usage=UsageAmounts.of(task.usage),
        consent=_consent(stores, task),
    )


def _stage(task: TaskRecord) -> str | None:
    if task.phase is Phase.MODERATING:
        return _MODERATION
    return task.stage if task.phase is Phase.RUNNING else None


def _consent(stores: Stores, task: TaskRecord) -> Consent | None:
    """The log alone holds it, which a task without a person has no entry in."""
    kept = task.consent
    if task.is_logged:
        entry = stores.log.get(task.owner, task.task_id)
        kept = entry.consent if entry else None
    return Consent.model_validate_json(kept) if kept else None


def etag_of(state: TaskState) -> str:
    """A weak validator: it changes when there is something to show, not with every heartbeat."""
    shown = state.model_dump(mode="json", exclude=set(_OF_THE_MOMENT))
    # Signed anew for every answer.
    shown["preview_url"] = state.preview_url is not None
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
    return f'W/"{digest[:24]}"'


def _preview_url(stores: Stores, task: TaskRecord) -> str | None:
    if task.preview is None or task.phase is not Phase.RUNNING:
        return None
    return stores.media.presign_get(
        preview_key(task.task_id, task.preview, PLAYLIST),
        content_type=PLAYLIST_TYPE,
        filename=PLAYLIST,
        expires_seconds=PREVIEW_SECONDS,
    )


def _eta(stores: Stores, task: TaskRecord) -> float | None:
    now = stores.clock()
    if task.expected is None:
        return None
    if task.phase is Phase.RUNNING:
        elapsed = max(now - (task.started_at or now), 0.0)
        return polling.eta_running(task.expected, elapsed=elapsed, progress=task.progress)
    if task.phase in ENQUEUED:
        return polling.eta_pending(task.expected, waited=now - task.queued_at)
    # How long the client takes to upload is not ours to guess.
    return None
