"""The requests that carry the bytes of objects, served from and to files.

ministack has by then checked the signature and who may do what; here is what it would do with the
body in memory. Everything else (deleting, listing, HEAD, aborting) works on its records as it is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring

from ministack.core.responses import StreamingResponse, now_iso
from ministack.services import s3

from infra.local.store.blobs import Blob, BlobFolder
from infra.local.store.bodies import exchange

Answer = tuple[int, dict[str, str], Any]
Headers = dict[str, str]
Query = dict[str, Any]

CHUNK_BYTES: Final = 256 * 1024
# What a request is about, if not the bytes of the object.
_SUBRESOURCES: Final = frozenset({"acl", "tagging", "attributes", "retention", "legal-hold"})
# Of forms: versions 4 and 2, of which boto3 makes either.
_SIGNATURES: Final = frozenset({"x-amz-signature", "signature"})
_CHECKSUM_HEADER: Final = "x-amz-checksum-"
# Of a form, what becomes a property of the object (RESTObjectPOST).
_FORM_HEADERS: Final = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)


class Objects:
    """Takes the place of ministack's `s3._dispatch`."""

    def __init__(self, blobs: BlobFolder) -> None:
        self._blobs = blobs
        self._others: Callable[..., Answer] = s3._dispatch
        s3._dispatch = self.dispatch

    def dispatch(
        self, method: str, bucket: str, key: str, headers: Headers, body: bytes, query: Query
    ) -> Answer:
        """Answer a request of S3; ministack's own code answers those without bytes."""
        if "x-amz-copy-source" in headers:
            return _error("NotImplemented", "Objects cannot be copied here.", 501)
        blob = exchange.get().blob
        answer: Answer | None = None
        if s3._ensure_bucket(bucket) is not None and not _SUBRESOURCES & query.keys():
            match method, bool(key), "uploadId" in query:
                case "POST", False, False if blob is not None:
                    answer = self._post(bucket, headers, body, blob)
                case "PUT", True, False if blob is not None:
                    answer = self._put(bucket, key, headers, blob)
                case "PUT", True, True if blob is not None:
                    answer = self._put_part(bucket, key, headers, query, blob)
                case "POST", True, True:
                    answer = self._complete(bucket, key, headers, body, query)
                case "GET", True, False:
                    answer = self._get(bucket, key, headers, query)
        if answer is None:
            if blob is not None:
                body = self._blobs.path(blob.name).read_bytes()
            answer = self._others(method, bucket, key, headers, body, query)
        return answer

    def _put(self, bucket: str, key: str, headers: Headers, blob: Blob) -> Answer:
        checksums, refused = _verify(headers, blob)
        refused = refused or s3._check_put_preconditions(headers, _objects(bucket).get(key))
        encryption, unknown = s3._resolve_sse_write_headers(headers, bucket)
        if refused or unknown:
            return refused or unknown
        etag = _store(bucket, key, "Put", headers | encryption, blob, checksums)
        return 200, {"ETag": etag, "Content-Length": "0", **encryption}, b""

    def _post(self, bucket: str, headers: Headers, body: bytes, blob: Blob) -> Answer:
        """A form, signed by its policy; `body` is the form without the bytes of the file."""
        parts = s3._parse_multipart_form(headers.get("content-type", ""), body)
        fields = {n.lower(): v.decode("utf-8", "replace") for n, _, _, v in parts if n != "file"}
        file = next(((name, about) for n, name, about, _ in parts if n == "file"), None)
        if file is None:
            return _error("InvalidArgument", "POST requires a file field.", 400)
        if not _SIGNATURES & fields.keys():
            return _error("AccessDenied", "Access Denied", 403)
        key = fields["key"] = fields.get("key", "").replace("${filename}", file[0] or "")
        if not key:
            return _error("InvalidArgument", "Bucket POST must contain a field named 'key'.", 400)
        region = s3.bucket_region(bucket)
        refused = s3._enforce_signed_post_policy(
            fields, bucket, region, blob.size, sigv4="x-amz-signature" in fields
        )
        if refused:
            answer: Answer = refused
            return answer
        about = {name: fields[name] for name in _FORM_HEADERS if name in fields}
        about |= {n: v for n, v in fields.items() if n.startswith("x-amz-meta-")}
        about.setdefault("content-type", file[1].get("content-type", "application/octet-stream"))
        encryption, _ = s3._resolve_sse_write_headers({}, bucket)
        etag = _store(bucket, key, "Post", about | encryption, blob, {})
        return 204, {"ETag": etag}, b""

    def _put_part(
        self, bucket: str, key: str, headers: Headers, query: Query, blob: Blob
    ) -> Answer:
        upload_id, upload = _upload(bucket, key, query)
        if upload is None:
            return _no_such_upload(bucket, key)
        number = str(s3._qp(query, "partNumber"))
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 10_000):
            return _error("InvalidArgument", "Part number must be between 1 and 10000.", 400)
        checksums, refused = _verify(headers, blob)
        if refused:
            return refused
        if upload.get("checksum_algorithm") == "CRC32":
            checksums["CRC32"] = blob.crc32
        etag = f'"{blob.md5}"'
        upload["parts"][int(number)] = {
            "blobs": [(blob.name, blob.size)],
            "etag": etag,
            "size": blob.size,
            "last_modified": now_iso(),
            "checksums": checksums,
        }
        exchange.get().kept = True
        s3._multipart_uploads[upload_id] = upload
        return 200, {"ETag": etag, **_checksum_headers(checksums)}, b""

    def _complete(
        self, bucket: str, key: str, headers: Headers, body: bytes, query: Query
    ) -> Answer | None:
        upload_id, upload = _upload(bucket, key, query)
        if upload is None:
            return None  # perhaps a repeat, which ministack answers
        refused: Answer | None = s3._check_put_preconditions(headers, _objects(bucket).get(key))
        if refused:
            return refused
        try:
            named = _named_parts(body)
        except (ParseError, ValueError):
            return _error("MalformedXML", "The XML you provided was not well-formed.", 400)
        parts = [(number, upload["parts"].get(number), etag) for number, etag in named]
        wrong = [n for n, part, etag in parts if part is None or part["etag"].strip('"') != etag]
        if wrong or not parts:
            return _error("InvalidPart", f"Parts could not be found: {wrong}", 400)
        chosen = [upload["parts"][number] for number, _ in named]
        digests = b"".join(bytes.fromhex(part["etag"].strip('"')) for part in chosen)
        etag = f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(chosen)}"'
        algorithm = upload.get("checksum_algorithm")
        composite = s3._composite_checksum(
            algorithm, [part["checksums"].get(algorithm) for part in chosen]
        )
        record = {
            "body": None,
            "blobs": [blob for part in chosen for blob in part["blobs"]],
            "content_type": upload["content_type"],
            "content_encoding": upload.get("content_encoding"),
            "etag": etag,
            "last_modified": now_iso(),
            "size": sum(part["size"] for part in chosen),
            "metadata": upload["metadata"],
            "preserved_headers": upload.get("preserved_headers", {}),
            "storage_class": "STANDARD",
            "checksums": {algorithm: composite} if composite else {},
            "checksum_type": "COMPOSITE" if composite else None,
        }
        del s3._multipart_uploads[upload_id]
        _keep(bucket, key, "CompleteMultipartUpload", record)
        answer = Element("CompleteMultipartUploadResult", xmlns=s3.S3_NS)
        location = f"http://{headers.get('host', '')}/{bucket}/{key}"
        for name, value in (("Location", location), ("Bucket", bucket), ("Key", key)):
            SubElement(answer, name).text = value
        SubElement(answer, "ETag").text = etag
        response = (200, {"Content-Type": "application/xml"}, s3._xml_body(answer))
        # A client that lost the answer asks again.
        s3._completed_multipart_uploads[upload_id] = {"key": key, "response": response}
        return response

    def _get(self, bucket: str, key: str, headers: Headers, query: Query) -> Answer | None:
        record = _objects(bucket).get(key)
        if record is None:
            return None  # ministack has the words for it
        refused: Answer | None = s3._reject_response_overrides_if_unsigned(
            headers, query, bucket, key
        )
        if refused:
            return refused
        wanted = headers.get("range", "")
        answer: Headers = s3._object_response_headers(
            record,
            bucket,
            key,
            include_checksums=headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
            and not wanted,
        )
        refused = s3._check_read_preconditions(headers, record, answer)
        if refused:
            return refused
        status, first, last = 200, 0, record["size"] - 1
        if wanted:
            found = s3._parse_range(wanted, record["size"])
            if found is None:
                about = {
                    "Content-Type": "application/xml",
                    "Content-Range": f"bytes */{record['size']}",
                }
                return 416, about, s3._xml_body(s3._range_error_xml(bucket, key))
            status, (first, last) = 206, found
            answer["Content-Range"] = f"bytes {first}-{last}/{record['size']}"
        answer["Content-Length"] = str(last + 1 - first)
        s3._apply_response_overrides(answer, query)
        # Opened now, so that whoever deletes the object meanwhile does not cut the answer short.
        files = [self._blobs.path(name).open("rb") for name, _ in record["blobs"]]
        sizes = [size for _, size in record["blobs"]]
        return status, answer, StreamingResponse(_sender(files, sizes, first, last + 1 - first))


