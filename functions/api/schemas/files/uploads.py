"""Requests and answers of uploads in one piece."""

from typing import Literal

from pydantic import BaseModel, Field

from dh_core.limits import MAX_ADDRESS_CHARACTERS
from functions.api.schemas.common import (
    LATER_EXAMPLE,
    Expiry,
    Message,
    Success,
    example,
)
from functions.api.schemas.files.stored import FILE_INFO_EXAMPLE, FileInfo
from functions.api.schemas.requests import USER_ID, Request, UserId


class UploadForm(Request):
    """What may come beside a file."""

    custom_name: str | None = Field(
        default=None, max_length=1024, description="Becomes part of the stored name"
    )
    user_id: UserId | None = Field(default=None, description=USER_ID)


class UploadRequest(UploadForm):
    model_config = example(filename="me.mp4", file_size=15_728_640)

    filename: str = Field(
        min_length=1, max_length=1024, description="Your own name for the file; its ending counts"
    )
    file_size: int = Field(description="Bytes")
    mime_type: str | None = Field(default=None, max_length=255, description="The file's media type")


class FromUrlRequest(UploadForm):
    model_config = example(url="https://example.com/me.mp4")

    url: str = Field(
        min_length=1,
        max_length=MAX_ADDRESS_CHARACTERS,
        description="The file's public https address; up to five redirects, four minutes",
    )


class UploadTarget(BaseModel):
    """POST multipart/form-data to `url`: every one of `fields` first, the part `file` last."""

    method: Literal["POST"] = Field(default="POST", description="The HTTP method to use")
    url: str = Field(description="The address to use, signed where it leads to the bucket")
    fields: dict[str, str] = Field(
        description="Form fields to send before the file, all of them and unchanged"
    )
    expires_at: Expiry
    max_bytes: int = Field(description="A larger file is refused by the bucket")


class UploadedResponse(Success):
    model_config = example(
        success=True,
        message="视频上传地址已生成",
        file_info=FILE_INFO_EXAMPLE,
        upload={
            "method": "POST",
            "url": "https://bucket.s3.amazonaws.com/",
            "fields": {"Content-Type": "video/mp4", "key": "uploads/public/video/sample.mp4"},
            "expires_at": LATER_EXAMPLE,
            "max_bytes": 524288000,
        },
    )

    message: Message
    file_info: FileInfo
    upload: UploadTarget | None = Field(description="Present when the bytes are still to be sent")
