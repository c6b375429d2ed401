"""Sending files: small ones by a presigned POST, big ones in parts that survive interruptions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dh_client.core.session import Session
from dh_client.core.wire import Flow, Form, Send
from dh_client.errors import InvalidInput, NotFound
from dh_client.generated.creations import FILE_TYPES
from dh_client.generated.types import (
    FileType,
    MultipartCreatedResponse,
    MultipartStatusResponse,
    UploadedResponse,
)

PARTS_FROM_BYTES: Final = 8 * 1024 * 1024
"""Larger files go in parts: what a broken line costs is one part."""
_PARTS_AT_ONCE: Final = 10
"""Their addresses expire: more are asked for as they are needed."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How much of a file has gone or come. `total` is None where the sender does not say it."""

    file: Path
    done: int
    total: int | None


OnTransfer = Callable[[Transfer], None]


@dataclass(slots=True)
class Unfinished:
    """The uploads that were begun: in a folder, or else for as long as the client lives."""

    folder: Path | None = None
    _ids: dict[str, str] = field(default_factory=dict)

    def find(self, name: str) -> str | None:
        if self.folder is None:
            return self._ids.get(name)
        note = self.folder / name
        return note.read_text("utf-8") if note.is_file() else None

    def note(self, name: str, upload_id: str) -> None:
        if self.folder is None:
            self._ids[name] = upload_id
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(upload_id, "utf-8")

    def forget(self, name: str) -> None:
        self._ids.pop(name, None)
        if self.folder is not None:
            (self.folder / name).unlink(missing_ok=True)


def upload(
    session: Session, unfinished: Unfinished, path: Path, kind: FileType, on_transfer: OnTransfer
) -> Flow[str]:
    """Send a file; returns the name under which tasks refer to it."""
    size = _size(path)
    if kind == "image" or size <= PARTS_FROM_BYTES:
        announced = yield from register(session, path, kind)
        yield from send(session, path, announced, on_transfer)
        return announced["file_info"]["filename"]
    return (yield from _Parts(session, unfinished, path, kind, size, on_transfer).send())


def kind_of(path: Path) -> FileType:
    """Which kind of upload a file is, by its ending. Raises InvalidInput."""
    if kind := FILE_TYPES.get(path.suffix.lower().lstrip(".")):
        return kind
    raise InvalidInput(f"Whether {path.name} is video, audio or image is not told by its ending.")


def register(session: Session, path: Path, kind: FileType) -> Flow[UploadedResponse]:
    """Ask where a file may be sent. Asking twice leaves an announcement that expires."""
    body = {"filename": path.name, "file_size": _size(path)}
    request = Send("POST", session.address(f"/upload/{kind}"), json=body)
    reply = yield from session.ask(request, may_repeat=True)
    announced: UploadedResponse = reply.json()
    return announced


def from_url(
    session: Session, url: str, kind: FileType, custom_name: str | None
) -> Flow[UploadedResponse]:
    """Have the server fetch a file."""
    body = {"url": url, "custom_name": custom_name}
    request = Send("POST", session.address(f"/upload/{kind}/from-url"), json=body)
    reply = yield from session.ask(request, may_repeat=False)
    announced: UploadedResponse = reply.json()
    return announced


def send(
    session: Session, path: Path, announced: UploadedResponse, on_transfer: OnTransfer
) -> Flow[None]:
    """POST a file straight to the bucket, as the presigned form says."""
    target = announced["upload"]
    if target is None:
        return
    size = _size(path)
    form = Form(
        target["fields"],
        path,
        # A form part's own type is free; the policy pins the one among the fields.
        target["fields"].get("Content-Type", "application/octet-stream"),
        lambda done: on_transfer(Transfer(path, min(done, size), size)),
    )
    yield from session.elsewhere(Send("POST", target["url"], form=form))


_Missing = tuple[str, int, list[int]]
"""The upload's id, the size of its parts, and the numbers of those to send."""


@dataclass(slots=True)
class _Parts:
    """One upload in parts. What has arrived is asked of the server, never remembered here."""

    session: Session
    unfinished: Unfinished
    path: Path
    kind: FileType
    size: int
    on_transfer: OnTransfer

    def send(self) -> Flow[str]:
        upload_id, part_size, missing = (yield from self._begun()) or (yield from self._begin())
        left = sum(min(part_size, self.size - (part - 1) * part_size) for part in missing)
        self._tell(left)
        for start in range(0, len(missing), _PARTS_AT_ONCE):
            body = {"part_numbers": missing[start : start + _PARTS_AT_ONCE]}
            request = Send("POST", self._address(f"/{upload_id}/parts"), json=body)
            targets = (yield from self.session.ask(request, may_repeat=True)).json()
            for target in targets["parts"]:
                content = self._read(target["offset"], target["content_length"])
                yield from self.session.elsewhere(Send("PUT", target["url"], content=content))
                left -= len(content)
                self._tell(left)
        request = Send("POST", self._address(f"/{upload_id}/complete"))
        completed = (yield from self.session.ask(request, may_repeat=True)).json()
        self.unfinished.forget(self._name)
        return str(completed["file_info"]["filename"])

    def _tell(self, left: int) -> None:
        self.on_transfer(Transfer(self.path, self.size - left, self.size))

    @property
    def _name(self) -> str:
        """Of the note on this upload: another content, place or server is another one."""
        said = self.path.stat()
        parts = (
            self.session.server,
            self.kind,
            self.path.resolve(),
            said.st_size,
            said.st_mtime_ns,
        )
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]

    def _address(self, rest: str = "") -> str:
        return self.session.address(f"/upload/{self.kind}/multipart{rest}")

    def _begun(self) -> Flow[_Missing | None]:
        """The upload that an interruption left, and its missing parts."""
        upload_id = self.unfinished.find(self._name)
        if upload_id is None:
            return None
        try:
            reply = yield from self.session.ask(Send("GET", self._address(f"/{upload_id}")))
        except NotFound:
            self.unfinished.forget(self._name)
            return None
        state: MultipartStatusResponse = reply.json()
        return upload_id, state["part_size"], state["missing"]

    def _begin(self) -> Flow[_Missing]:
        body = {"filename": self.path.name, "file_size": self.size}
        request = Send("POST", self._address(), json=body)
        # Beginning twice leaves an upload without parts, which expires.
        reply = yield from self.session.ask(request, may_repeat=True)
        created: MultipartCreatedResponse = reply.json()
        self.unfinished.note(self._name, created["upload_id"])
        every = list(range(1, created["part_count"] + 1))
        return created["upload_id"], created["part_size"], every

    def _read(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(offset)
            content = file.read(length)
        if len(content) != length:
            raise InvalidInput(f"{self.path} became shorter while it was sent. Send it again.")
        return content


def _size(path: Path) -> int:
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.")
    return path.stat().st_size
