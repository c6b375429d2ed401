"""Uploaded files: registered (`pending`), then `ready` or `rejected` once the object is there.

A presigned request stays good for a while after its upload, so another object may take the place of
one that was judged. The record therefore holds the ETag of the object that it speaks of, and every
verdict replaces the one that its judge saw, or loses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dh_core.access.cursors import Position
from dh_core.clock import Clock, iso, system_clock
from dh_core.limits import FileType
from dh_core.store.counters import counter_write, file_counter
from dh_core.store.table import ConditionFailed, Item, Page, Table, Write


class FileStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class NewFile:
    """What the API knows of a file before its bytes arrive."""

    owner: str
    file_type: FileType
    filename: str
    file_size: int
    mime_type: str
    key: str
    expires_at: int
    """When the registration lapses if nothing arrives, seconds since the epoch."""
    user_id: str | None = None
    source: str | None = None
    """Where we fetch it from: an address, or the key of a task's result."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A row of the table."""

    owner: str
    file_type: FileType
    filename: str
    file_size: int
    mime_type: str
    key: str
    status: FileStatus
    created_at: str
    error_code: str | None = None
    error_message: str | None = None
    user_id: str | None = None
    expires_at: int = 0
    """As in NewFile; once it is ready, when it is deleted."""
    avatars: tuple[str, ...] = ()
    """Names of the avatars made from it."""
    etag: str | None = None
    """Of the object that was judged; None before the dispatcher has judged one."""
    source: str | None = None
    """As in NewFile, until it has been judged: an address may hold a signature."""
    allowed_etag: str | None = None
    """Of the object whose samples a moderator has allowed."""


def file_partition(owner: str, file_type: str, filename: str) -> str:
    return f"FILE#{owner}#{file_type}#{filename}"


def file_key(owner: str, file_type: str, filename: str) -> dict[str, str]:
    return {"PK": file_partition(owner, file_type, filename), "SK": "FILE"}


def wait_key(owner: str, file_type: str, filename: str, task_id: str) -> dict[str, str]:
    """Of the item that says that a task waits for a file to arrive."""
    return {"PK": file_partition(owner, file_type, filename), "SK": f"WAIT#{task_id}"}


def use_key(owner: str, file_type: str, filename: str, task_id: str) -> dict[str, str]:
    """Of the item that says that a task, not ended yet, needs a file."""
    return {"PK": file_partition(owner, file_type, filename), "SK": f"USE#{task_id}"}


