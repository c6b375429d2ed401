"""Everything that talks to S3: keys, presigned requests, streamed transfers.

uploads/{owner}/{type}/{filename}            what clients sent
generated/{task_id}/{attempt}/{name}         what jobs made
avatars/{owner}/{name}                       what was learnt from a sample video, for reuse
voices/{owner}/{voice_id}/{attempt}/{name}   saved voices, kept until they are deleted
templates/{owner}/{template_id}/{run}/{name} templates, kept until they are deleted
evidence/{owner}/{task_id}                   what shows a consent, kept as the law asks
built-in-voices/{name}                       spoken samples of the voices that all may use
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self
from urllib.parse import quote, urlsplit, urlunsplit

from dh_core.cloud import clients as aws
from dh_core.files.ownership import declared_object
from dh_core.limits import FileType

UPLOADS = "uploads/"
GENERATED = "generated/"
AVATARS = "avatars/"
VOICES = "voices/"
TEMPLATES = "templates/"
EVIDENCE = "evidence/"
BUILT_IN_VOICES = "built-in-voices/"
PREVIEW = "preview/"
SAMPLES = "samples/"
PLAYLIST, PLAYLIST_TYPE = "film.m3u8", "application/vnd.apple.mpegurl"


def upload_key(owner: str, file_type: FileType, filename: str) -> str:
    return f"{UPLOADS}{owner}/{file_type}/{filename}"


def generated_key(task_id: str, output_folder: str, name: str) -> str:
    return f"{generated_folder(task_id)}{output_folder}/{name}"


def preview_key(task_id: str, output_folder: str, name: str) -> str:
    """Of what may be seen of a film while a run makes it."""
    return generated_key(task_id, output_folder, f"{PREVIEW}{name}")


def sample_key(task_id: str, output_folder: str, name: str) -> str:
    """Of a part of a run's media that a moderator is to judge."""
    return generated_key(task_id, output_folder, f"{SAMPLES}{name}")


def generated_folder(task_id: str) -> str:
    """The prefix of everything that a task made, in all its attempts."""
    return f"{GENERATED}{task_id}/"


def avatar_key(owner: str, name: str) -> str:
    return f"{AVATARS}{owner}/{name}"


def voice_key(owner: str, voice_id: str, output_folder: str, name: str) -> str:
    return f"{voice_folder(owner, voice_id)}{output_folder}/{name}"


def voice_folder(owner: str, voice_id: str) -> str:
    """The prefix of everything that is kept of a voice."""
    return f"{VOICES}{owner}/{voice_id}/"


def template_key(owner: str, template_id: str, run: str, name: str) -> str:
    """`run` tells apart the runs of the tasks that made and changed the template."""
    return f"{template_folder(owner, template_id)}{run}/{name}"


def template_folder(owner: str, template_id: str) -> str:
    """The prefix of everything that is kept of a template."""
    return f"{TEMPLATES}{owner}/{template_id}/"


def evidence_key(owner: str, task_id: str) -> str:
    return f"{EVIDENCE}{owner}/{task_id}"


def built_in_voice_key(name: str) -> str:
    return f"{BUILT_IN_VOICES}{name}"


@dataclass(frozen=True, slots=True)
class PresignedPost:
    """What a client needs to POST one file: form `fields` first, then the file."""

    url: str
    fields: dict[str, str]
    max_bytes: int


