"""`/upload/{video|audio}/multipart`: big files on bad networks, in parts that need not be repeated.

`wx.uploadFile` cannot PUT; in a mini-program send a part with `wx.request({method: "PUT", data:
ArrayBuffer})`, read with `FileSystemManager.readFile({position, length})`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path

from functions.api.auth.dependencies import CurrentCaller
from functions.api.deps import CurrentStores
from functions.api.http.guards import open_account
from functions.api.http.routing import LateRouter
from functions.api.routes.parameters import UploadId
from functions.api.schemas.multipart import (
    MultipartAbortedResponse,
    MultipartCompletedResponse,
    MultipartCreatedResponse,
    MultipartRequest,
    MultipartStatusResponse,
    PartsRequest,
    PartTargetsResponse,
)
from functions.api.service import multipart

MultipartType = Annotated[Literal["video", "audio"], Path(description="Images are never that big")]

router = LateRouter(prefix="/upload/{file_type}/multipart", tags=["uploads"])


@router.post("", dependencies=[Depends(open_account)])
def create(
    body: MultipartRequest, stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType
) -> MultipartCreatedResponse:
    """Announce a file. Ask for the addresses of its parts, PUT them, then complete."""
    return multipart.create(stores, caller, file_type, body)


@router.post("/{upload_id}/parts")
def part_targets(
    body: PartsRequest,
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: MultipartType,
    upload_id: UploadId,
) -> PartTargetsResponse:
    """Up to 50 at once, in any order and as often as needed; a part sent again replaces itself."""
    return multipart.part_targets(stores, caller, file_type, upload_id, body.part_numbers)


@router.get("/{upload_id}")
def status(
    stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType, upload_id: UploadId
) -> MultipartStatusResponse:
    """Where to go on after an interruption: `missing`."""
    return multipart.status(stores, caller, file_type, upload_id)


@router.post("/{upload_id}/complete")
def complete(
    stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType, upload_id: UploadId
) -> MultipartCompletedResponse:
    """Make the file out of its parts. Repeating it is harmless."""
    return multipart.complete(stores, caller, file_type, upload_id)


@router.delete("/{upload_id}")
def abort(
    stores: CurrentStores, caller: CurrentCaller, file_type: MultipartType, upload_id: UploadId
) -> MultipartAbortedResponse:
    """Throw the parts away. Uploads that nobody aborts or completes vanish after a day or two."""
    return multipart.abort(stores, caller, file_type, upload_id)
