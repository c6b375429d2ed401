"""Receiving files: by a presigned POST to the bucket, or through the API itself when small."""

from __future__ import annotations

from typing import IO, Final

from dh_core.clock import iso
from dh_core.cloud.media_store import upload_key
from dh_core.errors import InvalidRequest, PayloadTooLarge, RequestError
from dh_core.files import checks as file_checks
from dh_core.files.formats import extension_for
from dh_core.limits import MAX_FILE_BYTES, MEBIBYTE, UPLOAD_GRACE_SECONDS, FileType
from dh_core.store import FileRecord, NewFile
from functions.api.auth.caller import Caller
from functions.api.schemas.files.stored import FileInfo
from functions.api.schemas.files.uploads import UploadedResponse, UploadTarget
from functions.api.service.shared.context import Stores
from functions.api.service.shared.filenames import stored_name, typed_extension, with_suffix

_LABELS: Final[dict[FileType, str]] = {
    "video": "视频",
    "audio": "音频",
    "image": "图片",
    "document": "文档",
}
_NAME_ATTEMPTS = 5


def presign(
    stores: Stores,
    caller: Caller,
    file_type: FileType,
    *,
    filename: str,
    file_size: int,
    mime_type: str | None,
    custom_name: str | None,
    user_id: str | None,
) -> UploadedResponse:
    """Register a file and allow one upload of it straight to the bucket."""
    expires_seconds = stores.settings.upload_expires_seconds
    expires_at = int(stores.clock()) + expires_seconds
    file = register_upload(
        stores,
        caller,
        file_type,
        filename=filename,
        file_size=file_size,
        mime_type=mime_type,
        custom_name=custom_name,
        user_id=user_id,
        lifetime_seconds=expires_seconds,
    )
    post = stores.media.presign_post(
        file.key,
        content_type=file.mime_type,
        max_bytes=MAX_FILE_BYTES[file_type],
        expires_seconds=expires_seconds,
    )
    return UploadedResponse(
        message=f"{_LABELS[file_type]}上传地址已生成",
        file_info=FileInfo.of(file),
        upload=UploadTarget(
            url=post.url, fields=post.fields, expires_at=iso(expires_at), max_bytes=post.max_bytes
        ),
    )


def register_upload(
    stores: Stores,
    caller: Caller,
    file_type: FileType,
    *,
    filename: str,
    file_size: int,
    mime_type: str | None,
    custom_name: str | None,
    user_id: str | None,
    lifetime_seconds: int,
) -> FileRecord:
    """Check what is said of a file, and record that it may come within its lifetime.

    Raises InvalidRequest, PayloadTooLarge.
    """
    extension, mime = typed_extension(filename, file_type, mime_type)
    _check_size(file_type, file_size)
    return register(
        stores,
        caller,
        file_type,
        filename=stored_name(custom_name, extension),
        file_size=file_size,
        mime_type=mime,
        user_id=user_id,
        lifetime_seconds=lifetime_seconds,
    )


def receive(
    stores: Stores,
    caller: Caller,
    file_type: FileType,
    stream: IO[bytes],
    *,
    filename: str,
    file_size: int,
    custom_name: str | None,
    user_id: str | None,
) -> UploadedResponse:
    """Store a file that came in the request itself. It may be used at once, or WeChat judges it.

    Its bytes are judged before anything is recorded, so a refused file leaves nothing.
    """
    extension, _ = typed_extension(filename, file_type, None)
    _check_size(file_type, file_size)
    if file_size > stores.settings.direct_upload_max_bytes:
        raise too_large_for_direct_upload(stores.settings.direct_upload_max_bytes)
    head = stream.read(file_checks.HEAD_BYTES)
    stream.seek(0)
    _refuse(file_checks.check(file_type, file_size, head))
    mime = file_checks.content_type(file_type, head)
    extension = extension or extension_for(file_type, mime)
    file = register(
        stores,
        caller,
        file_type,
        filename=stored_name(custom_name, extension),
        file_size=file_size,
        mime_type=mime,
        user_id=user_id,
        lifetime_seconds=stores.settings.upload_expires_seconds,
    )
    stores.media.put_stream(file.key, stream, content_type=mime)
    if stores.authenticator is None or not stores.authenticator.judges_media(caller.owner):
        # The object event would do the same a moment later; lists should show the file now.
        keep_until = int(stores.clock()) + stores.retention_seconds
        stores.files.mark_ready(file, size=file_size, expires_at=keep_until)
    return UploadedResponse(
        message=f"{_LABELS[file_type]}上传成功", file_info=FileInfo.of(file), upload=None
    )


def too_large_for_direct_upload(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"A file sent as multipart/form-data may have at most {max_bytes / MEBIBYTE:.4g} MB here. "
        'Send JSON {"filename", "file_size"} to the same address instead, then POST the file to '
        "the upload.url that comes back, with upload.fields.",
        code="direct_upload_too_large",
    )


def register(
    stores: Stores,
    caller: Caller,
    file_type: FileType,
    *,
    filename: str,
    file_size: int,
    mime_type: str,
    user_id: str | None,
    lifetime_seconds: int,
    source: str | None = None,
) -> FileRecord:
    """Record a file that may come within its lifetime, under a name that is free.

    Raises InvalidRequest (`name_taken`).
    """
    lapses_at = int(stores.clock()) + lifetime_seconds + UPLOAD_GRACE_SECONDS
    name = filename
    for _ in range(_NAME_ATTEMPTS):
        file = stores.files.register(
            NewFile(
                owner=caller.owner,
                file_type=file_type,
                filename=name,
                file_size=file_size,
                mime_type=mime_type,
                key=upload_key(caller.owner, file_type, name),
                expires_at=lapses_at,
                user_id=user_id,
                source=source,
            )
        )
        if file is not None:
            return file
        name = with_suffix(filename)
    raise InvalidRequest("Too many files bear this custom_name; choose another.", code="name_taken")


def _check_size(file_type: FileType, file_size: int) -> None:
    if file_size <= 0:
        _refuse(file_checks.EMPTY)
    if file_size > MAX_FILE_BYTES[file_type]:
        _refuse(file_checks.too_large(file_type))


def _refuse(problem: file_checks.FileProblem | None) -> None:
    if problem is None:
        return
    kind: type[RequestError] = (
        PayloadTooLarge if problem.code == "file_too_large" else InvalidRequest
    )
    raise kind(problem.message, code=problem.code)