def _sender(
    files: Sequence[IO[bytes]], sizes: Sequence[int], start: int, length: int
) -> Callable[..., Awaitable[None]]:
    """Sends `length` bytes from `start` on of files laid end to end."""

    async def run(send: Callable[[MutableMapping[str, Any]], Awaitable[None]], _: Any) -> None:
        skipped, left = start, length
        for file, size in zip(files, sizes, strict=True):
            with file:
                file.seek(min(skipped, size))
                skipped = max(0, skipped - size)
                while left and (chunk := file.read(min(CHUNK_BYTES, left))):
                    left -= len(chunk)
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return run


def _store(
    bucket: str,
    key: str,
    how: str,
    headers: Headers,
    blob: Blob,
    checksums: dict[str, str],
) -> str:
    etag = f'"{blob.md5}"'
    record = s3._build_object_record(b"", headers, etag=etag, checksums=checksums)
    record |= {
        "body": None,
        "size": blob.size,
        "blobs": [(blob.name, blob.size)],
    }
    record["preserved_headers"] |= {
        name: value for name, value in headers.items() if "server-side-encryption" in name
    }
    exchange.get().kept = True
    _keep(bucket, key, how, record)
    return etag


def _keep(bucket: str, key: str, how: str, record: dict[str, Any]) -> None:
    """Make the object visible and announce it, which is one write of the journal."""
    _objects(bucket)[key] = record
    event = f"s3:ObjectCreated:{how}"
    s3._fire_s3_event(
        bucket,
        key,
        event,
        size=record["size"],
        etag=record["etag"],
        sequencer=s3._next_event_sequencer(event),
    )


