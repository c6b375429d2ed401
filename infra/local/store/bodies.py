"""Reads the bodies of requests; those that carry an object's bytes go to a file as they come."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ministack import app as ministack
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from infra.local.store.blobs import Blob, BlobFolder, BlobWriter

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# S3 allows 20 KB of fields before the file.
_MAX_FIELDS_BYTES: Final = 64 * 1024
_BOUNDARY: Final = re.compile(r'boundary=("?)([^";\s]+)\1', re.IGNORECASE)


@dataclass
class Exchange:
    """What became of the body of the request at hand."""

    blob: Blob | None = None
    kept: bool = False
    """Whether an object or a part consists of it now."""


exchange: ContextVar[Exchange] = ContextVar("exchange")


class Bodies:
    """Takes the place of ministack's `app._read_request_body`."""

    def __init__(self, blobs: BlobFolder) -> None:
        self._blobs = blobs
        self._others = ministack._read_request_body
        ministack._read_request_body = self.read

    async def read(self, receive: Receive, method: str, headers: Mapping[str, str]) -> bytes:
        """The body; of an object only what is about it. Raises OSError for a full disk."""
        form = headers.get("content-type", "").startswith("multipart/form-data")
        in_chunks = headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        if method == "PUT" and not in_chunks:
            writer = self._blobs.writer()
            await self._spool(receive, writer, writer.write)
            exchange.get().blob = writer.finish()
            return b""
        if method == "POST" and form:
            return await self._read_form(receive, headers["content-type"])
        body: bytes = await self._others(receive, method, headers)
        if method == "PUT":  # signed in chunks, which ministack has undone
            writer = self._blobs.writer()
            writer.write(body)
            exchange.get().blob = writer.finish()
        return body

    async def _read_form(self, receive: Receive, content_type: str) -> bytes:
        """The form as it would be if the file were empty. A malformed one is empty."""
        found = _BOUNDARY.search(content_type)
        if found is None:
            return b""
        writer = self._blobs.writer()
        form = _Form(found[2], writer)
        try:
            await self._spool(receive, writer, form.feed)
        except MultipartParseError:
            writer.discard()
            return b""
        exchange.get().blob = writer.finish()
        return form.without_file()

    async def _spool(
        self, receive: Receive, writer: BlobWriter, write: Callable[[bytes], None]
    ) -> None:
        failed: Exception | None = None
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                writer.discard()
                raise ministack._RequestBodyDisconnected
            try:
                if failed is None:
                    write(message.get("body", b""))
            except (OSError, MultipartParseError) as error:
                # A client reads the answer only when it has sent all.
                failed = error
                writer.discard()
            if not message.get("more_body", False):
                break
        if failed is not None:
            raise failed


class _Form:
    """multipart/form-data whose field `file` goes to `writer`, and all else into memory."""

    def __init__(self, boundary: str, writer: BlobWriter) -> None:
        self._boundary = boundary.encode()
        self._writer = writer
        self._parts: list[tuple[bytes, bytearray]] = []
        self._head = bytearray()
        self._before_value = False
        self._is_file = False
        self._kept_bytes = 0
        self._ended = False
        self._parser = MultipartParser(
            self._boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        """Raises MultipartParseError, OSError."""
        self._parser.write(data)

    def without_file(self) -> bytes:
        """Empty if the form broke off."""
        if not self._ended:
            return b""
        sections = [
            b"--%s\r\n%s\r\n%s\r\n" % (self._boundary, head, value) for head, value in self._parts
        ]
        return b"".join([*sections, b"--%s--\r\n" % self._boundary])

    def _begin(self) -> None:
        self._head = bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._keep(self._head, data[start:end])
        self._before_value = True

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        if self._before_value:
            self._head += b": "
            self._before_value = False
        self._keep(self._head, data[start:end])

    def _header_end(self) -> None:
        self._head += b"\r\n"

    def _headers_end(self) -> None:
        name = re.search(rb'[;\s]name=(?:"([^"]*)"|([^;\s]+))', self._head)
        self._is_file = name is not None and (name[1] or name[2]) == b"file"
        self._parts.append((bytes(self._head), bytearray()))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._writer.write(data[start:end])
        else:
            self._keep(self._parts[-1][1], data[start:end])

    def _end(self) -> None:
        self._ended = True

    def _keep(self, where: bytearray, data: bytes) -> None:
        self._kept_bytes += len(data)
        if self._kept_bytes > _MAX_FIELDS_BYTES:
            raise MultipartParseError("the fields before the file are too long")
        where += data
