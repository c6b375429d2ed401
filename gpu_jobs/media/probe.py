"""What a media file holds, and whether it is within limits. The first thing done to any upload."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from dh_core.errors import InputRejected, MediaTooLarge, MediaTooLong, UnreadableMedia
from dh_core.files.sniff import HEAD_BYTES, Sniffed, sniff
from gpu_jobs.media.processes.child_process import Child, ProcessLimits

_WORKER: Final = Path(__file__).with_name("probe_worker.py")
_WORKER_LIMITS: Final = ProcessLimits(
    stall_seconds=30.0, wall_seconds=60.0, cpu_seconds=60, memory_bytes=4 << 30, file_bytes=0
)
_REPORT_BYTES: Final = 1 << 16
_MOST_KNOWN: Final = 64

_known: dict[str, dict[str, Any]] = {}
"""What the worker said of the files that were described last, by their content."""

NOTHING: Final = (
    "The file holds neither picture nor sound; record it again, or export it again as MP4 (H.264), "
    "WAV, JPEG or PNG."
)


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What is accepted. Pixels are of one frame: 4096×2304 admits every 4K phone recording."""

    max_seconds: float = 600.0
    max_pixels: int = 4096 * 2304
    max_fps: float = 240.0
    max_streams: int = 16


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A moving picture. Width and height are as shown: square pixels, rotation applied.

    `rotation`: degrees counter-clockwise that the file asks for. `fps`: the rate at which its
    pictures were taken, which the mean is not where some were dropped.
    `has_matrix`: whether the file says how its colours are coded.
    """

    width: int
    height: int
    fps: Fraction
    rotation: int
    codec: str
    is_hdr: bool
    has_matrix: bool


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """A sound track as stored; the rate is in Hz.

    `start`: seconds for which the picture is there before it.
    """

    sample_rate: int
    channels: int
    codec: str
    start: float


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A readable file. `container` is its content type, `duration` in seconds (0 for images).

    The duration is that of the content, measured: headers lie, and time stamps begin anywhere.
    """

    container: str
    duration: float
    video: VideoInfo | None
    audio: AudioInfo | None


def probe(path: Path, limits: MediaLimits | None = None) -> MediaInfo:
    """Describe a file after decoding one frame of each kind in a guarded child.

    One child for a content: the same person comes again, and several steps of a task look at one
    file. A still image has no `video`: nothing moves in it. Raises UnreadableMedia, MediaTooLong,
    MediaTooLarge, InputRejected (too many streams), MediaLimitExceeded.
    """
    with path.open("rb") as file:
        sniffed = sniff(file.read(HEAD_BYTES))
    if sniffed is None:
        raise UnreadableMedia
    found = _described(sniffed, path)
    _check(found, limits or MediaLimits(), sniffed)
    video = found["video"] if sniffed.kind != "image" else None
    return MediaInfo(
        container=sniffed.mime,
        duration=found["duration"] if sniffed.kind != "image" else 0.0,
        video=VideoInfo(**{**video, "fps": Fraction(*video["fps"])}) if video else None,
        audio=AudioInfo(**found["audio"]) if found["audio"] else None,
    )


def _described(sniffed: Sniffed, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    found = _known.get(content)
    if found is None:
        found = _known[content] = _ask_worker(sniffed, path)
        # The oldest goes; threads may do so at once.
        for old in list(_known)[:-_MOST_KNOWN]:
            _known.pop(old, None)
    return found


def _ask_worker(sniffed: Sniffed, path: Path) -> dict[str, Any]:
    # By its path and isolated (-I): no import path, start-up file or variable of ours leaks in.
    argv = [sys.executable, "-I", str(_WORKER), sniffed.demuxer, str(path)]
    report = memoryview(bytearray(_REPORT_BYTES))
    with Child(argv, stdout=True, limits=_WORKER_LIMITS) as child:
        size = child.read_into(report)
        child.finish()
    found: dict[str, Any] = json.loads(bytes(report[:size]))
    return found


def _check(found: dict[str, Any], limits: MediaLimits, sniffed: Sniffed) -> None:
    video = found["video"]
    if video is None and found["audio"] is None:
        raise UnreadableMedia(NOTHING)
    if found["streams"] > limits.max_streams:
        raise InputRejected("The file holds too many tracks; export it again with one picture.")
    if found["duration"] > limits.max_seconds:
        raise MediaTooLong(f"The file is longer than {limits.max_seconds:.0f} seconds; cut it.")
    if video is None:
        return
    if video["width"] * video["height"] > limits.max_pixels:
        raise MediaTooLarge
    if sniffed.kind == "image":
        return
    if Fraction(*video["fps"]) > limits.max_fps:
        raise MediaTooLarge(f"The video has more than {limits.max_fps:.0f} pictures a second.")
