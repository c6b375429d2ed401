"""Frames of a normalised clip in any order: forwards and backwards at the same price."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.stream import VideoStream

from gpu_jobs.engines.lipsync.footage.patch_store import Frame
from gpu_jobs.media.pictures.colour import to_bgr

MAX_SECONDS = 120.0
"""Footage used of a longer clip: more mouths to choose from no longer help, tracking costs."""


class ClipReader:
    """Random access to a video with a constant rate and seek points close together.

    Holds one group of pictures as decoded (12 frames of 1080p: 40 MB). Only for files that
    `normalise_video` wrote: BT.709, limited range. In this process, for a seek must be cheap.
    """

    def __init__(self, path: Path, fps: Fraction, threads: int = 1) -> None:
        self._container = av.open(str(path))
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = threads
        self._stream.thread_type = "AUTO"
        self._fps = fps
        self._group: dict[int, av.VideoFrame] = {}
        # Drawing reads ahead in a thread of its own. A container seeks for one at a time.
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        """All frames (H, W, 3) uint8 BGR, from the first."""
        self._container.seek(0, stream=self._stream)
        for frame in self._container.decode(self._stream):
            yield to_bgr(_planes(frame))

    def __getitem__(self, index: int) -> Frame:
        """One frame, as `iter` gives it; IndexError where the clip has none."""
        return to_bgr(self.planes(index))

    def planes(self, index: int) -> Frame:
        """One frame as the file has it, see `colour`; IndexError where the clip has none."""
        with self._lock:
            if index not in self._group:
                self._group = {}  # before the next one comes
                self._group = self._read_group(index)
            return _planes(self._group[index])

    @property
    def expected_count(self) -> int:
        """Number of frames that the file states; for progress."""
        return self._stream.frames

    def close(self) -> None:
        """Close the file and drop the frames in memory."""
        self._group = {}
        self._container.close()

    def _read_group(self, index: int) -> dict[int, av.VideoFrame]:
        """The frames from the seek point at or before `index` up to the next one after it."""
        assert self._stream.time_base is not None
        start = self._stream.start_time or 0
        # Half a frame later than the frame's own time, so that rounding never lands before it.
        seconds = (index + Fraction(1, 2)) / self._fps
        target = start + int(seconds / self._stream.time_base)
        self._container.seek(target, stream=self._stream)
        # By packets: the next group's first picture is the dearest of all to decode.
        group: dict[int, av.Packet[VideoStream]] = {}
        for packet in self._container.demux(self._stream):
            if packet.pts is None:
                break  # the demuxer's end mark
            if packet.is_keyframe:
                if index in group:
                    break
                group = {}
            group[self._number(packet.pts)] = packet
        if index not in group:
            raise IndexError(index)
        decoder = self._stream.codec_context
        frames = [frame for packet in (*group.values(), None) for frame in decoder.decode(packet)]
        decoder.flush_buffers()
        return {self._number(frame.pts): frame for frame in frames if frame.pts is not None}

    def _number(self, time: int) -> int:
        assert self._stream.time_base is not None
        return round((time - (self._stream.start_time or 0)) * self._stream.time_base * self._fps)


def _planes(frame: av.VideoFrame) -> Frame:
    return np.asarray(frame.to_ndarray(), np.uint8)
