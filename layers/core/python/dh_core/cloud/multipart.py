"""S3's side of resumable uploads: an upload, its parts, its end."""

from __future__ import annotations

from dataclasses import dataclass

from dh_core.cloud.media_store import MediaStore
from dh_core.files.ownership import declared_object


@dataclass(frozen=True, slots=True)
class Part:
    """A part that the bucket holds; `number` counts from 1, `size` is in bytes."""

    number: int
    size: int
    etag: str


class UploadMissing(Exception):
    """S3 knows no such upload: it was completed, aborted, or dropped by the lifecycle rule."""


class MultipartMedia:
    """The multipart calls of one bucket."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    def start(self, key: str, *, content_type: str) -> str:
        """Begin an upload; returns S3's id of it."""
        declared_object(key)
        answer = self._media.client.create_multipart_upload(
            Bucket=self._media.bucket, Key=key, ContentType=content_type
        )
        s3_upload_id: str = answer["UploadId"]
        return s3_upload_id

    def presign_part(
        self, key: str, s3_upload_id: str, number: int, *, size: int, expires_seconds: int
    ) -> str:
        """A URL to PUT exactly `size` bytes to as this part: the length is signed."""
        url: str = self._media.client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self._media.bucket,
                "Key": key,
                "UploadId": s3_upload_id,
                "PartNumber": number,
                "ContentLength": size,
            },
            ExpiresIn=expires_seconds,
        )
        return self._media.public(url)

    def parts(self, key: str, s3_upload_id: str) -> list[Part]:
        """What has arrived, by number. Raises UploadMissing."""
        pages = self._media.client.get_paginator("list_parts").paginate(
            Bucket=self._media.bucket, Key=key, UploadId=s3_upload_id
        )
        try:
            return [
                Part(int(part["PartNumber"]), int(part["Size"]), part["ETag"])
                for page in pages
                for part in page.get("Parts", ())
            ]
        except self._media.client.exceptions.ClientError as error:
            raise _missing(error) from error

    def complete(self, key: str, s3_upload_id: str, parts: list[Part]) -> None:
        """Make the object out of its parts. Raises UploadMissing."""
        try:
            self._media.client.complete_multipart_upload(
                Bucket=self._media.bucket,
                Key=key,
                UploadId=s3_upload_id,
                MultipartUpload={
                    "Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
                },
            )
        except self._media.client.exceptions.ClientError as error:
            raise _missing(error) from error

    def abort(self, key: str, s3_upload_id: str) -> None:
        """Drop an upload and its parts; one that is over already is left alone."""
        try:
            self._media.client.abort_multipart_upload(
                Bucket=self._media.bucket, Key=key, UploadId=s3_upload_id
            )
        except self._media.client.exceptions.ClientError as error:
            if not isinstance(_missing(error), UploadMissing):
                raise

    def abort_all(self, prefix: str) -> None:
        """Drop every upload that goes on under a prefix, which may be a key."""
        pages = self._media.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._media.bucket, Prefix=prefix
        )
        for page in pages:
            for upload in page.get("Uploads", ()):
                self.abort(upload["Key"], upload["UploadId"])


def _missing(error: Exception) -> Exception:
    code = getattr(error, "response", {}).get("Error", {}).get("Code")
    return UploadMissing() if code in ("NoSuchUpload", "404") else error
