"""Where results and uploads can be fetched: short-lived signed URLs of the bucket."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Final, Literal

from dh_core.clock import iso
from dh_core.cloud.media_store import ObjectMissing, StoredObject
from dh_core.errors import FileNotReady, NotFound
from dh_core.limits import FileType
from dh_core.specs.built_in_voices import BuiltInVoice
from dh_core.store import FileRecord, FileStatus, TaskRecord
from functions.api.auth.caller import Caller
from functions.api.schemas.files.downloads import DownloadResponse
from functions.api.schemas.requests import UUID
from functions.api.service.library import templates, voices
from functions.api.service.shared import voice_samples
from functions.api.service.shared.context import Stores

TemplateFile = Literal["video", "poster"]

_LOOKS: Final = 10
_LOOK_AGAIN_SECONDS: Final = 0.15
"""The event of an upload takes some tenths of a second to be handled."""


def uploaded(
    stores: Stores, caller: Caller, file_type: FileType, filename: str, *, head: bool = False
) -> DownloadResponse:
    """An upload that has been judged; one that has just arrived is waited for.

    Raises NotFound, and FileNotReady when the judgement takes longer.
    """
    for look in range(_LOOKS):
        if look:
            time.sleep(_LOOK_AGAIN_SECONDS)
        file, lying = _arrived(stores, caller, file_type, filename)
        # Sent once more under the same signed request, it is another file until that is judged.
        if file.status is FileStatus.READY and file.etag in (None, lying.etag):
            return _signed(
                stores,
                file.key,
                content_type=file.mime_type,
                filename=file.filename,
                head=head,
            )
    raise FileNotReady


def _arrived(
    stores: Stores, caller: Caller, file_type: FileType, filename: str
) -> tuple[FileRecord, StoredObject]:
    """Raises NotFound, also for a file whose bytes have not arrived."""
    file = stores.files.get(caller.owner, file_type, filename)
    if file is not None and file.status is not FileStatus.REJECTED:
        with suppress(ObjectMissing):
            return file, stores.media.look(file.key)
    raise NotFound(
        f"There is no uploaded {file_type} by this name; see /api/files/list.",
        code="file_not_found",
    )


def generated(
    stores: Stores, caller: Caller, kind: str, uuid: str, *, head: bool = False
) -> DownloadResponse:
    """The `kind` (video, audio, …) that the task with this uuid made. Raises NotFound."""
    task = stores.tasks.find_by_uuid(caller.owner, uuid) if UUID.fullmatch(uuid) else None
    if task is None:
        raise NotFound(
            "There is no task by this uuid; use the one you gave it, or its task_id.",
            code="task_not_found",
        )
    if task.result is None:
        raise _no_result(task)
    file = task.result["files"].get(kind)
    if file is None:
        made = ", ".join(sorted(task.result["files"]))
        raise NotFound(f"This task made no {kind} file, only: {made}.", code="file_not_found")
    return _signed(
        stores,
        file["key"],
        content_type=file["content_type"],
        filename=file["filename"],
        head=head,
    )


def template(
    stores: Stores, caller: Caller, template_id: str, file: TemplateFile, *, head: bool = False
) -> DownloadResponse:
    """The preview or the poster of a template. Raises NotFound."""
    found = templates.find(stores, caller, template_id)
    key = found.preview_key if file == "video" else found.poster_key
    suffix = PurePosixPath(key).suffix
    content_type = "video/mp4" if file == "video" else "image/png"
    return _signed(
        stores, key, content_type=content_type, filename=f"{template_id}{suffix}", head=head
    )


def voice(stores: Stores, caller: Caller, voice_id: str, *, head: bool = False) -> DownloadResponse:
    """The spoken sample of a voice. Raises NotFound and, while it is made, Conflict."""
    found = voices.find(stores, caller, voice_id)
    if isinstance(found, BuiltInVoice):
        return _signed(
            stores,
            voice_samples.published(stores.media, found),
            content_type=voice_samples.CONTENT_TYPE,
            filename=f"{voice_id}.mp3",
            head=head,
        )
    suffix = PurePosixPath(found.preview_key).suffix
    return _signed(
        stores,
        found.preview_key,
        content_type=found.preview_type,
        filename=f"{voice_id}{suffix}",
        head=head,
    )


def _no_result(task: TaskRecord) -> NotFound:
    if task.phase.is_terminal:
        return NotFound(f"The task is {task.status}: it made nothing.", code="result_missing")
    return NotFound(
        "The task has not finished; ask its status and download when it is completed.",
        code="result_not_ready",
    )


def _signed(
    stores: Stores, key: str, *, content_type: str, filename: str, head: bool
) -> DownloadResponse:
    """`head`: the address is asked by HEAD too."""
    expires_seconds = stores.settings.download_expires_seconds
    url = stores.media.presign_get(
        key,
        content_type=content_type,
        filename=filename,
        expires_seconds=expires_seconds,
        head=head,
    )
    return DownloadResponse(
        url=url,
        expires_at=iso(int(stores.clock()) + expires_seconds),
        content_type=content_type,
        filename=filename,
    )
