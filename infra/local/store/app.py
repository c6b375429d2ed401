"""ministack's ASGI application, whose answers leave when their effects are written."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final

from ministack import app as ministack
from ministack.services import s3

from infra.local.store.blobs import BlobFolder
from infra.local.store.bodies import Bodies, Exchange, Receive, exchange
from infra.local.store.indexes import keep_in_order
from infra.local.store.journal import Journal, StorageFull
from infra.local.store.mirror import Mirror
from infra.local.store.objects import Objects
from infra.local.store.older import OlderFolder

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

LOST_PATH: Final = "/_store/lost"
_FULL: Final = 507


class DurableStore:
    """Everything is kept in `folder`. `lost` says what could not be found again at the start."""

    def __init__(self, folder: Path, older: OlderFolder) -> None:
        self.lost: list[str] = []
        self._blobs = BlobFolder(folder / "objects")
        keep_in_order()
        self._open(folder / "rows.db")
        if older.exists:
            self._take_over(older)
        Bodies(self._blobs)
        Objects(self._blobs)

    def _open(self, path: Path) -> None:
        try:
            self._load(path)
        except sqlite3.DatabaseError:
            log.exception("%s cannot be read", path)
            aside = path.with_name(f"{path.name}.unreadable-{int(time.time())}")
            path.rename(aside)
            path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
            self._load(path)
            self.lost.append(f"all records: their file was damaged and is now {aside.name}")

    def _load(self, path: Path) -> None:
        self._journal = Journal(path, self._blobs)
        self._mirror = Mirror(self._journal, self._blobs)
        self.lost += self._mirror.load()
        orphans = self._blobs.sweep(self._mirror.named_blobs())
        if orphans:
            log.warning("removed %d files that no record names", orphans)

    def _take_over(self, older: OlderFolder) -> None:
        if older.is_whole:
            ministack._load_persisted_state()
            self._mirror.adopt()
            older.remove()
        else:
            older.put_aside()
            self.lost.append("what an older version left: its stack was never completed")
        # From here on the journal alone keeps state.
        ministack.PERSIST_STATE = s3.S3_PERSIST = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await ministack.app(scope, receive, send)
        elif scope["path"] == LOST_PATH:
            await _answer(send, 200, "application/json", json.dumps(self.lost).encode())
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        current = Exchange()
        exchange.set(current)
        started = refused = False

        async def kept_first(message: Message) -> None:
            nonlocal started, refused
            if message["type"] == "http.response.start":
                started = True
                try:
                    self._mirror.commit()
                    if _is_query(scope):
                        self._mirror.commit_structure()
                except StorageFull:
                    refused = True
                    await _refuse(scope, send)
            if not refused:
                await send(message)

        try:
            await ministack.app(scope, receive, kept_first)
        except OSError:
            if started:
                raise
            log.exception("a body cannot be kept")
            await _refuse(scope, send)
        finally:
            if current.blob is not None and not current.kept:
                self._blobs.remove([current.blob.name])

    def close(self) -> None:
        self._mirror.commit()
        self._journal.close()


def _is_query(scope: Message) -> bool:
    """CloudFormation's requests, the only ones that change tables, queues and buckets."""
    headers = dict(scope["headers"])
    return bool(headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"))


async def _refuse(scope: Message, send: Send) -> None:
    """507, as the SDK of the service at hand reads errors."""
    message = "The disk is full; nothing was kept."
    if b"x-amz-target" in dict(scope["headers"]):
        body = json.dumps({"__type": "InsufficientStorage", "message": message}).encode()
        await _answer(send, _FULL, "application/x-amz-json-1.0", body)
    else:
        error = f"<Error><Code>InsufficientStorage</Code><Message>{message}</Message></Error>"
        await _answer(send, _FULL, "application/xml", error.encode())


async def _answer(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
