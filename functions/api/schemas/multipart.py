"""Requests and answers of resumable uploads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.schemas.requests import Request, UploadRequest
from functions.api.schemas.responses import FileInfo, Success

MAX_PARTS_AT_ONCE = 50
MAX_PART_NUMBER = 10_000
"""S3's own limit."""


class MultipartRequest(UploadRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"filename": "me.mp4", "file_size": 120_000_000}]}
    )


class PartsRequest(Request):
    model_config = ConfigDict(json_schema_extra={"examples": [{"part_numbers": [1, 2, 3]}]})

    part_numbers: list[Annotated[int, Field(ge=1, le=MAX_PART_NUMBER)]] = Field(
        min_length=1, max_length=MAX_PARTS_AT_ONCE, description="Counted from 1"
    )


class MultipartCreatedResponse(Success):
    message: str
    file_info: FileInfo
    upload_id: str
    part_size: int = Field(description="Bytes of every part but the last")
    part_count: int
    expires_at: str


class PartTarget(BaseModel):
    """PUT exactly `content_length` bytes to `url`; the length is part of the signature."""

    part_number: int
    method: Literal["PUT"] = "PUT"
    url: str
    offset: int = Field(description="Where the part begins in the file, in bytes")
    content_length: int
    expires_at: str


class PartTargetsResponse(Success):
    parts: list[PartTarget]


class StoredPart(BaseModel):
    part_number: int
    size: int


class MultipartStatusResponse(Success):
    upload_id: str
    filename: str
    file_size: int
    part_size: int
    part_count: int
    expires_at: str
    parts: list[StoredPart] = Field(description="What has arrived")
    missing: list[int] = Field(description="Numbers of the parts to send (again)")
    completed: bool


class MultipartCompletedResponse(Success):
    message: str
    file_info: FileInfo


class MultipartAbortedResponse(Success):
    message: str
    upload_id: str
