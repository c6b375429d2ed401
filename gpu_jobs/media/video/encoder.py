"""Frames into an H.264/AAC MP4, or with their alpha into WebM or MOV."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from gpu_jobs.media.ffmpeg import Graph, command, source, threads
from gpu_jobs.media.pictures.colour import to_yuv420
from gpu_jobs.media.processes.child_process import Child, ProcessLimits
from gpu_jobs.media.video.joining import add_sound

_CODING: Final = "subme=1:b-adapt=0:partitions=none"
"""Less search than in the preset: two thirds of its processor time. The films of four talking
people at 720 lines have 0.95 to 1.06 times its size, and a PSNR of 47 to 52 dB, 0.3 to 0.7 less."""
Transparent = Literal["webm", "mov"]

_TRANSPARENT: Final[Mapping[Transparent, Mapping[str, Any]]] = {
    # Hidden frames have no alpha in VP9.
    "webm": {
        "vcodec": "libvpx-vp9",
        "pix_fmt": "yuva420p",
        "crf": 24,
        "video_bitrate": 0,
        "deadline": "realtime",
        "cpu-used": 6,
        "row-mt": 1,
        "auto-alt-ref": 0,
    },
    "mov": {"vcodec": "prores_ks", "profile:v": 4, "pix_fmt": "yuva444p10le", "alpha_bits": 16},
}


def keyframe_interval(fps: Fraction) -> int:
    """Frames from one picture that refers to no other to the next: two seconds."""
    return max(1, round(2 * fps))


class VideoEncoder:
    """Write BGR frames as an H.264/AAC MP4 that starts playing while it downloads.

    Context manager: `write` takes uint8 (height, width, 3) frames, or what `colour.to_yuv420` makes
    of them, for pictures that change rarely or in part. The file is
    complete after a clean exit, and gone after any exception. `audio` is added at the end, padded
    or cut to the picture's length. `overlay_png` (with alpha) is drawn with its corner at the
    frame's top left, on every frame. `output`: the size that frames are scaled to. `transparent`:
    frames are BGRA (height, width, 4), and the file is WebM (VP9, Opus) or MOV (ProRes 4444, AAC)
    with their alpha. `joinable` makes a file that `joining.join` can put after others of its kind.
    `fragmented`: the file can be read while it grows, the first second of it soon (see
    `fragments`). Width and height must be even (4:2:0), else ValueError.
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
        joinable: bool = False,
        fragmented: bool = False,
        output: tuple[int, int] | None = None,
        transparent: Transparent | None = None,
    ) -> None:
        if width % 2 or height % 2 or width <= 0 or height <= 0:
            raise ValueError(f"H.264 4:2:0 needs even sizes, not {width}x{height}")
        self._path = path
        self._audio = audio
        self._pictures = (
            path if audio is None else path.with_name(f"{path.stem}.pictures{path.suffix}")
        )
        self._size = (width, height)
        self._output = output or (width, height)
        self._transparent = transparent
        self._fps = fps
        # x264 fits its headers to what it codes; `stitchable` keeps them alike in all parts.
        codec: dict[str, str | float] = {
            "x264-params": f"{_CODING}:stitchable=1" if joinable else _CODING
        }
        codec["movflags"] = "+faststart"
        if fragmented:
            codec |= {
                "movflags": "+frag_keyframe+empty_moov+default_base_moof",
                "flush_packets": 1,
                "force_key_frames": 1.0,  # seconds
            }
        self._argv = command(self._graph(overlay_png, crf, preset, codec))
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
        width, height = self._size
        if frame.dtype == np.uint8 and frame.shape == (height, width, 3):
            frame = to_yuv420(frame)
        coded = (height * 3 // 2, width) if self._transparent is None else (height, width, 4)
        if frame.shape != coded or frame.dtype != np.uint8:
            raise ValueError(f"expected uint8 {coded}, got {frame.dtype} {frame.shape}")
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
        if self._audio is not None:
            add_sound(self._pictures, self._audio, self._count / self._fps, self._path)
            self._pictures.unlink()

    def _discard(self) -> None:
        assert self._child is not None
        self._child.kill()
        self._pictures.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def _graph(
        self, overlay: Path | None, crf: int, preset: str, codec: Mapping[str, str | float]
    ) -> Graph:
        picture = ffmpeg.input(
            "pipe:0",
            f="rawvideo",
            pixel_format="yuv420p" if self._transparent is None else "bgra",
            video_size=self._size,
            framerate=str(self._fps),
        ).video
        form = _TRANSPARENT[self._transparent] if self._transparent else {"pix_fmt": "yuv420p"}
        if self._transparent or self._output != self._size:
            read = {} if self._transparent else {"in_color_matrix": "bt709", "in_range": "tv"}
            picture = picture.filter(
                "scale",
                *self._output,
                out_color_matrix="bt709",
                out_range="tv",
                flags="bicubic",
                **read,
            ).filter("format", form["pix_fmt"])
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
        if self._transparent is not None:
            return ffmpeg.output(
                picture,
                f"file:{self._pictures}",
                f=self._transparent,
                g=keyframe_interval(self._fps),
                threads=threads(),
                **form,
            )
        return ffmpeg.output(
            picture,
            f"file:{self._pictures}",
            f="mp4",
            vcodec="libx264",
            preset=preset,
            crf=crf,
            g=keyframe_interval(self._fps),
            pix_fmt="yuv420p",
            threads=threads(),
            **codec,
        )
