"""`/upload/{video|audio}/multipart`: big files on bad networks, in parts that need not be repeated.

`wx.uploadFile` cannot PUT; in a mini-program send a part with `wx.request({method: "PUT", data:
ArrayBuffer})`, read with `FileSystemManager.readFile({position, length})`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path

from functions.api.http.dependencies import CurrentCaller, CurrentStores, open_account
from functions.api.http.error_responses import REFUSES_A_FILE, errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import UploadId
from functions.api.schemas.files.multipart import (
    MultipartAbortedResponse,
    MultipartCompletedResponse,
    MultipartCreatedResponse,
    MultipartRequest,
    MultipartStatusResponse,
    PartsRequest,
    PartTargetsResponse,
)
from functions.api.service.files import multipart

MultipartType = Annotated[Literal["video", "audio"], Path(description="Images are never that big")]

router = LazyRouter(prefix="/upload/{file_type}/multipart", tags=["uploads"])


@router.post(
    "",
    summary="Start a resumable upload · 创建分片上传",
    dependencies=[Depends(open_account)],
    responses=errors(*REFUSES_A_FILE),
)
def start_upload(
    body: MultipartRequest, stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType
) -> MultipartCreatedResponse:
    """Register a file. Ask for the addresses of its parts, PUT them, then complete."""
    return multipart.create(stores, caller, file_type, body)


@router.post(
    "/{upload_id}/parts",
    summary="Get addresses for parts · 获取分片上传地址",
    responses=errors("upload_not_found", "part_out_of_range", "not_found"),
)
def sign_parts(
    body: PartsRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: MultipartType,
    upload_id: UploadId,
) -> PartTargetsResponse:
    """Up to 50 at once, in any order and as often as needed; a part sent again replaces itself."""
    return multipart.part_targets(stores, caller, file_type, upload_id, body.part_numbers)


@router.get(
    "/{upload_id}",
    summary="See which parts have arrived · 查询已上传分片",
    responses=errors("upload_not_found", "not_found"),
)
def get_upload(
    stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType, upload_id: UploadId
) -> MultipartStatusResponse:
    """Where to go on after an interruption: `missing`."""
    return multipart.status(stores, caller, file_type, upload_id)


@router.post(
    "/{upload_id}/complete",
    summary="Finish a resumable upload · 完成分片上传",
    responses=errors("upload_not_found", "parts_missing", "file_too_large", "not_found"),
)
def complete_upload(
    stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType, upload_id: UploadId
) -> MultipartCompletedResponse:
    """Make the file out of its parts. Repeating it is harmless."""
    return multipart.complete(stores, caller, file_type, upload_id)


@router.delete(
    "/{upload_id}",
    summary="Abort a resumable upload · 取消分片上传",
    responses=errors("upload_not_found", "upload_completed", "not_found"),
)
def abort_upload(
    stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType, upload_id: UploadId
) -> MultipartAbortedResponse:
    """Throw the parts away. Uploads that nobody aborts or completes vanish after a day or two."""
    return multipart.abort(stores, caller, file_type, upload_id)
