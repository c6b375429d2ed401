"""Files that their owner named by address, or that are an earlier task's: made uploads of theirs.

What arrives in the bucket is judged like any upload (`objects`), and wakes the tasks that wait.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

from dh_core.access.address_client import Body, FetchFailed
from dh_core.cloud import metrics
from dh_core.cloud.media_store import GENERATED, ObjectMissing
from dh_core.cloud.messages import FileFetchDue
from dh_core.errors import InputMissing
from dh_core.files import checks
from dh_core.limits import MAX_FILE_BYTES, FileType
from dh_core.store import FileRecord, FileStatus
from functions.dispatch.deps import Dependencies
from functions.dispatch.files.objects import tell_tasks
from functions.dispatch.telemetry import fingerprint

logger = Logger(child=True)


def handle_fetch(deps: Dependencies, due: FileFetchDue) -> None:
    """Fetch a file that is still wanted. Safe to repeat."""
    file = deps.files.get(due.owner, due.file_type, due.filename)
    if file is None:
        return
    if file.status is FileStatus.REJECTED:
        # Whoever rejected it may have died before saying so.
        tell_tasks(deps, file)
    if file.source is None or file.status is not FileStatus.PENDING:
        return
    try:
        _bring(deps, file, file.source)
    except FetchFailed as failed:
        _reject(deps, file, failed)


def _bring(deps: Dependencies, file: FileRecord, source: str) -> None:
    """Raises FetchFailed."""
    if source.startswith(GENERATED):
        try:
            deps.media.copy(source, file.key, content_type=file.mime_type)
        except ObjectMissing as error:
            raise FetchFailed(InputMissing.code, "The earlier result has expired.") from error
        return
    with deps.address_client.opened(source) as body:
        head = body.peek(checks.HEAD_BYTES)
        size = len(head) if body.length is None else body.length
        _refuse(checks.check(file.file_type, size, head))
        bounded = _Bounded(body, file.file_type)
        deps.media.put_stream(file.key, bounded, content_type=file.mime_type)


class _Bounded:
    """A body of as many bytes as a file of its kind may have. Raises FetchFailed for another."""

    def __init__(self, body: Body, file_type: FileType) -> None:
        self._body = body
        self._file_type = file_type
        self._left = MAX_FILE_BYTES[file_type]

    def read(self, count: int = -1, /) -> bytes:
        data = self._body.read(self._left + 1 if count < 0 else count)
        self._left -= len(data)
        if self._left < 0:
            _refuse(checks.too_large(self._file_type))
        return data


def _refuse(problem: checks.FileProblem | None) -> None:
    if problem is not None:
        raise FetchFailed(problem.code, problem.message)


def _reject(deps: Dependencies, file: FileRecord, failed: FetchFailed) -> None:
    if not deps.files.mark_rejected(file, code=failed.code, message=failed.message):
        return
    deps.metrics.write({metrics.UPLOADS_REJECTED: 1}, error_code=failed.code)
    logger.info("fetch failed", extra={"object": fingerprint(file.key), "error_code": failed.code})
    settled = deps.files.get(file.owner, file.file_type, file.filename)
    if settled is not None:
        tell_tasks(deps, settled)
