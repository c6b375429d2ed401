"""Object-created events: judge what arrived, settle its file record, tell the tasks concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from dh_core.cloud import metrics
from dh_core.cloud.media_store import UPLOADS, ObjectChanged, ObjectMissing, StoredObject
from dh_core.errors import TransitionRefused
from dh_core.files.checks import HEAD_BYTES, check, content_type
from dh_core.limits import QUEUE_LEASE_SECONDS
from dh_core.specs.base import InputFile
from dh_core.store import FileRecord, FileStatus
from functions.dispatch.deps import Dependencies
from functions.dispatch.moderation import REFUSALS, Verdict
from functions.dispatch.telemetry import fingerprint

logger = Logger(child=True)

_LOOKS: Final = 5
_DAY_SECONDS = 86_400


class UploadsKeepChanging(Exception):
    """Whenever it was looked at, another object lay there; the message comes again."""


class _Outrun(Exception):
    """The record changed between reading it and writing the verdict."""


def uploaded_keys(notification: dict[str, Any]) -> Iterator[str]:
    """Keys named by an S3 notification; S3's own test event names none."""
    for record in notification.get("Records", ()):
        # S3 percent-encodes keys in events, with + for a space.
        yield unquote_plus(record["s3"]["object"]["key"])


def handle_upload(deps: Dependencies, key: str) -> None:
    """Judge what lies under a key. Safe to repeat: what was judged only wakes its waiters again."""
    _decide(deps, key, partial(_judge, deps))


def settle_upload(deps: Dependencies, key: str, *, etag: str, verdict: Verdict) -> None:
    """The late answer of a moderator that said WAIT, about the object of this ETag.

    Safe to repeat. It says nothing about an object that has come in its place since.
    """

    def decide(file: FileRecord, arrived: StoredObject) -> FileRecord:
        if arrived.etag == file.etag:
            return file
        if arrived.etag != etag:
            logger.info("verdict on an object that was replaced", extra=_about(key))
            return file
        head = deps.media.head_bytes(key, HEAD_BYTES, etag=etag)
        return _settle(deps, file, arrived, head, verdict)

    _decide(deps, key, decide)


def reject_upload(deps: Dependencies, key: str, *, etag: str) -> None:
    """A moderator objects to the object of this ETag, ready or not. Safe to repeat."""

    def decide(file: FileRecord, arrived: StoredObject) -> FileRecord:
        if arrived.etag != etag or file.status is FileStatus.REJECTED:
            return file
        refusal = REFUSALS[Verdict.REJECTED]
        return _reject(deps, file, arrived, refusal.code, refusal.default_message)

    _decide(deps, key, decide)


def note_allowed(deps: Dependencies, key: str, *, etag: str) -> None:
    """A moderator has nothing against the object of this ETag."""
    file = _file_of(deps, key)
    if file is not None:
        deps.files.note_allowed(file, etag)


def _decide(
    deps: Dependencies, key: str, judge: Callable[[FileRecord, StoredObject], FileRecord]
) -> None:
    for _ in range(_LOOKS):
        file = _file_of(deps, key)
        if file is None:
            # The file was deleted while it was uploaded: what is deleted must not come back.
            logger.warning("object without a file record; deleted", extra=_about(key))
            if key.startswith(UPLOADS):
                deps.media.erase(key)
            return
        try:
            arrived = deps.media.look(key)
            settled = judge(file, arrived)
            if settled.status is FileStatus.REJECTED and settled.etag == arrived.etag:
                deps.media.delete(key, etag=arrived.etag)
        except ObjectMissing:
            logger.info("object was deleted before it was judged", extra=_about(key))
            settled = file
        except (ObjectChanged, _Outrun):
            # Another object took its place, or another message was quicker: look again.
            continue
        if settled.status is not FileStatus.PENDING:
            tell_tasks(deps, settled)
        return
    raise UploadsKeepChanging


def _file_of(deps: Dependencies, key: str) -> FileRecord | None:
    parts = key.removeprefix(UPLOADS).split("/")
    if not key.startswith(UPLOADS) or len(parts) != 3:
        return None
    owner, file_type, filename = parts
    return deps.files.get(owner, file_type, filename)


def _judge(deps: Dependencies, file: FileRecord, arrived: StoredObject) -> FileRecord:
    """The file as it stands after the judgement. Raises ObjectMissing, ObjectChanged, _Outrun."""
    if arrived.etag == file.etag:
        return file
    head = deps.media.head_bytes(file.key, HEAD_BYTES, etag=arrived.etag) if arrived.size else b""
    problem = check(file.file_type, arrived.size, head)
    if problem is not None:
        return _reject(deps, file, arrived, problem.code, problem.message)
    return _settle(deps, file, arrived, head, deps.moderator.judge(file, arrived))


def _settle(
    deps: Dependencies, file: FileRecord, arrived: StoredObject, head: bytes, verdict: Verdict
) -> FileRecord:
    if verdict is Verdict.WAIT:
        return file
    if refusal := REFUSALS.get(verdict):
        return _reject(deps, file, arrived, refusal.code, refusal.default_message)
    keep_until = int(deps.clock()) + deps.settings.retention_days * _DAY_SECONDS
    done = deps.files.mark_ready(
        file,
        size=arrived.size,
        expires_at=keep_until,
        etag=arrived.etag,
        mime_type=content_type(file.file_type, head),
    )
    return _after(deps, file, done=done)


def _reject(
    deps: Dependencies, file: FileRecord, arrived: StoredObject, code: str, message: str
) -> FileRecord:
    done = deps.files.mark_rejected(file, code=code, message=message, etag=arrived.etag)
    settled = _after(deps, file, done=done)
    deps.metrics.write({metrics.UPLOADS_REJECTED: 1}, error_code=code)
    logger.info("upload rejected", extra=_about(file.key) | {"error_code": code})
    return settled


def _after(deps: Dependencies, file: FileRecord, *, done: bool) -> FileRecord:
    """The record after a verdict. Raises _Outrun when it had changed before."""
    settled = deps.files.get(file.owner, file.file_type, file.filename) if done else None
    if settled is None:
        raise _Outrun
    return settled


def tell_tasks(deps: Dependencies, file: FileRecord) -> None:
    """Queue the tasks that waited for a file which is ready; fail all that need a rejected one."""
    concerned = (
        deps.files.tasks_using if file.status is FileStatus.REJECTED else deps.files.waiting_tasks
    )
    for task_id in concerned(file):
        settle_input(deps, task_id, file)
    for task_id in deps.files.waiting_tasks(file):
        # Last, so that a crash before it makes the redelivered event do the rest.
        deps.files.drop_waiter(file, task_id)


def settle_input(deps: Dependencies, task_id: str, file: FileRecord) -> None:
    """Tell one task that one of its inputs is ready or rejected."""
    if file.status is FileStatus.REJECTED:
        try:
            failed = deps.tasks.fail(
                task_id,
                code=file.error_code or "input_rejected",
                message=f"{file.filename}: {file.error_message}",
            )
        except TransitionRefused:
            logger.info("task ended before its input was rejected", extra={"task_id": task_id})
        else:
            if failed.attempt:
                # It may have made something, which nobody else takes away.
                deps.queue.enqueue(task_id)
        return
    arrived = InputFile(file_type=file.file_type, filename=file.filename)
    if deps.tasks.input_arrived(task_id, arrived, QUEUE_LEASE_SECONDS):
        deps.queue.enqueue(task_id)


def _about(key: str) -> dict[str, str]:
    return {"object": fingerprint(key)}
