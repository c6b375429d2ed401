"""Uploads that a moderator judges later: which object was handed in, and until when to wait.

The item lies beside its file and goes with it. A file has one: handing in another object under the
same name voids the judgement of the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dh_core.clock import Clock, system_clock
from dh_core.limits import FileType
from dh_core.store.files import FileRecord, file_key, file_partition
from dh_core.store.table import ConditionFailed, Item, Table

_LIST: Final = "MODERATIONS"
_KEPT_SECONDS: Final = 86_400
"""After the wait: whatever ends it may itself be late."""


@dataclass(frozen=True, slots=True)
class Moderation:
    """A row of the table. `trace_id` is the moderator's name for it, `etag` the object's."""

    owner: str
    file_type: FileType
    filename: str
    object_key: str
    etag: str
    trace_id: str
    wait_until: int
    """Seconds since the epoch."""


class ModerationStore:
    """Writes, finds and ends them."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def put(self, file: FileRecord, *, etag: str, trace_id: str, wait_seconds: int) -> bool:
        """Wait for the judgement of a file's object, in place of an earlier one's.

        False when the file is gone. A file that is waited for does not lapse meanwhile.
        """
        until = int(self._clock()) + wait_seconds
        kept = until + _KEPT_SECONDS
        item: Item = {
            **_key(file),
            "GSI1PK": f"TRACE#{trace_id}",
            "GSI1SK": trace_id,
            "GSI2PK": _LIST,
            "GSI2SK": f"{until:012d}#{trace_id}",
            "owner": file.owner,
            "file_type": file.file_type,
            "filename": file.filename,
            "object_key": file.key,
            "etag": etag,
            "trace_id": trace_id,
            "wait_until": until,
            "expires_at": kept,
        }
        stay = {
            "Key": file_key(file.owner, file.file_type, file.filename),
            "UpdateExpression": "SET expires_at = :until",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":until": max(file.expires_at, kept)},
        }
        try:
            self._table.transact(lambda: [{"Update": stay}, {"Put": {"Item": item}}])
        except ConditionFailed:
            return False
        return True

    def of(self, file: FileRecord) -> Moderation | None:
        item = self._table.get(_key(file))
        return _record(item) if item else None

    def find(self, trace_id: str) -> Moderation | None:
        """By the moderator's name. The index may be a second behind."""
        found = self._table.query(
            IndexName="GSI1",
            KeyConditionExpression="GSI1PK = :trace",
            ExpressionAttributeValues={":trace": f"TRACE#{trace_id}"},
        )
        return next(map(_record, found), None)

    def overdue(self) -> Iterator[Moderation]:
        """Those that were not answered in time."""
        for item in self._table.query(
            IndexName="GSI2",
            KeyConditionExpression="GSI2PK = :list AND GSI2SK < :now",
            ExpressionAttributeValues={":list": _LIST, ":now": f"{int(self._clock()):012d}"},
        ):
            yield _record(item)

    def end(self, moderation: Moderation) -> None:
        self._table.delete(_key(moderation))


def _key(of: FileRecord | Moderation) -> Item:
    return {"PK": file_partition(of.owner, of.file_type, of.filename), "SK": "MODERATION"}


def _record(item: Item) -> Moderation:
    return Moderation(
        owner=item["owner"],
        file_type=item["file_type"],
        filename=item["filename"],
        object_key=item["object_key"],
        etag=item["etag"],
        trace_id=item["trace_id"],
        wait_until=int(item["wait_until"]),
    )
