"""An S3 bucket in memory, spoken to as boto3's client; it tells when an object was created."""

# ruff: noqa: N803 - boto3's names of arguments

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from botocore.exceptions import ClientError

from dh_core.cloud.media_store import MediaStore

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class StoredObject:
    body: bytes
    content_type: str
    writer: str
    """Name of the process that put it; empty for a client."""

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


class BucketInMemory:
    """One bucket. `created` is told the key of every new object, `writer` says who is at work."""

    exceptions = SimpleNamespace(ClientError=ClientError)

    def __init__(self, created: Callable[[str], None], writer: Callable[[], str]) -> None:
        self.objects: dict[str, StoredObject] = {}
        self._created = created
        self._writer = writer

    def put_object(self, *, Key: str, Body: bytes, ContentType: str = "", **_: Any) -> None:
        self.objects[Key] = StoredObject(Body, ContentType, self._writer())
        self._created(Key)

    def upload_file(
        self, Filename: str, Bucket: str, Key: str, ExtraArgs: Mapping[str, str]
    ) -> None:
        self.put_object(Key=Key, Body=Path(Filename).read_bytes(), **ExtraArgs)

    def upload_fileobj(
        self, Fileobj: IO[bytes], Bucket: str, Key: str, ExtraArgs: Mapping[str, str]
    ) -> None:
        self.put_object(Key=Key, Body=Fileobj.read(), **ExtraArgs)

    def head_object(self, *, Key: str, **_: Any) -> dict[str, Any]:
        found = self._existing(Key)
        return {
            "ContentLength": len(found.body),
            "ETag": found.etag,
            "ContentType": found.content_type,
        }

    def get_object(
        self, *, Key: str, Range: str | None = None, IfMatch: str | None = None, **_: Any
    ) -> dict[str, Any]:
        found = self._existing(Key, IfMatch)
        body = found.body
        if Range is not None:
            first, last = Range.removeprefix("bytes=").split("-")
            body = body[int(first) : int(last) + 1]
        return {"Body": io.BytesIO(body), "ETag": found.etag, "ContentLength": len(body)}

    def delete_object(self, *, Key: str, IfMatch: str | None = None, **_: Any) -> None:
        if IfMatch is not None and Key in self.objects:
            self._existing(Key, IfMatch)
        self.objects.pop(Key, None)

    def delete_objects(self, *, Delete: Mapping[str, Sequence[Mapping[str, str]]], **_: Any) -> Any:
        for entry in Delete["Objects"]:
            self.objects.pop(entry["Key"], None)
        return {}

    def list_objects_v2(self, *, Prefix: str, **_: Any) -> dict[str, Any]:
        keys = sorted(key for key in self.objects if key.startswith(Prefix))[:_PAGE]
        return {"Contents": [{"Key": key} for key in keys]} if keys else {}

    def get_paginator(self, operation: str) -> Any:
        """Everything fits one page; nobody sends files in parts."""

        def paginate(*, Prefix: str, **_: Any) -> list[dict[str, Any]]:
            found = self.list_objects_v2(Prefix=Prefix)
            versions = [one | {"VersionId": "null"} for one in found.get("Contents", ())]
            pages = {"list_objects_v2": found, "list_object_versions": {"Versions": versions}}
            return [pages[operation]] if operation in pages else []

        return SimpleNamespace(paginate=paginate)

    def generate_presigned_post(self, *, Key: str, **_: Any) -> dict[str, Any]:
        return {"url": "https://bucket.invalid/", "fields": {"key": Key}}

    def _existing(self, key: str, etag: str | None = None) -> StoredObject:
        if key not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "GetObject")
        if etag not in (None, self.objects[key].etag):
            raise ClientError({"Error": {"Code": "412"}}, "GetObject")
        return self.objects[key]


class ModelMedia(MediaStore):
    """Downloads in one call: boto3's transfers work in threads of their own."""

    def download(
        self,
        key: str,
        path: Path,
        *,
        etag: str | None = None,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        head = self.look(key) if etag is None else None
        body = self.head_bytes(key, 1_000_000, etag=etag or (head.etag if head else ""))
        path.write_bytes(body)
        if on_bytes is not None:
            on_bytes(len(body))
