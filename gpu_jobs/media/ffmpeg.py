"""ffmpeg: graphs compiled to guarded children; sound and frames out of a file.

Every input gets a demuxer chosen from the file's bytes (no playlists, no `concat`) and no network
protocol. Frames into a file: `encoder.py`. Whole files: `audio.py`, `video.py`.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import ffmpeg
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import MediaTooLong, NoAudioStream, UnreadableMedia
from dh_core.files.sniff import HEAD_BYTES, sniff
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.processes.child_process import Child, ProcessLimits

Graph: TypeAlias = Any
"""A node of an ffmpeg-python graph; that library has no types."""

_LAYOUTS: Final = {1: "mono", 2: "stereo"}
NOT_NUMBERS: Final = (
    "The sound holds values that are not numbers; export it again as 16-bit WAV, M4A or MP3."
)

NO_SAMPLES: Final = "The sound is empty; record it again, or export it again as WAV, M4A or MP3."

_BLOCK: Final = 1 << 14
_MAX_AUDIO_SECONDS: Final = 3600.0
_WITHOUT_TIMES: Final = frozenset({"aac", "amr", "flac", "mp3", "wav"})
"""Demuxers of bare sound: the times that ffmpeg gives it are guesses, a gap in them is no pause."""


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
    return _configuration.executable or _packaged()


@cache
def _packaged() -> str:
    # The package's own way tries the program first, in a process that nobody guards; whatever
    # happens to that one would count as a missing ffmpeg.
    binaries = sorted(Path(imageio_ffmpeg.__file__).with_name("binaries").glob("ffmpeg-*"))
    return str(binaries[0]) if binaries else imageio_ffmpeg.get_ffmpeg_exe()


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
    blocks, count = [], 0
    blocks_read = sound_blocks(path, sample_rate, 2, _start(path), max_seconds=max_seconds)
    for block in blocks_read:
        blocks.append(block)
        count += len(block)
        if count > _MAX_AUDIO_SECONDS * sample_rate:
            raise MediaTooLong
    stereo = np.concatenate(blocks)
    return mono(stereo, polarity(float(stereo[:, 0] @ stereo[:, 1])))


def polarity(correlation: float) -> float:
    """The sign with which a right channel adds to its left one, by the sum of their products.

    Recordings with one channel inverted sound as loud as others, and a plain mix of them is silent.
    """
    return -1.0 if correlation < 0 else 1.0


def mono(stereo: NDArray[np.float32], sign: float) -> NDArray[np.float32]:
    """Mixed at equal power, shape (N,)."""
    mixed: NDArray[np.float32] = (stereo[:, 0] + sign * stereo[:, 1]) * np.float32(np.sqrt(0.5))
    return mixed


def sound_blocks(
    path: Path, sample_rate: int, channels: int, start: float, *, max_seconds: float | None = None
) -> Iterator[NDArray[np.float32]]:
    """The first sound track from the start of the file on, in blocks of shape (n, channels).

    Rate and channels stay, whatever changes within the file: mono, stereo, or as many as its first
    frame has. `start`: of the track (`AudioInfo`), silence comes before. Raises NoAudioStream,
    UnreadableMedia (also for values that are not numbers), MediaLimitExceeded.
    """
    most = sys.maxsize if max_seconds is None else round(max_seconds * sample_rate)
    ahead = min(round(start * sample_rate), most)
    for at in range(0, ahead, _BLOCK):
        yield np.zeros((min(_BLOCK, ahead - at), channels), np.float32)
    count = ahead
    buffer = memoryview(bytearray(_BLOCK * channels * np.dtype(np.float32).itemsize))
    limits = ProcessLimits(wall_seconds=1800.0, cpu_seconds=1800)
    with Child(command(_decoded(path, sample_rate, channels)), stdout=True, limits=limits) as child:
        while count < most and (size := child.read_into(buffer)):
            block = np.frombuffer(bytes(buffer[:size]), np.float32).reshape(-1, channels)
            if not np.isfinite(block).all():
                raise UnreadableMedia(NOT_NUMBERS)
            yield block[: most - count]
            count += len(block)
        if count < most:
            child.finish()
    if count == ahead:
        raise UnreadableMedia(NO_SAMPLES)


def _decoded(path: Path, sample_rate: int, channels: int) -> Graph:
    # `first_pts=0` would put the silence before a late track, but once more at every change of
    # parameters, for which ffmpeg makes the filters anew.
    fill = {} if demuxer(path) in _WITHOUT_TIMES else {"async": 1}
    form = {"channel_layouts": _LAYOUTS[channels]} if channels in _LAYOUTS else {}
    sound = source(path, vn=None)["a:0"].filter("aresample", sample_rate, **fill)
    sound = sound.filter("aformat", sample_fmts="flt", sample_rates=sample_rate, **form)
    return sound.output("pipe:1", f="f32le", acodec="pcm_f32le")


def _start(path: Path) -> float:
    """When the sound begins; NoAudioStream without any."""
    if demuxer(path) in _WITHOUT_TIMES:
        return 0.0
    audio = probe(path, MediaLimits(max_seconds=math.inf)).audio
    if audio is None:
        raise NoAudioStream
    return audio.start


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
