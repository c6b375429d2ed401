"""Object-created events: check what arrived, settle its file record, wake the tasks waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from dh_core import metrics
from dh_core.errors import ContentRejected, TransitionRefused
from dh_core.file_checks import HEAD_BYTES, check
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.media_store import UPLOADS, ObjectMissing
from dh_core.spec_base import InputFile
from dh_core.store import FileRecord, FileStatus
from functions.dispatch.deps import Dependencies
from functions.dispatch.moderation import Verdict
from functions.dispatch.telemetry import fingerprint

logger = Logger(child=True)

_DAY_SECONDS = 86_400


def uploaded_keys(notification: dict[str, Any]) -> Iterator[str]:
    """Keys named by an S3 notification; S3's own test event names none."""
    for record in notification.get("Records", ()):
        # S3 percent-encodes keys in events, with + for a space.
        yield unquote_plus(record["s3"]["object"]["key"])


def handle_upload(deps: Dependencies, key: str) -> None:
    """Settle one uploaded object. Safe to repeat: a settled file only wakes its waiters again."""
    file = _file_of(deps, key)
    if file is None:
        # The file was deleted while it was being uploaded: what is deleted must not come back.
        logger.warning("object without a file record; deleted", extra=_about(key))
        if key.startswith(UPLOADS):
            deps.media.delete(key)
        return
    if file.status is FileStatus.PENDING:
        file = _settle(deps, file)
    if file is not None:
        wake_tasks(deps, file)


def settle_upload(deps: Dependencies, key: str, *, allowed: bool) -> None:
    """The late answer of a moderator that said WAIT. Safe to repeat."""
    file = _file_of(deps, key)
    if file is None:
        logger.warning("verdict on an unknown object", extra=_about(key))
        return
    settled: FileRecord | None = file
    if file.status is FileStatus.PENDING:
        try:
            size = deps.media.size(key)
        except ObjectMissing:
            logger.info("object was deleted before its verdict", extra=_about(key))
            return
        if allowed:
            settled = _accept(deps, file, size)
        else:
            message = ContentRejected.default_message
            settled = _reject(deps, file, ContentRejected.code, message)
    if settled is not None:
        wake_tasks(deps, settled)


def _file_of(deps: Dependencies, key: str) -> FileRecord | None:
    parts = key.removeprefix(UPLOADS).split("/")
    if not key.startswith(UPLOADS) or len(parts) != 3:
        return None
    owner, file_type, filename = parts
    return deps.files.get(owner, file_type, filename)


def _settle(deps: Dependencies, file: FileRecord) -> FileRecord | None:
    try:
        size = deps.media.size(file.key)
        head = deps.media.head_bytes(file.key, HEAD_BYTES) if size else b""
    except ObjectMissing:
        logger.info("object was deleted before it was checked", extra=_about(file.key))
        return None
    problem = check(file.file_type, size, head)
    if problem is not None:
        return _reject(deps, file, problem.code, problem.message)
    verdict = deps.moderator.judge(file)
    if verdict is Verdict.REJECTED:
        return _reject(deps, file, ContentRejected.code, ContentRejected.default_message)
    if verdict is Verdict.WAIT:
        return None
    return _accept(deps, file, size)


def _accept(deps: Dependencies, file: FileRecord, size: int) -> FileRecord | None:
    keep_until = int(deps.clock()) + deps.settings.retention_days * _DAY_SECONDS
    deps.files.mark_ready(file, size=size, expires_at=keep_until)
    return deps.files.get(file.owner, file.file_type, file.filename)


def _reject(deps: Dependencies, file: FileRecord, code: str, message: str) -> FileRecord | None:
    deps.files.mark_rejected(file, code=code, message=message)
    deps.media.delete(file.key)
    deps.metrics.write({metrics.UPLOADS_REJECTED: 1}, error_code=code)
    logger.info("upload rejected", extra=_about(file.key) | {"error_code": code})
    return deps.files.get(file.owner, file.file_type, file.filename)


def wake_tasks(deps: Dependencies, file: FileRecord) -> None:
    """Queue (or fail) every task that waited for this file."""
    for task_id in deps.files.waiting_tasks(file):
        settle_input(deps, task_id, file)
        # Last, so that a crash before it makes the redelivered event do the rest.
        deps.files.drop_waiter(file, task_id)


def settle_input(deps: Dependencies, task_id: str, file: FileRecord) -> None:
    """Tell one task that one of its inputs is ready or rejected."""
    if file.status is FileStatus.REJECTED:
        try:
            deps.tasks.fail(
                task_id,
                code=file.error_code or "input_rejected",
                message=f"{file.filename}: {file.error_message}",
            )
        except TransitionRefused:
            logger.info("task ended before its input was rejected", extra={"task_id": task_id})
        return
    arrived = InputFile(file_type=file.file_type, filename=file.filename)
    if deps.tasks.input_arrived(task_id, arrived, QUEUE_LEASE_SECONDS):
        deps.queue.announce(task_id)


def _about(key: str) -> dict[str, str]:
    return {"object": fingerprint(key)}
