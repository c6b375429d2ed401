"""The bytes of objects: one file for each upload or part, written as they arrive."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Blob:
    """What was written, and the digests that S3's requests name."""

    name: str
    size: int
    md5: str
    crc32: str
    sha256: str


@dataclass
class BlobFolder:
    """One folder. Files that nobody names are removed at the next start (`sweep`)."""

    root: Path
    unsynced: list[Path] = field(default_factory=list)
    """Written, and perhaps not yet on the disk; whoever syncs them empties it."""

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.root / name

    def writer(self) -> BlobWriter:
        return BlobWriter(self)

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def sweep(self, named: Collection[str]) -> int:
        """Remove every file that `named` lacks; returns how many there were."""
        orphans = [path.name for path in self.root.iterdir() if path.name not in named]
        self.remove(orphans)
        return len(orphans)

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Whether all files are there, as long as they were written."""
        return all(
            self.path(name).is_file() and self.path(name).stat().st_size == size
            for name, size in sizes.items()
        )


class BlobWriter:
    """A file in the making. `write` raises OSError where the disk takes no more."""

    def __init__(self, folder: BlobFolder) -> None:
        self._folder = folder
        self._name = secrets.token_hex(16)
        self._file = folder.path(self._name).open("wb", buffering=0)
        self._size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._crc32 = 0

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._size += len(data)
        self._md5.update(data)
        self._sha256.update(data)
        self._crc32 = zlib.crc32(data, self._crc32)

    def finish(self) -> Blob:
        self._file.close()
        self._folder.unsynced.append(self._folder.path(self._name))
        return Blob(
            name=self._name,
            size=self._size,
            md5=self._md5.hexdigest(),
            crc32=base64.b64encode(self._crc32.to_bytes(4, "big")).decode(),
            sha256=self._sha256.hexdigest(),
        )

    def discard(self) -> None:
        self._file.close()
        self._folder.remove([self._name])


def sync(path: Path) -> None:
    """Put a file or a folder on the disk itself; one that is gone needs no more."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
