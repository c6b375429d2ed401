"""`POST /upload/{video|audio|image}`: JSON asks for a presigned POST, multipart brings the file."""

from __future__ import annotations

from typing import Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.types import Message, Receive

from dh_core.errors import InvalidRequest, PayloadTooLarge
from dh_core.limits import FileType
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import CurrentCaller, CurrentStores, open_account
from functions.api.http.error_responses import REFUSES_A_FILE, errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import FileTypeInPath
from functions.api.schemas.files.uploads import (
    FromUrlRequest,
    UploadedResponse,
    UploadForm,
    UploadRequest,
)
from functions.api.service.files import fetched, uploads
from functions.api.service.shared.context import Stores

_FORM_OVERHEAD_BYTES: Final = 64 * 1024
"""Boundaries, part headers and the short fields around the file."""

router = LazyRouter(tags=["uploads"], dependencies=[Depends(open_account)])


@router.post(
    "/upload/{file_type}",
    summary="Upload a file · 上传文件",
    responses=errors(*REFUSES_A_FILE, "unsupported_content_type", "direct_upload_too_large"),
)
async def upload_file(
    request: Request, stores: CurrentStores, caller: CurrentCaller, file_type: FileTypeInPath
) -> UploadedResponse:
    """Upload a file: its description as JSON for a presigned POST.

    A small file itself is taken here too, as `multipart/form-data`, as by `/direct`.
    """
    content_type = _content_type(request)
    if content_type == "multipart/form-data":
        return await _receive(request, stores, caller, file_type)
    if content_type == "application/json":
        return await _presign(request, stores, caller, file_type)
    raise InvalidRequest(
        "Send the file as multipart/form-data (field: file), or JSON {filename, file_size} with "
        "Content-Type: application/json.",
        code="unsupported_content_type",
    )


@router.post(
    "/upload/{file_type}/direct",
    summary="Upload a small file itself · 直接上传小文件",
    responses=errors(*REFUSES_A_FILE, "unsupported_content_type", "direct_upload_too_large"),
)
async def upload_directly(
    request: Request, stores: CurrentStores, caller: CurrentCaller, file_type: FileTypeInPath
) -> UploadedResponse:
    """A file in the form field `file`, as large as the server lets pass through itself."""
    if _content_type(request) == "multipart/form-data":
        return await _receive(request, stores, caller, file_type)
    raise InvalidRequest(
        "Send the file as multipart/form-data (field: file).", code="unsupported_content_type"
    )


@router.post(
    "/upload/{file_type}/from-url",
    summary="Upload a file by its address · 按网址上传文件",
    responses=errors(*REFUSES_A_FILE, "address_refused", "service_unavailable"),
)
def upload_from_url(
    body: FromUrlRequest, stores: CurrentStores, caller: CurrentCaller, file_type: FileTypeInPath
) -> UploadedResponse:
    """Have a file fetched from a public https address. Tasks may name it at once.

    `GET /files/{file_type}/{filename}` says when it is ready, or why it could not be had:
    `address_not_found`, `address_too_slow`, `address_refused` (it leads to a private host),
    `address_unreachable`, `file_too_large` or `unsupported_type`.
    """
    return fetched.from_url(stores, caller, file_type, body)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _presign(
    request: Request, stores: Stores, caller: Caller, file_type: FileType
) -> UploadedResponse:
    try:
        body = UploadRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise _in("body", error) from error
    return await run_in_threadpool(
        uploads.presign,
        stores,
        caller,
        file_type,
        filename=body.filename,
        file_size=body.file_size,
        mime_type=body.mime_type,
        custom_name=body.custom_name,
        user_id=body.user_id,
    )


async def _receive(
    request: Request, stores: Stores, caller: Caller, file_type: FileType
) -> UploadedResponse:
    max_bytes = stores.settings.direct_upload_max_bytes
    refusal = uploads.too_large_for_direct_upload(max_bytes)
    bounded = Request(
        request.scope,
        _bounded(request.receive, max_bytes + _FORM_OVERHEAD_BYTES, refusal),
    )
    async with bounded.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidRequest("file is missing; send the file in the form field named file.")
        try:
            fields = UploadForm.model_validate(
                {name: value for name, value in form.items() if name != "file"}
            )
        except ValidationError as error:
            raise _in("form", error) from error
        return await run_in_threadpool(
            uploads.receive,
            stores,
            caller,
            file_type,
            file.file,
            filename=file.filename or "",
            file_size=file.size or 0,
            custom_name=fields.custom_name,
            user_id=fields.user_id,
        )


def _bounded(receive: Receive, max_bytes: int, refusal: PayloadTooLarge) -> Receive:
    """`receive`, until more than `max_bytes` have come: then it raises `refusal`."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise refusal
        return message

    return counted


def _in(place: str, error: ValidationError) -> RequestValidationError:
    return RequestValidationError(
        [{**detail, "loc": (place, *detail["loc"])} for detail in error.errors()]
    )
