"""ffmpeg as guarded child processes: sound and frames out of a file, frames into a video.

The only module of the jobs that spawns anything. Media files are untrusted, so a child gets an
argv list (never a shell), a demuxer chosen from the file's bytes (no playlists, no `concat`), no
network protocol, none of our environment, its own process group, limits on memory, processor time
and file size, and is killed when it stops moving. Whole files: `audio.py`, `video.py`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import ffmpeg
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from dh_core.errors import (
    DigitalHumanError,
    InternalJobError,
    MediaLimitExceeded,
    MediaTooLong,
    NoAudioStream,
    NoVideoStream,
    TransientError,
    UnreadableMedia,
)
from dh_core.sniff import HEAD_BYTES, sniff

log = logging.getLogger(__name__)

Graph: TypeAlias = Any
"""A node of an ffmpeg-python graph; that library has no types."""

_CHUNK: Final = 1 << 16
_PIPE_BYTES: Final = 1 << 20
_STDERR_BYTES: Final = 16 << 10
_MAX_AUDIO_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one child may use.

    `stall_seconds`: longest wait for its next byte. `wall_seconds`: its whole life, None where
    the caller's own pace decides (frames pulled or pushed one by one). Memory and file size in
    bytes, processor time in seconds.
    """

    stall_seconds: float = 60.0
    wall_seconds: float | None = None
    cpu_seconds: int = 3600
    memory_bytes: int = 4 << 30
    file_bytes: int = 8 << 30


@dataclass(slots=True)
class _Configuration:
    executable: str = ""
    threads: int = 2


_configuration = _Configuration()
_live: set[Child] = set()


def configure(*, binary: str | None = None, threads: int | None = None) -> None:
    """Choose the ffmpeg executable (None: the packaged one) and its thread count."""
    _configuration.executable = binary or ""
    if threads is not None:
        _configuration.threads = threads


def executable() -> str:
    """Path of the ffmpeg in use."""
    return _configuration.executable or imageio_ffmpeg.get_ffmpeg_exe()


def stop_all() -> None:
    """Kill every live child. Safe in a signal handler; whoever waits gets `TransientError`."""
    for child in list(_live):
        child.stop()


class Child:
    """One running process with optional pipes. A context manager: leaving it ends the process."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stdin: bool = False,
        stdout: bool = False,
        limits: ProcessLimits | None = None,
    ) -> None:
        self._limits = limits or ProcessLimits()
        wall = self._limits.wall_seconds
        self._deadline = time.monotonic() + wall if wall is not None else None
        self._stopped = False
        self._exceeded = False
        self._stderr = bytearray()
        self._process = subprocess.Popen(  # noqa: S603 - an argv list, built by this package
            list(argv),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            # Two malloc arenas: each thread's own arena would count 64 MB against RLIMIT_AS.
            env={"PATH": os.defpath, "LC_ALL": "C", "MALLOC_ARENA_MAX": "2"},
        )
        _live.add(self)
        _restrict(self._process.pid, self._limits)
        self._drain = threading.Thread(target=self._drain_stderr, daemon=True)
        self._drain.start()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _widen(pipe.fileno())
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def read_into(self, buffer: memoryview) -> int:
        """Fill `buffer` from the child's output; fewer bytes than asked mean its end."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        filled = 0
        while filled < len(buffer):
            self._await(descriptor, select.POLLIN)
            count = os.readv(descriptor, [buffer[filled:]])
            if count == 0:
                break
            filled += count
        return filled

    def write(self, data: memoryview) -> None:
        """Send all of `data`; raises the child's own failure when it died."""
        assert self._process.stdin is not None
        descriptor = self._process.stdin.fileno()
        while data:
            self._await(descriptor, select.POLLOUT)
            try:
                data = data[os.write(descriptor, data) :]
            except BrokenPipeError:
                raise self._failure() from None
            except BlockingIOError:
                continue

    def finish(self) -> None:
        """Close the input, wait for a clean exit; raises the mapped error of a failed one."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(self._patience())
        except subprocess.TimeoutExpired:
            self._exceeded = True
            self.kill()
        if self._process.returncode != 0 or self._exceeded:
            raise self._failure()
        self.kill()

    def stop(self) -> None:
        """End it from outside; the thread that uses it then sees `TransientError`."""
        self._stopped = True
        self._signal_group()

    def kill(self) -> None:
        """End the whole process group, if still there, and release the pipes. Idempotent."""
        self._signal_group()
        self._process.wait()
        self._drain.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        _live.discard(self)

    def _signal_group(self) -> None:
        # An exited but unreaped child keeps its id, so this can never hit a stranger.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _patience(self) -> float:
        if self._deadline is None:
            return self._limits.stall_seconds
        return max(0.0, self._deadline - time.monotonic())

    def _await(self, descriptor: int, event: int) -> None:
        poller = select.poll()
        poller.register(descriptor, event)
        patience = min(self._patience(), self._limits.stall_seconds)
        if not poller.poll(patience * 1000):
            self._exceeded = True
            raise self._failure()

    def _failure(self) -> DigitalHumanError:
        if not self._exceeded:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._limits.stall_seconds)
        self.kill()
        if self._stopped:
            return TransientError("The attempt was interrupted.")
        text = self._stderr.decode("utf-8", "replace")
        log.warning("media process ended with status %s: %s", self._process.returncode, text)
        return _error(self._process.returncode, text, exceeded=self._exceeded)

    def _drain_stderr(self) -> None:
        """Keep the last kilobytes of stderr, so that the child never blocks on it."""
        assert self._process.stderr is not None
        while chunk := self._process.stderr.read(_CHUNK):
            self._stderr += chunk
            del self._stderr[:-_STDERR_BYTES]


def _restrict(pid: int, limits: ProcessLimits) -> None:
    """Cap a running process. After the spawn, for code between fork and exec is unsafe here."""
    if sys.platform != "linux":
        return
    caps = (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    )
    with contextlib.suppress(ProcessLookupError):
        for which, cap in caps:
            _, hard = resource.prlimit(pid, which)
            value = cap if hard == resource.RLIM_INFINITY else min(cap, hard)
            resource.prlimit(pid, which, (value, hard))


def _widen(descriptor: int) -> None:
    """A megabyte of pipe where the system allows it: far fewer switches per frame."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - F_SETPIPE_SZ exists on Linux only

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


