"""What the API tells of uploaded files."""

from typing import Any, Final, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from dh_core.limits import FileType
from dh_core.store import FileRecord, FileStatus
from functions.api.schemas.common import (
    TIME_EXAMPLE,
    ByteCount,
    MediaType,
    Message,
    NextCursor,
    StoredName,
    Success,
    Timestamp,
    Total,
    example,
)

FILE_EXAMPLE: Final = {
    "filename": "sample.mp4",
    "file_type": "video",
    "file_size": 15728640,
    "mime_type": "video/mp4",
    "relative_path": "uploads/video/sample.mp4",
    "download_url": "/download/upload/video/sample.mp4",
}
FILE_INFO_EXAMPLE: Final = {**FILE_EXAMPLE, "file_path": "uploads/video/sample.mp4"}


class ListedFile(BaseModel):
    filename: StoredName
    file_type: FileType = Field(description="The kind of file")
    file_size: ByteCount
    download_url: str = Field(description="Address of the file, relative to this server")
    mime_type: MediaType
    relative_path: str = Field(description="Where the file is stored, below the uploads")
    created_at: Timestamp

    @classmethod
    def of(cls, file: FileRecord) -> Self:
        return cls(**_file_fields(file), created_at=file.created_at)


class FileResponse(Success):
    model_config = example(
        success=True,
        **FILE_EXAMPLE,
        status="ready",
        error_code=None,
        error_message=None,
        created_at=TIME_EXAMPLE,
    )

    filename: StoredName
    file_type: FileType = Field(description="The kind of file")
    file_size: ByteCount
    mime_type: MediaType
    relative_path: str = Field(description="Where the file is stored, below the uploads")
    download_url: str = Field(description="Address of the file, relative to this server")
    status: FileStatus = Field(
        description="pending: it has not come, or is being checked; ready; or rejected"
    )
    error_code: str | None = Field(description="Why it was rejected; stable")
    error_message: str | None = Field(description="The same as a sentence")
    created_at: Timestamp

    @classmethod
    def of(cls, file: FileRecord) -> Self:
        return cls(
            **_file_fields(file),
            status=file.status,
            error_code=file.error_code,
            error_message=file.error_message,
            created_at=file.created_at,
        )


class FileInfo(BaseModel):
    filename: StoredName
    file_path: str = Field(description="Where the file is stored")
    file_type: FileType = Field(description="The kind of file")
    file_size: ByteCount
    mime_type: MediaType
    relative_path: str = Field(description="Where the file is stored, below the uploads")
    download_url: str = Field(description="Address of the file, relative to this server")

    @classmethod
    def of(cls, file: FileRecord) -> Self:
        fields = _file_fields(file)
        return cls(**fields, file_path=fields["relative_path"])


def _file_fields(file: FileRecord) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "file_type": file.file_type,
        "file_size": file.file_size,
        "mime_type": file.mime_type,
        "relative_path": f"uploads/{file.file_type}/{file.filename}",
        "download_url": f"/download/upload/{file.file_type}/{quote(file.filename)}",
    }


class FilesResponse(Success):
    model_config = example(
        success=True,
        files=[{**FILE_EXAMPLE, "created_at": TIME_EXAMPLE}],
        total=1,
        next_cursor=None,
    )

    files: list[ListedFile] = Field(description="Newest first")
    total: Total
    next_cursor: NextCursor


class FileDeletedResponse(Success):
    model_config = example(
        success=True,
        message="文件已删除",
        file_type="video",
        filename="sample.mp4",
        failed_tasks=[],
    )

    message: Message
    file_type: FileType = Field(description="The kind of file")
    filename: StoredName
    failed_tasks: list[str] = Field(
        description="Tasks that waited for this file; they failed with input_missing"
    )
