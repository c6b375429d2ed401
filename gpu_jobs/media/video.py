"""Any phone's video made plain: upright, constant rate, even size, 8-bit SDR, H.264, no sound."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Final

from dh_core.errors import NoVideoStream
from gpu_jobs.media.child_process import ProcessLimits, run
from gpu_jobs.media.ffmpeg import Graph, command, source, threads
from gpu_jobs.media.probe import VideoInfo, probe

_STANDARD_RATES: Final = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "12", "15", "20", "10")
)
_SNAP: Final = Fraction(1, 2000)
"""A measured mean rate this close (relative) to a standard one is that one."""

_LARGEST_DENOMINATOR: Final = 1001

_HDR_WHITE: Final = 203
"""Nits of the reference white of HDR pictures (ITU-R BT.2408, table 1)."""
_HDR_PEAK: Final = 1000
"""Nits that become the brightest SDR level: the nominal peak of HLG, and of what phones film."""
_HDR_KNEE: Final = 0.4
"""Share of the reference white, in linear light, up to which brightness is kept as it is."""


def normalise_video(
    path: Path,
    output: Path,
    *,
    max_long: int = 1920,
    max_short: int = 1080,
    max_fps: int = 30,
    gop: int = 12,
    max_seconds: float | None = None,
) -> VideoInfo:
    """Write the picture of `path` to `output` (MP4) in one form and return what came out.

    Rotation and pixel aspect are applied; a variable rate becomes constant; a rate within
    `max_fps` is kept exactly (22.13 too), a higher one divided by the least integer that fits;
    HDR (PQ, HLG) is tone-mapped to BT.709. `gop`: frames between seek points. `max_seconds`
    takes the beginning only. Nothing is left behind on failure. Raises NoVideoStream,
    UnreadableMedia, MediaTooLong, MediaTooLarge.
    """
    info = probe(path).video
    if info is None:
        raise NoVideoStream
    width, height = fitted_size(info.width, info.height, max_long=max_long, max_short=max_short)
    picture = source(path, an=None)["V:0"]
    # Only frames that say they are interlaced are touched, one picture for two fields.
    picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    picture = picture.filter("fps", str(constant_rate(info.fps, max_fps)), start_time=0)
    picture = _to_sdr(picture, info, width, height)
    length = {} if max_seconds is None else {"t": max_seconds}
    target = picture.output(
        f"file:{output}",
        **length,
        f="mp4",
        vcodec="libx264",
        preset="superfast",  # nearer to the source than veryfast at one crf, half as large again
        tune="fastdecode",
        crf=14,
        g=gop,
        fps_mode="passthrough",
        map_metadata="-1",
        movflags="+faststart",
        threads=threads(),
    )
    try:
        run(command(target), ProcessLimits(wall_seconds=1800.0))
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    normalised = probe(output).video
    assert normalised is not None
    return normalised


def fitted_size(width: int, height: int, *, max_long: int, max_short: int) -> tuple[int, int]:
    """The largest even size of the same shape within both limits; never an enlargement."""
    longer, shorter = max(width, height), min(width, height)
    scale = min(1.0, max_long / longer, max_short / shorter)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def constant_rate(fps: Fraction, max_fps: int) -> Fraction:
    """The constant rate for a clip of mean rate `fps`: its own where it fits, else a divisor."""
    divided = fps / math.ceil(fps / max_fps) if fps > max_fps * (1 + _SNAP) else fps
    for standard in _STANDARD_RATES:
        if abs(divided - standard) <= standard * _SNAP:
            return standard
    return divided.limit_denominator(_LARGEST_DENOMINATOR)


def _to_sdr(picture: Graph, info: VideoInfo, width: int, height: int) -> Graph:
    """Scale and bring the colours to BT.709, limited range, 4:2:0."""
    if info.is_hdr:
        # Untagged beside its transfer curve it is BT.2020, or zscale finds no way to BT.709.
        if not info.has_matrix:
            picture = picture.filter("setparams", color_primaries="bt2020", colorspace="bt2020nc")
        # 1.0 is the reference white of ITU-R BT.2408, so that faces keep the brightness that a
        # phone shows them with; moebius leaves what is darker as it is and bends only highlights.
        picture = (
            picture.filter("zscale", width, height, transfer="linear", npl=_HDR_WHITE)
            .filter("format", "gbrpf32le")
            .filter("zscale", primaries="bt709")
            .filter(
                "tonemap", tonemap="mobius", param=_HDR_KNEE, peak=_HDR_PEAK / _HDR_WHITE, desat=0
            )
            .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
        )
    else:
        untagged_hd = not info.has_matrix and min(info.width, info.height) >= 720
        picture = picture.filter(
            "scale",
            width,
            height,
            flags="bicubic+accurate_rnd+full_chroma_int",
            # Players take an untagged picture for BT.709 from 720 lines on; swscale would not.
            in_color_matrix="bt709" if untagged_hd else "auto",
            out_color_matrix="bt709",
            out_range="tv",
        )
    picture = picture.filter("format", "yuv420p").filter("setsar", 1)
    return picture.filter(
        "setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709"
    )