_MESSAGES: Final[tuple[tuple[str, type[DigitalHumanError]], ...]] = (
    ("No space left on device", TransientError),
    ("Cannot allocate memory", MediaLimitExceeded),
    ("malloc", MediaLimitExceeded),
    (":a:0' in filtergraph description", NoAudioStream),
    ("map '0:a:0' matches no streams", NoAudioStream),
    (":V:0' in filtergraph description", NoVideoStream),
    ("map '0:V:0' matches no streams", NoVideoStream),
    ("Error while opening encoder", InternalJobError),
    ("Unrecognized option", InternalJobError),
    ("No such filter", InternalJobError),
)


def _error(returncode: int, stderr: str, *, exceeded: bool) -> DigitalHumanError:
    """The error a failed child means. ffmpeg has no exit codes of its own, only words."""
    if exceeded or returncode in (-signal.SIGXCPU, -signal.SIGXFSZ):
        return MediaLimitExceeded()
    if returncode == -signal.SIGKILL:
        return TransientError("The host stopped a media process; memory may be short.")
    for words, error in _MESSAGES:
        if words in stderr:
            return error()
    return UnreadableMedia()


def run(argv: Sequence[str], limits: ProcessLimits) -> None:
    """Run a child without pipes to its end."""
    with Child(argv, limits=limits) as child:
        child.finish()


def command(output: Graph) -> list[str]:
    """The argv of a finished ffmpeg-python graph."""
    head = [executable(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
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


class VideoEncoder:
    """Write BGR frames as an H.264/AAC MP4 that starts playing while it downloads.

    Context manager: `write` takes uint8 (height, width, 3) frames; the file is complete after a
    clean exit, and gone after any exception. `audio` is padded or cut to the picture's length.
    `overlay_png` (with alpha) is drawn with its corner at the frame's top left, on every frame.
    Width and height must be even (4:2:0), else ValueError.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: Fraction,
        audio: Path | None = None,
        crf: int = 18,
        preset: str = "veryfast",
        overlay_png: Path | None = None,
    ) -> None:
        if width % 2 or height % 2 or width <= 0 or height <= 0:
            raise ValueError(f"H.264 4:2:0 needs even sizes, not {width}x{height}")
        self._path = path
        self._shape = (height, width, 3)
        self._fps = fps
        self._argv = command(self._graph(audio, overlay_png, crf, preset))
        self._child: Child | None = None
        self._count = 0

    def __enter__(self) -> Self:
        # Our own frames: half an hour of 1080p may take hours of processor time, and its last
        # frames with the rewrite for +faststart minutes.
        limits = ProcessLimits(stall_seconds=300.0, cpu_seconds=8 * 3600)
        self._child = Child(self._argv, stdin=True, limits=limits)
        return self

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Append one frame."""
        if self._child is None:
            raise RuntimeError("write() belongs inside the with block")
        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise ValueError(f"expected uint8 {self._shape}, got {frame.dtype} {frame.shape}")
        self._child.write(np.ascontiguousarray(frame).data.cast("B"))
        self._count += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._child is not None
        try:
            if kind is None:
                self._close(self._child)
        except BaseException:
            self._discard()
            raise
        if kind is not None:
            self._discard()

    def _close(self, child: Child) -> None:
        if self._count == 0:
            raise ValueError("a video needs at least one frame")
        child.finish()

    def _discard(self) -> None:
        assert self._child is not None
        self._child.kill()
        self._path.unlink(missing_ok=True)

    def _graph(self, audio: Path | None, overlay: Path | None, crf: int, preset: str) -> Graph:
        height, width, _ = self._shape
        picture = ffmpeg.input(
            "pipe:0",
            f="rawvideo",
            pixel_format="bgr24",
            video_size=(width, height),
            framerate=str(self._fps),
        ).video
        picture = picture.filter(
            "scale", width, height, out_color_matrix="bt709", out_range="tv", flags="bicubic"
        ).filter("format", "yuv420p")
        if overlay is not None:
            label = source(overlay)["V:0"]
            picture = ffmpeg.overlay(picture, label, x=0, y=0, format="yuv420")
        picture = picture.filter(
            "setparams",
            range="tv",
            color_primaries="bt709",
            color_trc="bt709",
            colorspace="bt709",
        )
        streams, options = [picture], {}
        if audio is not None:
            streams.append(source(audio, vn=None)["a:0"].filter("apad"))
            options = {"acodec": "aac", "audio_bitrate": "160k", "shortest": None}
        return ffmpeg.output(
            *streams,
            f"file:{self._path}",
            f="mp4",
            vcodec="libx264",
            preset=preset,
            crf=crf,
            g=max(1, round(2 * self._fps)),
            pix_fmt="yuv420p",
            movflags="+faststart",
            threads=threads(),
            **options,
        )
