"""Everything but the bytes of objects: rows in one SQLite file.

A write is in the file before `write` returns, so it survives the end of the process at any moment.
A thread puts it on the disk itself within half a second, which is what a power cut can cost.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.local.store.blobs import BlobFolder, sync

log = logging.getLogger(__name__)

_SYNC_SECONDS: Final = 0.5
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS rows (
  kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""

Key = tuple[str, ...]


class StorageFull(Exception):
    """The disk takes no more; nothing of the write was kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row to write; without a value, to remove."""

    kind: str
    key: Key
    value: Any = None


class Journal:
    """Rows by kind and key. One thread reads and writes."""

    def __init__(self, path: Path, blobs: BlobFolder) -> None:
        """Raises sqlite3.DatabaseError for a file that is no such journal."""
        self._path = path
        self._blobs = blobs
        self._rows = sqlite3.connect(path, isolation_level=None)
        # One process has the file, so the index of its log needs no shared memory.
        for setting in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
            self._rows.execute(f"PRAGMA {setting}")
        self._rows.execute(_SCHEMA)
        self._dirty = threading.Event()
        self._closing = threading.Event()
        self._syncing = threading.Thread(target=self._sync, name="sync", daemon=True)
        self._syncing.start()

    def write(self, changes: Sequence[Change]) -> None:
        """All of them, or none and StorageFull."""
        try:
            self._rows.execute("BEGIN")
            for change in changes:
                self._apply(change)
            self._rows.execute("COMMIT")
        except sqlite3.Error as error:
            log.exception("nothing can be written")
            if self._rows.in_transaction:
                self._rows.execute("ROLLBACK")
            raise StorageFull(str(error)) from error
        self._dirty.set()

    def read(self, kind: str, key: Key) -> Any:
        """A row's value; None where there is none."""
        found = self._rows.execute(
            "SELECT value FROM rows WHERE kind = ? AND key = ?", (kind, json.dumps(key))
        ).fetchone()
        return None if found is None else json.loads(found[0])

    def all(self, kind: str) -> Iterator[tuple[Key, Any]]:
        """Every row of a kind."""
        rows = self._rows.execute("SELECT key, value FROM rows WHERE kind = ?", (kind,))
        for key, value in rows.fetchall():
            yield tuple(json.loads(key)), json.loads(value)

    def close(self) -> None:
        self._closing.set()
        self._dirty.set()
        self._syncing.join()
        self._rows.close()

    def _apply(self, change: Change) -> None:
        key = json.dumps(change.key)
        if change.value is None:
            self._rows.execute("DELETE FROM rows WHERE kind = ? AND key = ?", (change.kind, key))
        else:
            self._rows.execute(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)",
                (change.kind, key, json.dumps(change.value)),
            )

    def _sync(self) -> None:
        log_file = self._path.with_name(f"{self._path.name}-wal")
        while not self._closing.is_set():
            self._dirty.wait()
            self._dirty.clear()
            try:
                # Bytes before the rows that name them.
                while self._blobs.unsynced:
                    sync(self._blobs.unsynced.pop())
                sync(self._blobs.root)
                sync(log_file)
            except OSError:
                log.exception("the disk did not take what was written")
            time.sleep(0 if self._closing.is_set() else _SYNC_SECONDS)
