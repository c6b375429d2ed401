"""Avatars and voices in the bucket, under their owner: a person is learnt once, not per video."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore, ObjectMissing, avatar_key
from dh_core.specs.base import InputFile
from dh_core.store import FileStore

logger = logging.getLogger(__name__)


class BucketLearntCache:
    """Implements `gpu_jobs.jobs.job.LearntCache` for one owner.

    `sample` is the upload that the task learns from; what was learnt is deleted with it.
    `check` is called while bytes flow and raises when the job has to stop.
    """

    def __init__(
        self,
        media: MediaStore,
        files: FileStore,
        owner: str,
        sample: InputFile | None,
        check: Callable[[], None],
    ) -> None:
        self._media = media
        self._files = files
        self._owner = owner
        self._sample = sample
        self._check = check

    def fetch(self, name: str, target: Path) -> bool:
        """Copy the named archive to `target`; False when there is none or it is out of reach."""
        try:
            if not self._noted(name):
                return False
            self._media.download(
                avatar_key(self._owner, name), target, on_bytes=lambda _: self._check()
            )
        except ObjectMissing:
            return False
        except CLOUD_ERRORS:
            logger.exception("what was learnt is out of reach; learning it again")
            return False
        return True

    def store(self, name: str, archive: Path) -> None:
        """Keep an archive. Raises CLOUD_ERRORS."""
        if self._noted(name):
            self._media.upload(
                archive, avatar_key(self._owner, name), content_type="application/zip"
            )

    def _noted(self, name: str) -> bool:
        """Write down which file the archive belongs to; False when that file has been deleted."""
        sample = self._sample
        return sample is not None and self._files.note_avatar(
            self._owner, sample.file_type, sample.filename, name
        )
