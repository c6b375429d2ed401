"""Creating a task: check what it names, record it once, announce it."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from dh_core.errors import InvalidRequest, MethodConflict, NotFound
from dh_core.limits import QUEUE_LEASE_SECONDS, UPLOAD_GRACE_SECONDS
from dh_core.specs import (
    ComposeSpec,
    InputFile,
    SpokenSpec,
    TaskSpec,
    TemplateEditSpec,
    TemplateSpec,
)
from dh_core.store import Created, FileStatus, InputsChanged, NewTask
from dh_core.task_queue import AnnounceFailed
from dh_core.tasks import Phase, TaskType
from functions.api.auth import Caller
from functions.api.requests import TaskRequest
from functions.api.service import spoken_sources, templates, voices
from functions.api.service.context import Stores
from functions.api.telemetry import logger

_LOOKS: Final = 5
"""An input can change from missing to ready once, and a task has three inputs at most."""


def create(
    stores: Stores,
    caller: Caller,
    task_type: TaskType,
    request: TaskRequest,
    *,
    idempotency_key: str | None,
) -> Created:
    """Record the task, or find the one that the same request recorded before.

    Raises NotFound (an input, template or voice), InvalidRequest (a rejected input) and
    MethodConflict (the same uuid or key for another request, a voice that is not made yet).
    """
    spec = request.spec()
    asked = digest(caller.owner, task_type, spec, request)
    if isinstance(spec, ComposeSpec):
        template = templates.find(stores, caller, spec.template_id)
        spec = spoken_sources.resolve(stores, caller, spec, template)
    if isinstance(spec, TemplateEditSpec):
        templates.find(stores, caller, spec.template_id)
    if isinstance(spec, SpokenSpec | TemplateSpec | TemplateEditSpec) and spec.voice_id is not None:
        voices.find(stores, caller, spec.voice_id)
    created = _record(stores, caller, task_type, request, spec, asked, idempotency_key)
    if created.is_new and created.task.phase is Phase.QUEUED:
        announce(stores, created.task.task_id)
    return created


def announce(stores: Stores, task_id: str) -> None:
    """Tell the dispatcher. If that fails the task is not lost: the sweep tells it later."""
    try:
        stores.queue.announce(task_id)
    except AnnounceFailed:
        logger.exception("task not announced; the sweep will", extra={"task_id": task_id})


def digest(owner: str, task_type: TaskType, spec: TaskSpec, request: TaskRequest) -> str:
    """Tells requests apart: SHA-256 over everything that a request says."""
    document = {
        "owner": owner,
        "type": task_type,
        "spec": spec.model_dump(mode="json", exclude_none=True),
        "uuid": request.uuid,
        "user_id": request.user_id,
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _record(
    stores: Stores,
    caller: Caller,
    task_type: TaskType,
    request: TaskRequest,
    spec: TaskSpec,
    asked: str,
    idempotency_key: str | None,
) -> Created:
    for _ in range(_LOOKS):
        missing = _missing_inputs(stores, caller, spec)
        waiting_seconds = stores.settings.upload_expires_seconds + UPLOAD_GRACE_SECONDS
        try:
            return stores.tasks.create(
                NewTask(
                    owner=caller.owner,
                    type=task_type,
                    spec=spec,
                    digest=asked,
                    missing=missing,
                    lease_seconds=waiting_seconds if missing else QUEUE_LEASE_SECONDS,
                    retention_seconds=stores.retention_seconds,
                    uuid=request.uuid,
                    idempotency_key=idempotency_key,
                    user_id=request.user_id,
                )
            )
        except InputsChanged:
            continue
    raise MethodConflict("The input files keep changing; try again.", code="inputs_changed")


def _missing_inputs(stores: Stores, caller: Caller, spec: TaskSpec) -> tuple[InputFile, ...]:
    """The inputs announced but not arrived, each once. Raises NotFound, InvalidRequest."""
    missing: dict[InputFile, None] = {}
    for field, wanted in spec.inputs().items():
        file = stores.files.get(caller.owner, wanted.file_type, wanted.filename)
        if file is None:
            raise NotFound(
                f"{field}: there is no uploaded {wanted.file_type} named {wanted.filename}; "
                f"upload it to /api/upload/{wanted.file_type} first.",
                code="file_not_found",
            )
        if file.status is FileStatus.REJECTED:
            raise InvalidRequest(
                f"{field}: {wanted.filename} was rejected. {file.error_message}",
                code=file.error_code,
            )
        if file.status is FileStatus.PENDING:
            missing[wanted] = None
    return tuple(missing)