def _verify(headers: Headers, blob: Blob) -> tuple[dict[str, str], Answer | None]:
    """The checksums that a request names, if what arrived has them; else the refusal."""
    md5 = base64.b64encode(bytes.fromhex(blob.md5)).decode()
    sha256 = base64.b64encode(bytes.fromhex(blob.sha256)).decode()
    known = {"crc32": blob.crc32, "sha256": sha256}
    named = {
        name.removeprefix(_CHECKSUM_HEADER): value
        for name, value in headers.items()
        if name.startswith(_CHECKSUM_HEADER) and name[len(_CHECKSUM_HEADER) :] not in _NO_CHECKSUM
    }
    if unknown := named.keys() - known.keys():
        message = f"Checksums of {', '.join(sorted(unknown))} are not checked here; use CRC32."
        return {}, _error("InvalidRequest", message, 400)
    if any(known[name] != value for name, value in named.items()):
        return {}, _error("BadDigest", "The checksum does not match what was received.", 400)
    if headers.get("content-md5", md5) != md5:
        return {}, _error("BadDigest", "The Content-MD5 does not match what was received.", 400)
    signed = headers.get("x-amz-content-sha256", "")
    if len(signed) == 64 and signed.lower() != blob.sha256:
        message = "The x-amz-content-sha256 does not match what was received."
        return {}, _error("XAmzContentSHA256Mismatch", message, 400)
    return {name.upper(): value for name, value in named.items()}, None


_NO_CHECKSUM: Final = frozenset({"mode", "algorithm", "type"})


def _checksum_headers(checksums: dict[str, str]) -> Headers:
    return {f"{_CHECKSUM_HEADER}{name.lower()}": value for name, value in checksums.items()}


def _named_parts(body: bytes) -> list[tuple[int, str]]:
    """Number and ETag of each part that the client lists, in order."""
    listed = []
    for element in fromstring(body).iter():  # noqa: S314 — expat of today expands no bombs
        if element.tag.rpartition("}")[2] == "Part":
            values = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
            listed.append((int(values.get("PartNumber", "")), values.get("ETag", "").strip('"')))
    return sorted(listed)


def _upload(bucket: str, key: str, query: Query) -> tuple[str, dict[str, Any] | None]:
    upload_id = str(s3._qp(query, "uploadId"))
    upload = s3._multipart_uploads.get(upload_id)
    if upload is None or (upload["bucket"], upload["key"]) != (bucket, key):
        return upload_id, None
    return upload_id, upload


def _objects(bucket: str) -> dict[str, Any]:
    objects: dict[str, Any] = s3._buckets[bucket]["objects"]
    return objects


def _no_such_upload(bucket: str, key: str) -> Answer:
    return _error(
        "NoSuchUpload", "The specified multipart upload does not exist.", 404, f"/{bucket}/{key}"
    )


def _error(code: str, message: str, status: int, resource: str = "") -> Answer:
    answer: Answer = s3._error(code, message, status, resource)
    return answer
