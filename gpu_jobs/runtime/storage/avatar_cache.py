"""Avatars in the bucket, under their owner: the second video of a person skips preparing them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import MediaStore, ObjectMissing, avatar_key
from dh_core.specs.base import InputFile
from dh_core.store import FileStore

logger = logging.getLogger(__name__)


class BucketAvatarCache:
    """Implements `gpu_jobs.jobs.job.AvatarCache` for one owner.

    `sample` is the video that the task makes avatars from; they are deleted with it.
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
            logger.exception("the avatar cache is out of reach; preparing the avatar again")
            return False
        return True

    def store(self, name: str, archive: Path) -> None:
        """Keep an archive. Raises CLOUD_ERRORS."""
        if self._noted(name):
            self._media.upload(
                archive, avatar_key(self._owner, name), content_type="application/zip"
            )

    def _noted(self, name: str) -> bool:
        """Write down which file the avatar belongs to; False when that file has been deleted."""
        sample = self._sample
        return sample is not None and self._files.note_avatar(
            self._owner, sample.file_type, sample.filename, name
        )
