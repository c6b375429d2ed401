"""Pictures for the eye: contact sheets, frame strips, side-by-side videos."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Speech
from gpu_jobs.engines.faces.geometry import LIPS, FloatArray, eye_distance
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder

Frame = NDArray[np.uint8]
Seen = tuple[Frame, FloatArray | None]

_TILE = (240, 260)  # columns, rows
_SHEET_COLUMNS = 8
_MOST_LINES = 720  # of a side-by-side video


class ContactSheet:
    """Faces of evenly spaced frames; one row per video, in the order given to `add`."""

    def __init__(self, frames: int, columns: int = _SHEET_COLUMNS) -> None:
        self._steps = set(np.linspace(2, max(2, frames - 3), columns).astype(int).tolist())
        self._columns: list[Frame] = []

    def add(self, step: int, videos: list[Seen]) -> None:
        """Keep the lower faces of this step if it is one of those to show."""
        if step in self._steps:
            self._columns.append(np.vstack([face_tile(*seen) for seen in videos]))

    def save(self, path: Path) -> None:
        """Write a PNG; nothing if no frame came."""
        if self._columns:
            cv2.imwrite(str(path), np.hstack(self._columns))


class Strip:
    """Consecutive mouths with a caption each, wrapped into rows."""

    def __init__(self, columns: int = 12) -> None:
        self._columns = columns
        self._tiles: list[Frame] = []

    def add(self, frame: Frame, mesh: FloatArray | None, caption: str) -> None:
        """Append one frame; `caption` is ASCII."""
        tile = mouth_tile(frame, mesh)
        cv2.putText(tile, caption, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3)
        cv2.putText(tile, caption, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1)
        self._tiles.append(tile)

    def save(self, path: Path) -> None:
        """Write a PNG; nothing if no frame came."""
        if not self._tiles:
            return
        blank = np.zeros_like(self._tiles[0])
        missing = -len(self._tiles) % self._columns
        tiles = [*self._tiles, *([blank] * missing)]
        rows = [tiles[i : i + self._columns] for i in range(0, len(tiles), self._columns)]
        cv2.imwrite(str(path), np.vstack([np.hstack(row) for row in rows]))


class SideBySide:
    """A video of two pictures beside each other, with the speech that drives the right one."""

    def __init__(self, path: Path, fps: Fraction, speech: Speech) -> None:
        self._path, self._fps, self._speech = path, fps, speech
        self._folder = tempfile.TemporaryDirectory()
        self._encoder: VideoEncoder | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._encoder is not None:
            self._encoder.__exit__(kind, error, trace)
        self._folder.cleanup()

    def write(self, left: Frame, right: Frame) -> None:
        """Append a pair of frames of equal size."""
        pair = np.hstack([left, right])
        scale = min(1.0, _MOST_LINES / pair.shape[0])
        size = tuple(round(side * scale / 2) * 2 for side in pair.shape[1::-1])
        if self._encoder is None:
            self._encoder = self._open(size)
        small = cv2.resize(pair, size, interpolation=cv2.INTER_AREA)
        self._encoder.write(np.asarray(small, np.uint8))

    def _open(self, size: tuple[int, ...]) -> VideoEncoder:
        wav = Path(self._folder.name) / "speech.wav"
        write_wav(wav, self._speech.samples, self._speech.sample_rate)
        encoder = VideoEncoder(self._path, width=size[0], height=size[1], fps=self._fps, audio=wav)
        return encoder.__enter__()


def face_tile(frame: Frame, mesh: FloatArray | None) -> Frame:
    """The face from the eyes down in a fixed size; the whole frame where none was found."""
    if mesh is None:
        return _fitted(frame)
    unit, centre = eye_distance(mesh), mesh[list(LIPS), :2].mean(0)
    return _crop(frame, centre, unit, (0.95, 1.2, 0.95, 0.85))


def mouth_tile(frame: Frame, mesh: FloatArray | None) -> Frame:
    """The mouth in a fixed size; the whole frame where no face was found."""
    if mesh is None:
        return _fitted(frame)
    unit, centre = eye_distance(mesh), mesh[list(LIPS), :2].mean(0)
    return _crop(frame, centre, unit, (0.5, 0.45, 0.5, 0.6))


def _crop(
    frame: Frame, centre: FloatArray, unit: float, reach: tuple[float, float, float, float]
) -> Frame:
    """A box that reaches left, up, right and down of `centre`, in eye distances."""
    low, high = centre - np.multiply(reach[:2], unit), centre + np.multiply(reach[2:], unit)
    bounds = frame.shape[1::-1]
    left, top = np.clip(np.round(low), 0, np.array(bounds) - 8).astype(int)
    right, bottom = np.clip(np.round(high), (left + 8, top + 8), bounds).astype(int)
    return _fitted(frame[top:bottom, left:right])


def _fitted(picture: Frame) -> Frame:
    shrinks = picture.shape[0] > _TILE[1]
    quality = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, _TILE, interpolation=quality), np.uint8)
