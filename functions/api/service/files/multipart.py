"""Resumable uploads: the client PUTs numbered parts to the bucket and may stop and go on.

What has arrived is asked of the bucket, never of the client, so an interrupted client needs to
remember nothing but the `upload_id`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

from dh_core.clock import iso
from dh_core.cloud.media_store import ObjectMissing, upload_key
from dh_core.cloud.multipart import MultipartMedia, Part, UploadMissing
from dh_core.errors import Conflict, InvalidRequest, NotFound, PayloadTooLarge
from dh_core.limits import MAX_FILE_BYTES, MAX_ID_CHARACTERS, MEBIBYTE, FileType
from dh_core.store import FileRecord, MultipartRecord
from functions.api.auth.caller import Caller
from functions.api.schemas.files.multipart import (
    MultipartAbortedResponse,
    MultipartCompletedResponse,
    MultipartCreatedResponse,
    MultipartRequest,
    MultipartStatusResponse,
    PartTarget,
    PartTargetsResponse,
    StoredPart,
)
from functions.api.schemas.files.stored import FileInfo
from functions.api.service.files.uploads import register_upload
from functions.api.service.shared.context import Stores

PART_BYTES: Final = 5 * MEBIBYTE
"""The least that S3 takes: on a bad network the least is lost. 500 MB are 100 parts."""


def create(
    stores: Stores, caller: Caller, file_type: FileType, body: MultipartRequest
) -> MultipartCreatedResponse:
    """Register a file that will come in parts. Raises InvalidRequest, PayloadTooLarge."""
    lifetime = stores.settings.multipart_expires_seconds
    file = register_upload(
        stores,
        caller,
        file_type,
        filename=body.filename,
        file_size=body.file_size,
        mime_type=body.mime_type,
        custom_name=body.custom_name,
        user_id=body.user_id,
        lifetime_seconds=lifetime,
    )
    upload = MultipartRecord(
        owner=caller.owner,
        upload_id=secrets.token_urlsafe(24),
        s3_upload_id=MultipartMedia(stores.media).start(file.key, content_type=file.mime_type),
        file_type=file_type,
        filename=file.filename,
        file_size=body.file_size,
        part_size=PART_BYTES,
        expires_at=int(stores.clock()) + lifetime,
    )
    stores.multipart.put(upload)
    return MultipartCreatedResponse(
        message="分片上传已创建",
        file_info=FileInfo.of(file),
        upload_id=upload.upload_id,
        part_size=upload.part_size,
        part_count=upload.part_count,
        expires_at=iso(upload.expires_at),
    )


def part_targets(
    stores: Stores, caller: Caller, file_type: FileType, upload_id: str, numbers: Sequence[int]
) -> PartTargetsResponse:
    """Signed addresses for some parts. Raises NotFound, InvalidRequest (`part_out_of_range`)."""
    upload, key = _find(stores, caller, file_type, upload_id)
    if max(numbers) > upload.part_count:
        raise InvalidRequest(
            f"part_numbers: this upload has the parts 1 to {upload.part_count}.",
            code="part_out_of_range",
        )
    media = MultipartMedia(stores.media)
    now = int(stores.clock())
    expires_seconds = min(stores.settings.upload_expires_seconds, upload.expires_at - now)
    return PartTargetsResponse(
        parts=[
            PartTarget(
                part_number=number,
                url=media.presign_part(
                    key,
                    upload.s3_upload_id,
                    number,
                    size=upload.size_of(number),
                    expires_seconds=expires_seconds,
                ),
                offset=(number - 1) * upload.part_size,
                content_length=upload.size_of(number),
                expires_at=iso(now + expires_seconds),
            )
            for number in dict.fromkeys(numbers)
        ]
    )


def status(
    stores: Stores, caller: Caller, file_type: FileType, upload_id: str
) -> MultipartStatusResponse:
    """What has arrived and what is missing. Raises NotFound."""
    upload, key = _find(stores, caller, file_type, upload_id)
    try:
        parts = MultipartMedia(stores.media).parts(key, upload.s3_upload_id)
        completed = False
    except UploadMissing:
        _require_object(stores, upload, key)
        parts, completed = [], True
    return MultipartStatusResponse(
        upload_id=upload_id,
        filename=upload.filename,
        file_size=upload.file_size,
        part_size=upload.part_size,
        part_count=upload.part_count,
        expires_at=iso(upload.expires_at),
        parts=[StoredPart(part_number=part.number, size=part.size) for part in parts],
        missing=[] if completed else _missing(upload, parts),
        completed=completed,
    )


def complete(
    stores: Stores, caller: Caller, file_type: FileType, upload_id: str
) -> MultipartCompletedResponse:
    """Make the file out of its parts. Safe to repeat.

    The object event then checks its type, as for any upload. Raises NotFound, Conflict
    (`parts_missing`), PayloadTooLarge.
    """
    upload, key = _find(stores, caller, file_type, upload_id)
    media = MultipartMedia(stores.media)
    try:
        parts = media.parts(key, upload.s3_upload_id)
        _check_parts(upload, parts)
        media.complete(key, upload.s3_upload_id, parts)
    except UploadMissing:
        # Completed before, by a call whose answer was lost.
        _require_object(stores, upload, key)
    return MultipartCompletedResponse(
        message="文件上传完成", file_info=FileInfo.of(_file(stores, upload))
    )


def abort(
    stores: Stores, caller: Caller, file_type: FileType, upload_id: str
) -> MultipartAbortedResponse:
    """Drop the parts and the registration; tasks that wait for the file will fail."""
    upload, key = _find(stores, caller, file_type, upload_id)
    if stores.media.has(key):
        raise Conflict(
            "The upload is complete already; delete the file instead.", code="upload_completed"
        )
    MultipartMedia(stores.media).abort(key, upload.s3_upload_id)
    stores.files.mark_rejected(
        _file(stores, upload),
        code="upload_aborted",
        message="The upload was aborted; upload the file again.",
    )
    stores.multipart.delete(caller.owner, upload_id)
    return MultipartAbortedResponse(message="分片上传已取消", upload_id=upload_id)


def _find(
    stores: Stores, caller: Caller, file_type: FileType, upload_id: str
) -> tuple[MultipartRecord, str]:
    """The upload and its object's key. Raises NotFound, also for another owner's."""
    upload = (
        stores.multipart.get(caller.owner, upload_id)
        if len(upload_id) <= MAX_ID_CHARACTERS
        else None
    )
    if upload is None or upload.file_type != file_type:
        raise _unknown()
    return upload, upload_key(upload.owner, upload.file_type, upload.filename)


def _file(stores: Stores, upload: MultipartRecord) -> FileRecord:
    file = stores.files.get(upload.owner, upload.file_type, upload.filename)
    if file is None:
        raise _unknown()
    return file


def _require_object(stores: Stores, upload: MultipartRecord, key: str) -> None:
    try:
        stores.media.size(key)
    except ObjectMissing as error:
        stores.multipart.delete(upload.owner, upload.upload_id)
        raise _unknown() from error


def _unknown() -> NotFound:
    return NotFound("There is no such upload (any more); start a new one.", code="upload_not_found")


def _missing(upload: MultipartRecord, parts: Sequence[Part]) -> list[int]:
    sizes = {part.number: part.size for part in parts}
    return [
        number
        for number in range(1, upload.part_count + 1)
        if sizes.get(number) != upload.size_of(number)
    ]


def _check_parts(upload: MultipartRecord, parts: Sequence[Part]) -> None:
    if missing := _missing(upload, parts):
        shown = ", ".join(map(str, missing[:10]))
        raise Conflict(
            f"{len(missing)} parts are missing or have another length: {shown}; send them and "
            "complete again.",
            code="parts_missing",
        )
    if sum(part.size for part in parts) > MAX_FILE_BYTES[upload.file_type]:
        raise PayloadTooLarge