class Readable(Protocol):
    """Gives bytes one after the other: all that are left, or fewer than asked for at the end."""

    def read(self, count: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """Takes bytes one after the other."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What tells an object from another under the same key: its ETag changes with its content."""

    etag: str
    size: int


class ObjectMissing(Exception):
    """There is no object under that key (any more)."""


class ObjectChanged(Exception):
    """The object under that key is not the one that was asked for."""


class DeletionRefused(Exception):
    """S3 kept objects that were to be deleted."""


class MediaStore:
    """One bucket. `public_url` is the origin at which clients reach it, if not S3's own.

    Whatever answers there (CloudFront, a proxy) hands requests on under the bucket's own host name:
    S3 finds the bucket by that name, and it is what every signature here is made for.

    A bucket `of_owners` takes objects of declared folders only (`dh_core.files.ownership`), so that
    what is deleted with its owner is complete; the model files' bucket belongs to nobody.
    """

    def __init__(
        self,
        bucket: str,
        *,
        public_url: str | None = None,
        of_owners: bool = True,
        client: Any = None,
    ) -> None:
        self.bucket = bucket
        self._of_owners = of_owners
        self._public_url = public_url
        if client is not None:
            self.client = client

    def at(self, public_url: str) -> Self:
        """The same bucket, for a client that reaches it at another origin."""
        return type(self)(
            self.bucket, public_url=public_url, of_owners=self._of_owners, client=self.client
        )

    @cached_property
    def client(self) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - comes with boto3, see aws.py

        # Addresses name the bucket's region: the global host answers for a new bucket elsewhere
        # with redirects, which a mini-program's upload does not follow. An endpoint that is an IP
        # address keeps the bucket in its path all the same.
        addresses = {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
        return aws.client("s3", config=Config(signature_version="s3v4", s3=addresses))

    def presign_post(
        self, key: str, *, content_type: str, max_bytes: int, expires_seconds: int
    ) -> PresignedPost:
        """Allow one upload to exactly this key, of this type, of 1 to `max_bytes` bytes."""
        declared_object(key)
        signed = self.client.generate_presigned_post(
            Bucket=self.bucket,
            Key=key,
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", 1, max_bytes],
            ],
            ExpiresIn=expires_seconds,
        )
        return PresignedPost(self.public(signed["url"]), signed["fields"], max_bytes)

    def presign_get(
        self,
        key: str,
        *,
        content_type: str,
        filename: str,
        expires_seconds: int,
        head: bool = False,
    ) -> str:
        """A URL that downloads the object under a readable name; with `head`, only its headers.

        A signature holds for one method alone.
        """
        url: str = self.client.generate_presigned_url(
            "head_object" if head else "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": key,
                "ResponseContentType": content_type,
                "ResponseContentDisposition": f"inline; filename*=UTF-8''{quote(filename)}",
            },
            ExpiresIn=expires_seconds,
        )
        return self.public(url)

    def public(self, url: str) -> str:
        """A signed address as clients reach it: path and query stay what they were signed as."""
        if not self._public_url:
            return url
        origin = urlsplit(self._public_url)
        return urlunsplit(urlsplit(url)._replace(scheme=origin.scheme, netloc=origin.netloc))

    @property
    def origin(self) -> str:
        """Where clients reach the bucket: what a page's policy has to allow."""
        parts = urlsplit(
            self.presign_get("uploads/", content_type="", filename="", expires_seconds=1)
        )
        return f"{parts.scheme}://{parts.netloc}"

    def _check_folder(self, key: str) -> None:
        if self._of_owners:
            declared_object(key)

    def copy(self, source: str, key: str, *, content_type: str) -> None:
        """Copy an object within the bucket, in parts. Raises ObjectMissing.

        Through this process: the embedded cloud's bucket copies nothing by itself.
        """
        try:
            body = self.client.get_object(Bucket=self.bucket, Key=source)["Body"]
        except self.client.exceptions.ClientError as error:
            raise _missing(error) from error
        with closing(body):
            self.put_stream(key, body, content_type=content_type)

    def put_stream(self, key: str, stream: Readable, *, content_type: str) -> None:
        """Upload a file object in parts, without reading it whole."""
        self._check_folder(key)
        self.client.upload_fileobj(
            stream, self.bucket, key, ExtraArgs={"ContentType": content_type}
        )

    def put(self, key: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        """Upload a few megabytes at most."""
        self._check_folder(key)
        self.client.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=data,
            ContentType=content_type,
            CacheControl=cache_control,
        )

    def upload(self, path: Path, key: str, *, content_type: str) -> int:
        """Upload a local file; returns its size in bytes."""
        self._check_folder(key)
        self.client.upload_file(
            str(path), self.bucket, key, ExtraArgs={"ContentType": content_type}
        )
        return path.stat().st_size

    def download(
        self,
        key: str,
        path: Path,
        *,
        etag: str | None = None,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        """Stream an object to a local file; with `etag`, only the object that has it.

        Raises ObjectMissing and ObjectChanged.
        """
        condition = {"IfMatch": etag} if etag else None
        try:
            with _transfer(self.client) as transfer:
                transfer.download_file(self.bucket, key, str(path), condition, on_bytes)
        except self.client.exceptions.ClientError as error:
            raise _missing(error) from error

    def get_stream(self, key: str, stream: Writable) -> None:
        """Write an object to `stream` in order, while its ranges arrive in parallel.

        Whatever `stream.write` raises ends the transfer. Raises ObjectMissing.
        """
        try:
            self.client.download_fileobj(self.bucket, key, stream)
        except self.client.exceptions.ClientError as error:
            raise _missing(error) from error

    def look(self, key: str) -> StoredObject:
        """What lies under a key now. Raises ObjectMissing."""
        try:
            response = self.client.head_object(Bucket=self.bucket, Key=key)
        except self.client.exceptions.ClientError as error:
            raise _missing(error) from error
        return StoredObject(response["ETag"], response["ContentLength"])

    def size(self, key: str) -> int:
        """The object's size in bytes. Raises ObjectMissing."""
        return self.look(key).size

    def has(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def head_bytes(self, key: str, count: int, *, etag: str) -> bytes:
        """The first bytes of the object that has this ETag. Raises ObjectMissing, ObjectChanged."""
        try:
            response = self.client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes=0-{count - 1}", IfMatch=etag
            )
        except self.client.exceptions.ClientError as error:
            raise _missing(error) from error
        body: bytes = response["Body"].read(count)
        return body

    def delete(self, key: str, *, etag: str | None = None) -> None:
        """Delete an object; with `etag`, only the one that has it. Raises ObjectChanged then.

        On AWS the bucket keeps it for a week as an old version, against slips of operators and
        takers-over of jobs. What somebody asks to be deleted is erased.
        """
        condition = {"IfMatch": etag} if etag else {}
        try:
            self.client.delete_object(Bucket=self.bucket, Key=key, **condition)
        except self.client.exceptions.ClientError as error:
            raise _missing(error) from error

    def delete_folder(self, prefix: str, *, but: str | None = None) -> None:
        """Delete every object under a prefix, `but` those under another."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        for page in pages:
            keys = [entry["Key"] for entry in page.get("Contents", ())]
            self._delete_all([key for key in keys if but is None or not key.startswith(but)])

    def erase(self, key: str) -> None:
        """Delete an object for good, with every version of it that the bucket keeps."""
        for page in self._versions(key):
            self._delete_entries([one for one in page if one["Key"] == key])

    def erase_folder(self, prefix: str) -> None:
        """The same with all objects under a prefix."""
        for page in self._versions(prefix):
            self._delete_entries(page)

    def erase_some(self, prefix: str) -> int:
        """Erase up to 1,000 versions of objects under a prefix; returns how many there were."""
        found = next(self._versions(prefix), [])
        self._delete_entries(found)
        return len(found)

    def _versions(self, prefix: str) -> Iterator[list[dict[str, str]]]:
        """Pages of what has been under a prefix, in any bucket, marks of deletions among it."""
        pages = self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        for page in pages:
            entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            yield [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in entries]

    def _delete_all(self, keys: Sequence[str]) -> None:
        self._delete_entries([{"Key": key} for key in keys])

    def _delete_entries(self, objects: Sequence[Mapping[str, str]]) -> None:
        if not objects:
            return
        answer = self.client.delete_objects(
            Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True}
        )
        if refused := answer.get("Errors"):
            raise DeletionRefused(f"{len(refused)} objects, the first: {refused[0].get('Code')}")


def _missing(error: Any) -> Exception:
    code = error.response.get("Error", {}).get("Code")
    if code in ("412", "PreconditionFailed"):
        return ObjectChanged()
    return ObjectMissing() if code in ("404", "NoSuchKey", "NotFound") else error


def _transfer(client: Any) -> Any:
    """As the client makes one for its `download_file`, which cannot be conditional."""
    from boto3.s3.transfer import S3Transfer, TransferConfig  # noqa: PLC0415 - as boto3, above
    from s3transfer.manager import TransferManager  # noqa: PLC0415 - as boto3, above

    class Conditional(TransferManager):  # type: ignore[misc] # s3transfer has no types
        ALLOWED_DOWNLOAD_ARGS: ClassVar = [*TransferManager.ALLOWED_DOWNLOAD_ARGS, "IfMatch"]

    return S3Transfer(manager=Conditional(client, TransferConfig()))
