"""`GET /files/list`, `DELETE /files/{file_type}/{filename}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from dh_core.limits import FileType
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import Cursor, FileNameInPath, FileTypeInPath, Limit
from functions.api.schemas.files.stored import FileDeletedResponse, FileResponse, FilesResponse
from functions.api.schemas.requests import USER_ID, UserId
from functions.api.service.files import stored

router = LazyRouter(tags=["files"])


@router.get(
    "/files/list",
    summary="List uploaded files · 列出已上传文件",
    responses=errors("cursor_invalid"),
)
def list_files(
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: Annotated[
        FileType | None, Query(alias="type", description="Only those of this kind")
    ] = None,
    user_id: Annotated[UserId | None, Query(description=USER_ID)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> FilesResponse:
    """Uploaded files, newest first."""
    return stored.list_files(
        stores, caller, file_type=file_type, user_id=user_id, limit=limit, cursor=cursor
    )


@router.get(
    "/files/{file_type}/{filename}",
    summary="An uploaded file's state · 查询文件状态",
    responses=errors("file_not_found", "not_found"),
)
def get_file(
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: FileTypeInPath,
    filename: FileNameInPath,
) -> FileResponse:
    """Whether an upload has come and may be used, or why not."""
    return FileResponse.of(stored.find_file(stores, caller, file_type, filename))


@router.delete(
    "/files/{file_type}/{filename}",
    summary="Delete an uploaded file · 删除文件",
    responses=errors("file_not_found", "file_in_use", "not_found"),
)
def delete_file(
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: FileTypeInPath,
    filename: FileNameInPath,
) -> FileDeletedResponse:
    """Delete an upload and the avatars made from it.

    Tasks that wait to use it fail with `input_missing`; while one is at work on it the answer is
    409 `file_in_use`.
    """
    return stored.delete_file(stores, caller, file_type, filename)