class FileStore:
    """Reads and writes file records and the waiters on them."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def register(self, new: NewFile) -> FileRecord | None:
        """Record a file that is about to be uploaded; None when the name is taken."""
        now = self._clock()
        item: dict[str, Any] = {
            **file_key(new.owner, new.file_type, new.filename),
            "GSI1PK": _owner_partition(new.owner),
            "GSI1SK": f"{iso(now)}#{new.filename}",
            "owner": new.owner,
            "file_type": new.file_type,
            "filename": new.filename,
            "file_size": new.file_size,
            "mime_type": new.mime_type,
            "object_key": new.key,
            "status": FileStatus.PENDING,
            "created_at": iso(now),
            "expires_at": new.expires_at,
        }
        if new.user_id:
            item["user_id"] = new.user_id
        if new.source:
            item["source"] = new.source
        try:
            self._table.transact(
                lambda: [{"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(PK)"}}]
            )
        except ConditionFailed:
            return None
        return _record(item)

    def get(self, owner: str, file_type: str, filename: str) -> FileRecord | None:
        item = self._table.get(file_key(owner, file_type, filename))
        return _record(item) if item else None

    def mark_ready(
        self,
        file: FileRecord,
        *,
        size: int,
        expires_at: int,
        etag: str | None = None,
        mime_type: str | None = None,
    ) -> bool:
        """The object of this ETag is good, and of this type.

        False when the record has changed since it was read.
        """
        changes: Item = {"status": FileStatus.READY, "file_size": size, "expires_at": expires_at}
        if mime_type is not None:
            changes["mime_type"] = mime_type
        return self._settle(file, changes, etag, drops=", error_code, error_message")

    def mark_rejected(
        self, file: FileRecord, *, code: str, message: str, etag: str | None = None
    ) -> bool:
        """The object of this ETag is not to be used; False as above."""
        changes: Item = {
            "status": FileStatus.REJECTED,
            "error_code": code,
            "error_message": message,
        }
        return self._settle(file, changes, etag)

    def _settle(
        self, file: FileRecord, changes: Item, etag: str | None, *, drops: str = ""
    ) -> bool:
        if etag is not None:
            changes["etag"] = etag
        names = {f"#n{i}": name for i, name in enumerate(changes)}
        values = {f":n{i}": value for i, value in enumerate(changes.values())}
        condition = "#status = :seen AND attribute_not_exists(#etag)"
        if file.etag is not None:
            condition = "#status = :seen AND #etag = :seen_etag"
            values[":seen_etag"] = file.etag
        update: Write = {
            "Update": {
                "Key": file_key(file.owner, file.file_type, file.filename),
                "UpdateExpression": "SET "
                + ", ".join(f"#n{i} = :n{i}" for i in range(len(changes)))
                + " REMOVE #source"
                + drops,
                # Events come twice, and out of order; only the first may count the file.
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {
                    **names,
                    "#status": "status",
                    "#etag": "etag",
                    "#source": "source",
                },
                "ExpressionAttributeValues": {**values, ":seen": file.status},
            }
        }
        ready = FileStatus.READY
        change = (changes["status"] is ready) - (file.status is ready)
        counted = [counter_write({file_counter(file.file_type): change})] if change else []
        try:
            self._table.transact(lambda: [update, *counted])
        except ConditionFailed:
            return False
        return True

    def list_ready(
        self,
        owner: str,
        *,
        file_type: str | None,
        user_id: str | None,
        limit: int,
        cursor: Position | None,
    ) -> Page[FileRecord]:
        """Ready files of an owner, newest first."""
        page = self._table.newest(
            _owner_partition(owner),
            limit=limit,
            cursor=cursor,
            filters=_filters(file_type, user_id),
        )
        return Page(tuple(_record(item) for item in page.records), page.cursor)

    def newest(self, owner: str, most: int) -> tuple[FileRecord, ...]:
        """Files of an owner in any state."""
        page = self._table.newest(_owner_partition(owner), limit=most, cursor=None, filters={})
        return tuple(map(_record, page.records))

    def count_ready(self, owner: str, *, file_type: str | None, user_id: str | None) -> int:
        return self._table.count(_owner_partition(owner), _filters(file_type, user_id))

    def waiting_tasks(self, file: FileRecord) -> Iterator[str]:
        """Ids of the tasks that wait for this file."""
        return self._beside(file, "WAIT#")

    def tasks_using(self, file: FileRecord) -> Iterator[str]:
        """Ids of the tasks that have not ended and need this file."""
        return self._beside(file, "USE#")

    def _beside(self, file: FileRecord, prefix: str) -> Iterator[str]:
        partition = file_partition(file.owner, file.file_type, file.filename)
        for item in self._table.query(
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": partition, ":prefix": prefix},
            ConsistentRead=True,
        ):
            yield item["SK"].removeprefix(prefix)

    def note_avatar(self, owner: str, file_type: str, filename: str, avatar: str) -> bool:
        """Remember that an avatar is made from a file; False when the file is gone."""
        try:
            self._table.update(
                {
                    "Key": file_key(owner, file_type, filename),
                    "UpdateExpression": "ADD avatars :avatar",
                    "ConditionExpression": "attribute_exists(PK)",
                    "ExpressionAttributeValues": {":avatar": {avatar}},
                }
            )
        except ConditionFailed:
            return False
        return True

    def note_allowed(self, file: FileRecord, etag: str) -> None:
        """A moderator has seen samples of the object of this ETag, and allowed them all."""
        try:
            self._table.update(
                {
                    "Key": file_key(file.owner, file.file_type, file.filename),
                    "UpdateExpression": "SET allowed_etag = :etag",
                    "ConditionExpression": "attribute_exists(PK)",
                    "ExpressionAttributeValues": {":etag": etag},
                }
            )
        except ConditionFailed:
            return

    def delete(self, file: FileRecord) -> bool:
        """Forget a file, and who waits for it or uses it.

        False when it is gone, or has changed since it was read.
        """
        self._table.delete_partition(
            file_partition(file.owner, file.file_type, file.filename), but="FILE"
        )
        delete: Write = {
            "Delete": {
                "Key": file_key(file.owner, file.file_type, file.filename),
                "ConditionExpression": "#status = :seen",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":seen": file.status},
            }
        }
        counted = file.status is FileStatus.READY
        try:
            self._table.transact(
                lambda: (
                    [delete, counter_write({file_counter(file.file_type): -1})]
                    if counted
                    else [delete]
                )
            )
        except ConditionFailed:
            return False
        return True

    def drop_waiter(self, file: FileRecord, task_id: str) -> None:
        self._table.delete(wait_key(file.owner, file.file_type, file.filename, task_id))


def _filters(file_type: str | None, user_id: str | None) -> dict[str, str]:
    filters: dict[str, str] = {"status": FileStatus.READY}
    if file_type:
        filters["file_type"] = file_type
    if user_id:
        filters["user_id"] = user_id
    return filters


def _owner_partition(owner: str) -> str:
    return f"OWNER#{owner}#FILE"


def _record(item: Item) -> FileRecord:
    return FileRecord(
        owner=item["owner"],
        file_type=item["file_type"],
        filename=item["filename"],
        file_size=int(item["file_size"]),
        mime_type=item["mime_type"],
        key=item["object_key"],
        status=FileStatus(item["status"]),
        created_at=item["created_at"],
        error_code=item.get("error_code"),
        error_message=item.get("error_message"),
        user_id=item.get("user_id"),
        expires_at=int(item["expires_at"]),
        avatars=tuple(sorted(item.get("avatars", ()))),
        etag=item.get("etag"),
        source=item.get("source"),
        allowed_etag=item.get("allowed_etag"),
    )
