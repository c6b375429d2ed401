"""Resumable uploads: which file a client is sending in parts, and under which upload of S3."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from dh_core.clock import Clock, iso, system_clock
from dh_core.limits import FileType
from dh_core.store.table import Item, Table

_OF_A_FILE_AT_MOST = 25
"""A name is registered once; only after its deletion may another upload bear it."""


@dataclass(frozen=True, slots=True)
class MultipartRecord:
    """A row of the table. `upload_id` is ours; S3's own never leaves the server."""

    owner: str
    upload_id: str
    s3_upload_id: str
    file_type: FileType
    filename: str
    file_size: int
    part_size: int
    expires_at: int
    """Seconds since the epoch."""
    created_at: str = ""

    @property
    def part_count(self) -> int:
        return -(-self.file_size // self.part_size)

    def size_of(self, part_number: int) -> int:
        """Bytes of a part, counted from 1; only the last one is shorter."""
        return min(self.part_size, self.file_size - (part_number - 1) * self.part_size)


class MultipartStore:
    """Reads and writes them. A record stays after its end, so that a repeated call can tell."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def put(self, upload: MultipartRecord) -> None:
        created_at = upload.created_at or iso(self._clock())
        self._table.put(
            {
                **_key(upload.owner, upload.upload_id),
                "GSI1PK": f"OWNER#{upload.owner}#UPLOAD",
                "GSI1SK": f"{created_at}#{upload.upload_id}",
                **asdict(upload),
                "created_at": created_at,
            }
        )

    def get(self, owner: str, upload_id: str) -> MultipartRecord | None:
        """None also for another owner's, and for one that has lapsed."""
        item = self._table.get(_key(owner, upload_id))
        record = _record(item) if item else None
        return record if record and record.expires_at > self._clock() else None

    def delete_of(self, owner: str, file_type: str, filename: str) -> None:
        """Forget the uploads of a file."""
        page = self._table.newest(
            f"OWNER#{owner}#UPLOAD",
            limit=_OF_A_FILE_AT_MOST,
            cursor=None,
            filters={"file_type": file_type, "filename": filename},
        )
        for item in page.records:
            self.delete(owner, item["upload_id"])

    def delete(self, owner: str, upload_id: str) -> None:
        self._table.delete(_key(owner, upload_id))


def _key(owner: str, upload_id: str) -> dict[str, str]:
    return {"PK": f"UPLOAD#{owner}#{upload_id}", "SK": "UPLOAD"}


def _record(item: Item) -> MultipartRecord:
    return MultipartRecord(
        owner=item["owner"],
        upload_id=item["upload_id"],
        s3_upload_id=item["s3_upload_id"],
        file_type=item["file_type"],
        filename=item["filename"],
        file_size=int(item["file_size"]),
        part_size=int(item["part_size"]),
        expires_at=int(item["expires_at"]),
        created_at=item["created_at"],
    )
