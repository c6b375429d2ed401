"""Where a file can be fetched."""

from pydantic import Field

from functions.api.schemas.common import (
    LATER_EXAMPLE,
    Expiry,
    MediaType,
    StoredName,
    Success,
    example,
)


class DownloadResponse(Success):
    model_config = example(
        success=True,
        url="https://bucket.s3.amazonaws.com/generated/…?X-Amz-Signature=…",
        expires_at=LATER_EXAMPLE,
        content_type="audio/wav",
        filename="audio.wav",
    )

    url: str = Field(description="The address to use, signed where it leads to the bucket")
    expires_at: Expiry
    content_type: MediaType
    filename: StoredName
