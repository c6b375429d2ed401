"""A film that may be watched while a run makes it: an HLS playlist (RFC 8216) in the bucket.

Whoever has the playlist's signed address needs no other credential: segments lie beside it, and it
names each with a signature of its own. All of it lies in the run's own folder, so that what a lost
run leaves goes with its other files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.media_store import PLAYLIST, PLAYLIST_TYPE, MediaStore, preview_key
from dh_core.errors import TransitionRefused
from dh_core.limits import PREVIEW_SECONDS
from dh_core.store import Claim, TaskStore

logger = logging.getLogger(__name__)

_HEAD: Final = (
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    "#EXT-X-PLAYLIST-TYPE:EVENT",
    # Longer than any segment that `FilmPreview` makes: it must not change.
    "#EXT-X-TARGETDURATION:6",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    # A player that joins late begins at the beginning.
    "#EXT-X-START:TIME-OFFSET=0",
)
_FILM_TYPE: Final = "video/mp4"
_ENDS_IT: Final[tuple[type[Exception], ...]] = (TransitionRefused, *CLOUD_ERRORS)


class BucketPreview:
    """Implements `gpu_jobs.jobs.job.Preview` for one claim."""

    def __init__(self, media: MediaStore, tasks: TaskStore, claim: Claim) -> None:
        self._media = media
        self._tasks = tasks
        self._claim = claim
        self._lines = list(_HEAD)
        self._count = 0
        self._is_over = False

    def begin(self, data: bytes) -> None:
        """See `Preview`."""
        self._lines.append(f'#EXT-X-MAP:URI="{self._put("film.mp4", data)}"')

    def add(self, data: bytes, seconds: float) -> None:
        """Show the next segment; with the first, tell the task's owner."""
        self._count += 1
        address = self._put(f"{self._count:04d}.m4s", data)
        self._lines += [f"#EXTINF:{seconds:.3f},", address]
        self._write_playlist()
        if self._count == 1:
            self._try(lambda: self._tasks.show_preview(self._claim))

    def end(self) -> None:
        """See `Preview`."""
        self._lines.append("#EXT-X-ENDLIST")
        self._write_playlist()

    def remove(self) -> None:
        """Take it away: the film is there, or never will be."""
        if self._lines[len(_HEAD) :]:
            self._try(lambda: self._media.delete_folder(self._key("")))

    def _put(self, name: str, data: bytes) -> str:
        """Upload a file that stays as it is; its address beside the playlist."""
        key = self._key(name)
        self._try(lambda: self._upload(key, data, _FILM_TYPE, f"max-age={PREVIEW_SECONDS}"))
        signed = self._media.presign_get(
            key, content_type=_FILM_TYPE, filename=name, expires_seconds=PREVIEW_SECONDS
        )
        return f"{name}?{urlsplit(signed).query}"

    def _write_playlist(self) -> None:
        text = "\n".join([*self._lines, ""])
        key = self._key(PLAYLIST)
        self._try(lambda: self._upload(key, text.encode(), PLAYLIST_TYPE, "no-store"))

    def _upload(self, key: str, data: bytes, content_type: str, cache_control: str) -> None:
        if not self._is_over:
            self._media.put(key, data, content_type=content_type, cache_control=cache_control)

    def _key(self, name: str) -> str:
        return preview_key(self._claim.task_id, self._claim.output_folder, name)

    def _try(self, action: Callable[[], None]) -> None:
        """The film is worth more than its preview, which ends where it cannot go on."""
        try:
            action()
        except _ENDS_IT as error:
            logger.warning("the preview of %s ends: %s", self._claim.task_id, error)
            self._is_over = True
