"""Creating a task: check what it names, record it once, enqueue it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from dh_core.cloud import metrics
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.errors import Conflict, ContentRejected, Forbidden, InvalidRequest, RequestError
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.specs.base import TaskSpec
from dh_core.store import Created, FileRecord, InputsChanged, NewTask, TooManyAtWork
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import TaskRequest
from functions.api.service.library import templates, voices
from functions.api.service.owners import account
from functions.api.service.shared import callbacks, moderation, quotas
from functions.api.service.shared.context import Stores
from functions.api.service.shared.spoken_sources import OwnSources
from functions.api.service.tasks import inputs
from functions.api.telemetry import logger

_LOOKS: Final = 8
"""An input can change from missing to ready once, and a task has six inputs at most."""
_REJECTIONS: Final = frozenset(
    {ContentRejected.code, "consent_required", "unlabelled_not_allowed"}
    | {"too_many_tasks", "daily_quota_reached"}
)
"""Refusals of what is well formed: by moderation and by quotas."""


def create(
    stores: Stores,
    caller: Caller,
    request: TaskRequest,
    *,
    idempotency_key: str | None,
) -> Created:
    """Record the task and log it, or find the one that the same request recorded before.

    Raises NotFound (an input, template or voice), InvalidRequest (a rejected input, too many
    readings),
    Conflict (the same uuid or key for another request, a voice that is not made yet) and
    TooManyRequests (a quota).
    """
    try:
        created = _create(stores, caller, request, idempotency_key)
    except RequestError as error:
        if error.error_code in _REJECTIONS:
            stores.metrics.write({metrics.TASKS_REJECTED: 1}, error_code=error.error_code)
        raise
    if created.is_new:
        told = {"task_id": created.task.task_id, "task_type": created.task.type}
        logger.info("task created", extra=told)
    return created


def _create(
    stores: Stores, caller: Caller, request: TaskRequest, idempotency_key: str | None
) -> Created:
    spec = request.spec()
    asked = digest(caller.owner, spec, request)
    prepared = stores.tasks.prepare(
        caller.owner, spec.lane, uuid=request.uuid, key=idempotency_key, digest=asked
    )
    if prepared.existing is not None:
        return Created(prepared.existing, is_new=False)
    if prepared.account_deleting:
        raise account.being_deleted()
    quotas.refuse_when_used_up(stores, caller, spec)
    _check_content(stores, caller, spec)
    template_id, voice_id = spec.named("template"), spec.named("voice")
    template = templates.find(stores, caller, template_id) if template_id is not None else None
    spec = spec.resolved(OwnSources(stores, caller, template))
    if voice_id is not None:
        voices.find(stores, caller, voice_id)
    callback = callbacks.callback_of(stores, caller, request)
    created = _record(
        stores,
        caller,
        request,
        spec,
        asked,
        idempotency_key,
        prepared.sequence_number,
        callback,
    )
    if created.is_new and created.task.phase is Phase.QUEUED:
        enqueue(stores, created.task.task_id)
    return created


def _check_content(stores: Stores, caller: Caller, spec: TaskSpec) -> None:
    """Consent where a person is shown or heard, a label or the right to none, allowed texts."""
    if stores.settings.require_consent and spec.needs_consent and spec.consent is None:
        raise InvalidRequest.of_field(
            "consent",
            "consent is missing: say who agreed to this, to what, and when "
            "{subject, statement, given_at}.",
            code="consent_required",
        )
    if spec.agreement is not None and not stores.settings.allow_unlabelled:
        raise Forbidden.of_field(
            "unlabelled",
            "unlabelled: this server labels every result; leave it out.",
            code="unlabelled_not_allowed",
        )
    moderation.check(stores.moderator, spec.texts())
    moderation.check_by_wechat(stores.authenticator, caller.owner, spec.texts())


def enqueue(stores: Stores, task_id: str) -> None:
    """Tell the dispatcher. If that fails the task is not lost: the sweep tells it later."""
    try:
        stores.queue.enqueue(task_id)
    except EnqueueFailed:
        logger.exception("task not enqueued; the sweep will do it", extra={"task_id": task_id})


def digest(owner: str, spec: TaskSpec, request: TaskRequest) -> str:
    """Tells requests apart: SHA-256 over everything that a request says."""
    document: dict[str, Any] = {
        "owner": owner,
        "type": spec.type,
        "spec": spec.model_dump(mode="json", exclude_none=True),
        "uuid": request.uuid,
        "user_id": request.user_id,
        "callback_url": request.callback_url,
    }
    if request.callback_events:
        document["callback_events"] = sorted(set(request.callback_events))
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _record(
    stores: Stores,
    caller: Caller,
    request: TaskRequest,
    spec: TaskSpec,
    asked: str,
    idempotency_key: str | None,
    sequence_number: int,
    callback: callbacks.Callback,
) -> Created:
    most_at_work = stores.settings.concurrent_tasks or None
    past = stores.past_runs.get(spec.type)
    begun: list[FileRecord] = []
    try:
        for _ in range(_LOOKS):
            found = inputs.find(stores, caller, spec)
            spec, begun = found.spec, [*begun, *found.begun]
            lapses = max(found.missing.values(), default=0) - int(stores.clock())
            try:
                created = stores.tasks.create(
                    NewTask(
                        owner=caller.owner,
                        spec=spec,
                        digest=asked,
                        missing=tuple(found.missing),
                        lease_seconds=max(lapses, QUEUE_LEASE_SECONDS),
                        retention_seconds=stores.retention_seconds,
                        log_seconds=stores.log_seconds,
                        uuid=request.uuid,
                        idempotency_key=idempotency_key,
                        user_id=request.user_id,
                        callback_url=callback.url,
                        callback_events=callback.events,
                        sequence_number=sequence_number,
                        most_at_work=most_at_work,
                        is_moderated=moderation.judges_media(stores.authenticator, caller.owner),
                        expected=past.expectation(spec.characters()) if past else None,
                    )
                )
            except TooManyAtWork as refused:
                raise quotas.too_many_tasks(stores.settings.concurrent_tasks) from refused
            except InputsChanged:
                continue
            if created.is_new:
                begun = []
            return created
        raise Conflict("The input files keep changing; try again.", code="inputs_changed")
    finally:
        # No task came into being: nothing that was fetched for it is left behind.
        for file in begun:
            stores.files.delete(file)
