"""ffmpeg: graphs compiled to guarded children; sound and frames out of a file.

Every input gets a demuxer chosen from the file's bytes (no playlists, no `concat`) and no network
protocol. Frames into a file: `encoder.py`. Whole files: `audio.py`, `video.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeAlias

import ffmpeg
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import MediaTooLong, UnreadableMedia
from dh_core.sniff import HEAD_BYTES, sniff
from gpu_jobs.media.child_process import Child, ProcessLimits

Graph: TypeAlias = Any
"""A node of an ffmpeg-python graph; that library has no types."""

_CHUNK: Final = 1 << 16
_MAX_AUDIO_SECONDS: Final = 3600.0


@dataclass(slots=True)
class _Configuration:
    executable: str = ""
    threads: int = 2


_configuration = _Configuration()


def configure(*, binary: str | None = None, threads: int | None = None) -> None:
    """Choose the ffmpeg executable (None: the packaged one) and its thread count."""
    _configuration.executable = binary or ""
    if threads is not None:
        _configuration.threads = threads


def executable() -> str:
    """Path of the ffmpeg in use."""
    return _configuration.executable or imageio_ffmpeg.get_ffmpeg_exe()


def command(output: Graph, loglevel: str = "error") -> list[str]:
    """The argv of a finished ffmpeg-python graph."""
    head = [executable(), "-nostdin", "-nostats", "-hide_banner", "-loglevel", loglevel, "-y"]
    head += ["-filter_threads", str(_configuration.threads)]
    argv: list[str] = ffmpeg.compile(output, cmd=head)
    return argv


def threads() -> int:
    """How many threads a decoder or encoder may use."""
    return _configuration.threads


def source(path: Path, **options: str | float | None) -> Graph:
    """An ffmpeg-python input for an untrusted file; raises UnreadableMedia for unknown bytes."""
    return ffmpeg.input(
        f"file:{path}",
        f=demuxer(path),
        protocol_whitelist="file,pipe,fd",
        threads=_configuration.threads,
        sn=None,
        dn=None,
        **options,
    )


def demuxer(path: Path) -> str:
    """ffmpeg's name for what the file's first bytes are; raises UnreadableMedia."""
    with path.open("rb") as file:
        sniffed = sniff(file.read(HEAD_BYTES))
    if sniffed is None:
        raise UnreadableMedia
    return sniffed.demuxer


def read_audio(
    path: Path, sample_rate: int, *, max_seconds: float | None = None
) -> NDArray[np.float32]:
    """The file's first sound track, mixed to mono: float32, shape (N,), about [-1, 1].

    Sample 0 is the start of the file, so a track that begins late is preceded by silence and
    stays in step with the picture. `max_seconds` cuts. Raises NoAudioStream, UnreadableMedia,
    MediaLimitExceeded, and MediaTooLong beyond an hour.
    """
    options = {"t": max_seconds} if max_seconds is not None else {}
    sound = (
        source(path, vn=None)["a:0"]
        .filter("aresample", sample_rate, **{"async": 1, "first_pts": 0})
        .filter("aformat", channel_layouts="mono", sample_fmts="flt")
        .output("pipe:1", f="f32le", acodec="pcm_f32le", **options)
    )
    data, ceiling = bytearray(), int(_MAX_AUDIO_SECONDS * sample_rate) * 4
    limits = ProcessLimits(wall_seconds=600.0, cpu_seconds=600)
    buffer = memoryview(bytearray(_CHUNK))
    with Child(command(sound), stdout=True, limits=limits) as child:
        while count := child.read_into(buffer):
            data += buffer[:count]
            if len(data) > ceiling:
                raise MediaTooLong
        child.finish()
    if not data:
        raise UnreadableMedia
    return np.frombuffer(data, dtype=np.float32)


@contextlib.contextmanager
def read_frames(
    path: Path, *, width: int, height: int, fps: Fraction | None = None
) -> Iterator[Iterator[NDArray[np.uint8]]]:
    """Decode a video as it is read: yields uint8 BGR frames, shape (height, width, 3).

    Rotation is applied, then the picture scaled to the given size. `fps` resamples in time;
    None gives every frame as stored. Leaving the block early ends the decoder. Raises
    NoVideoStream, UnreadableMedia, MediaLimitExceeded while iterating.
    """
    picture = source(path, an=None)["V:0"]
    if fps is not None:
        picture = picture.filter("fps", str(fps))
    picture = picture.filter("scale", width, height, flags="bicubic+accurate_rnd+full_chroma_int")
    output = picture.output(
        "pipe:1", f="rawvideo", pix_fmt="bgr24", fps_mode="passthrough", threads=1
    )
    with Child(command(output), stdout=True) as child:
        yield _frames(child, (height, width, 3))


def _frames(child: Child, shape: tuple[int, int, int]) -> Iterator[NDArray[np.uint8]]:
    count = 0
    while True:
        frame = np.empty(shape, dtype=np.uint8)
        if child.read_into(frame.data.cast("B")) < frame.nbytes:
            break
        yield frame
        count += 1
    child.finish()
    if count == 0:
        raise UnreadableMedia
