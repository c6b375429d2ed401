"""What the processes that share a video hand to one another, in the bucket.

generated/{task_id}/{run}/segments/{name}               material: what everybody needs
generated/{task_id}/{run}/segments/{number}-{worker}.mp4  a finished segment

The folder of the run that cut the video, so that it goes with it whatever happens.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dh_core.cloud.media_store import MediaStore, ObjectMissing, generated_key
from dh_core.errors import TransientError
from dh_core.store import Claim, SegmentRecord

FOLDER: Final = "segments"


class SegmentFolder:
    """One task's. `check` is called while bytes flow and raises when the work has to stop."""

    def __init__(self, media: MediaStore, claim: Claim, check: Callable[[], None]) -> None:
        self._media = media
        self._claim = claim
        self._check = check

    def offer(self, material: Path) -> None:
        """Upload a file under its own name."""
        self._put(material, material.name)

    def fetch(self, name: str, target: Path) -> None:
        """Download material. Raises ObjectMissing: the work is over."""
        self._get(name, target)

    def put(self, number: int, worker: str, segment: Path) -> None:
        """Upload a segment. Under the worker's name: who lost it overwrites nobody's."""
        self._put(segment, _segment_name(number, worker))

    def get(self, record: SegmentRecord, target: Path) -> None:
        """Download the segment that a record says is done. Raises TransientError."""
        try:
            self._get(_segment_name(record.number, str(record.worker)), target)
        except ObjectMissing as error:
            raise TransientError("A finished segment has disappeared.") from error

    def delete(self) -> None:
        """Delete material and segments."""
        self._media.delete_folder(f"{self._key('')}")

    def _put(self, path: Path, name: str) -> None:
        self._check()
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._media.upload(path, self._key(name), content_type=kind)

    def _get(self, name: str, target: Path) -> None:
        self._media.download(self._key(name), target, on_bytes=lambda _: self._check())

    def _key(self, name: str) -> str:
        return generated_key(self._claim.task_id, self._claim.output_folder, f"{FOLDER}/{name}")


def _segment_name(number: int, worker: str) -> str:
    return f"{number:04d}-{worker}.mp4"
