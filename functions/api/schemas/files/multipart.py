"""Requests and answers of resumable uploads."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.common import (
    LATER_EXAMPLE,
    ByteCount,
    Expiry,
    Message,
    StoredName,
    Success,
    example,
)
from functions.api.schemas.files.stored import FILE_INFO_EXAMPLE, FileInfo
from functions.api.schemas.files.uploads import UploadRequest
from functions.api.schemas.requests import Request

MAX_PARTS_AT_ONCE = 50
MAX_PART_NUMBER = 10_000
"""S3's own limit."""

_UPLOAD_ID_EXAMPLE: Final = "kq3V7rY0Zr2nC5m1s8Qb4w6x"


class MultipartRequest(UploadRequest):
    model_config = example(filename="me.mp4", file_size=120_000_000)


class PartsRequest(Request):
    model_config = example(part_numbers=[1, 2, 3])

    part_numbers: list[Annotated[int, Field(ge=1, le=MAX_PART_NUMBER)]] = Field(
        min_length=1, max_length=MAX_PARTS_AT_ONCE, description="Counted from 1"
    )


class MultipartCreatedResponse(Success):
    model_config = example(
        success=True,
        message="分片上传已创建",
        file_info=FILE_INFO_EXAMPLE,
        upload_id=_UPLOAD_ID_EXAMPLE,
        part_size=5242880,
        part_count=3,
        expires_at=LATER_EXAMPLE,
    )

    message: Message
    file_info: FileInfo
    upload_id: str = Field(description="Names a resumable upload")
    part_size: int = Field(description="Bytes of every part but the last")
    part_count: int = Field(description="How many parts the file has")
    expires_at: Expiry


class PartTarget(BaseModel):
    """PUT exactly `content_length` bytes to `url`; the length is part of the signature."""

    part_number: int = Field(description="From 1")
    method: Literal["PUT"] = Field(default="PUT", description="The HTTP method to use")
    url: str = Field(description="The address to use, signed where it leads to the bucket")
    offset: int = Field(description="Where the part begins in the file, in bytes")
    content_length: int = Field(description="Bytes that the part must have")
    expires_at: Expiry


class PartTargetsResponse(Success):
    model_config = example(
        success=True,
        parts=[
            {
                "part_number": 1,
                "method": "PUT",
                "url": "https://bucket.s3.amazonaws.com/uploads/public/video/sample.mp4?partNumber=1",
                "offset": 0,
                "content_length": 5242880,
                "expires_at": LATER_EXAMPLE,
            }
        ],
    )

    parts: list[PartTarget] = Field(description="In the order of their numbers")


class StoredPart(BaseModel):
    part_number: int = Field(description="From 1")
    size: ByteCount


class MultipartStatusResponse(Success):
    model_config = example(
        success=True,
        upload_id=_UPLOAD_ID_EXAMPLE,
        filename="sample.mp4",
        file_size=15728640,
        part_size=5242880,
        part_count=3,
        expires_at=LATER_EXAMPLE,
        parts=[{"part_number": 1, "size": 5242880}],
        missing=[2, 3],
        completed=False,
    )

    upload_id: str = Field(description="Names a resumable upload")
    filename: StoredName
    file_size: ByteCount
    part_size: int = Field(description="Bytes of every part but the last")
    part_count: int = Field(description="How many parts the file has")
    expires_at: Expiry
    parts: list[StoredPart] = Field(description="What has arrived")
    missing: list[int] = Field(description="Numbers of the parts to send (again)")
    completed: bool = Field(description="Whether the file has been put together")


class MultipartCompletedResponse(Success):
    model_config = example(success=True, message="文件上传完成", file_info=FILE_INFO_EXAMPLE)

    message: Message
    file_info: FileInfo


class MultipartAbortedResponse(Success):
    model_config = example(success=True, message="分片上传已取消", upload_id=_UPLOAD_ID_EXAMPLE)

    message: Message
    upload_id: str = Field(description="Names a resumable upload")
