"""Mouth pictures on disk, one JPEG each, read back in any order: memory stays at one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

_OPTIONS = (
    *(cv2.IMWRITE_JPEG_QUALITY, 95),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)


class PatchStore:
    """Append-only file of BGR pictures (H, W, 3); any size, any reading order.

    Retrieval jumps about in the clip. Reading a patch costs under a millisecond; seeking in the
    video would decode a whole group of pictures. Colour is kept at full resolution, for the
    patches will be warped.
    """

    def __init__(self, path: Path, ends: Sequence[int] = (0,)) -> None:
        """A new store, or with `ends` (of an earlier one) the store that `path` already holds."""
        self._file = path.open("r+b" if len(ends) > 1 else "w+b")
        self._ends = list(ends)

    @property
    def ends(self) -> tuple[int, ...]:
        """Where each picture ends in the file, after a leading 0."""
        return tuple(self._ends)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, frame: Frame) -> None:
        """Store one picture under the next index."""
        done, data = cv2.imencode(".jpg", frame, _OPTIONS)
        assert done, "OpenCV encodes every non-empty 8-bit picture"
        self._file.seek(self._ends[-1])
        self._file.write(data.tobytes())
        self._ends.append(self._ends[-1] + data.size)

    def __getitem__(self, index: int) -> Frame:
        """Read one picture; a negative or too large index is an IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        start, end = self._ends[index], self._ends[index + 1]
        self._file.seek(start)
        data = np.frombuffer(self._file.read(end - start), np.uint8)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    def flush(self) -> None:
        """Bring everything that was appended into the file."""
        self._file.flush()

    def close(self) -> None:
        """Close the file; it is deleted with its work directory."""
        self._file.close()
