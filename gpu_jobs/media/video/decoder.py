"""Any phone's video made plain: upright, one size, constant rate, 8-bit SDR, H.264, no sound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

from dh_core.errors import NoVideoStream, UnreadableMedia, VideoTooSmall
from gpu_jobs.media.ffmpeg import Graph, command, source, threads
from gpu_jobs.media.pictures.decoder import DAMAGED_WARNING
from gpu_jobs.media.probe import MediaInfo, VideoInfo, probe
from gpu_jobs.media.processes.child_process import ProcessLimits, run

_STANDARD_RATES: Final = tuple(
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30")
)
_SNAP: Final = Fraction(1, 2000)
"""A measured rate this close (relative) to a standard one is that one."""

_TIMES_SNAP: Final = Fraction(1, 100)

_LEAST_FPS: Final = 20
"""Below it lips cannot follow speech: a syllable is over in a fifth of a second."""
_RAISED_FROM, _RAISED_TO = 24, 30
_FILM_FPS: Final = Fraction(25)

_LARGEST_DENOMINATOR: Final = 1001

CHANGES_WARNING: Final = "video_format_changes"

LEAST_SIDE: Final = 48
"""Pixels: a smaller picture holds no face that can be used."""

_LIMITS: Final = ProcessLimits(wall_seconds=1800.0, stderr_bytes=1 << 20)
_MOST_DAMAGED: Final = 0.5
"""Part of the pictures from which on a video is refused instead of warned about."""

_HDR_WHITE: Final = 203
"""Nits of the reference white of HDR pictures (ITU-R BT.2408, table 1)."""
_HDR_PEAK: Final = 1000
"""Nits that become the brightest SDR level: the nominal peak of HLG, and of what phones film."""
_HDR_KNEE: Final = 0.4
"""Share of the reference white, in linear light, up to which brightness is kept as it is."""


@dataclass(frozen=True, slots=True)
class PlainVideo:
    """What was written. `warnings` are codes for the client, about the source."""

    width: int
    height: int
    fps: Fraction
    warnings: tuple[str, ...] = ()


def normalise_video(
    path: Path,
    output: Path,
    *,
    max_long: int = 1920,
    max_short: int = 1080,
    max_fps: int = 30,
    gop: int = 12,
    start: float = 0.0,
    max_seconds: float | None = None,
    quarter_turns: int = 0,
) -> PlainVideo:
    """Write the picture of `path` to `output` (MP4) in one form and return what came out.

    Rotation and pixel aspect are applied, then `quarter_turns` clockwise; pictures of another shape
    than the first lie on black in the first one's size. A variable rate becomes constant (see
    `constant_rate`). HDR (PQ, HLG) is tone-mapped to BT.709. `gop`: frames between seek points.
    `start` and `max_seconds` take a part only, from that second on. Nothing is left behind on
    failure. Raises NoVideoStream, UnreadableMedia, MediaTooLong, MediaTooLarge, VideoTooSmall.
    """
    whole = probe(path)
    info = whole.video
    if info is None:
        raise NoVideoStream
    seen = (info.height, info.width) if quarter_turns % 2 else (info.width, info.height)
    size = fitted_size(*seen, max_long=max_long, max_short=max_short)
    if min(size) < LEAST_SIDE:
        raise VideoTooSmall
    rate = constant_rate(info.fps, max_fps)
    convert = partial(
        _convert, path, output, info, size, rate, gop, start, max_seconds, quarter_turns
    )
    try:
        said = convert(one_size=True)
        warnings: list[str] = []
        if "Non-monotonic DTS" in said:
            # Pictures of another size: ffmpeg started the filters, and so their clock, anew.
            warnings.append(CHANGES_WARNING)
            said = convert(one_size=False)
        if _is_damaged(said, whole, max_seconds):
            warnings.append(DAMAGED_WARNING)
        made = _video_of(probe(output))
        return PlainVideo(made.width, made.height, made.fps, tuple(warnings))
    except BaseException:
        output.unlink(missing_ok=True)
        raise


def _video_of(ours: MediaInfo) -> VideoInfo:
    assert ours.video is not None
    return ours.video


def _convert(
    path: Path,
    output: Path,
    info: VideoInfo,
    size: tuple[int, int],
    rate: Fraction,
    gop: int,
    start: float,
    max_seconds: float | None,
    quarter_turns: int,
    *,
    one_size: bool,
) -> str:
    """What ffmpeg said about it.

    `one_size`: of all pictures; else they are fitted into `size`, and timed behind the filters,
    which is up to a frame less exact.
    """
    begin = {"ss": start} if start else {}
    picture = source(path, an=None, **begin)["V:0"]
    # Only frames that say they are interlaced are touched, one picture for two fields.
    picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    for _ in range(quarter_turns):
        picture = picture.filter("transpose", "clock")
    options: dict[str, str | float] = {} if max_seconds is None else {"t": max_seconds}
    if one_size:
        picture = picture.filter("fps", str(rate), start_time=0)
        picture = _to_sdr(picture, info, *size)
        options["fps_mode"] = "passthrough"
    else:
        picture = _to_sdr(picture, info, *_within(*size))
        picture = picture.filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")
        options |= {"fps_mode": "cfr", "r": str(rate)}
    target = picture.output(
        f"file:{output}",
        f="mp4",
        vcodec="libx264",
        preset="superfast",  # nearer to the source than veryfast at one crf, half as large again
        tune="fastdecode",
        crf=14,
        g=gop,
        map_metadata="-1",
        movflags="+faststart",
        threads=threads(),
        **options,
    )
    return run(command(target, loglevel="repeat+level+warning"), _LIMITS)


def _within(width: int, height: int) -> tuple[str, str]:
    """Expressions for the largest even size of a picture's own shape within this one."""
    wide, tall = f"min({width},{height}*dar)", f"min({height},{width}/dar)"
    return f"max(2,2*round({wide}/2))", f"max(2,2*round({tall}/2))"


def _is_damaged(said: str, whole: MediaInfo, max_seconds: float | None) -> bool:
    """Whether the decoder met errors. Raises UnreadableMedia where most pictures suffered."""
    corrupt = said.count("corrupt decoded frame")
    seconds = min(whole.duration, max_seconds or math.inf)
    if corrupt > _MOST_DAMAGED * seconds * _video_of(whole).fps:
        raise UnreadableMedia("Most pictures of the video are damaged; export or send it again.")
    return corrupt > 0 or "[error]" in said


def fitted_size(width: int, height: int, *, max_long: int, max_short: int) -> tuple[int, int]:
    """The largest even size of the same shape within both limits; never an enlargement."""
    longer, shorter = max(width, height), min(width, height)
    scale = min(1.0, max_long / longer, max_short / shorter)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def constant_rate(fps: Fraction, max_fps: int) -> Fraction:
    """The rate of the film for a clip of `fps`: its own, or what divides or repeats it evenly.

    Above `max_fps` the least integer divides it. Below _LEAST_FPS pictures are repeated: to the
    first multiple of the rate that is a film's, else to _FILM_FPS.
    """
    fitting = fps
    if fps > max_fps * (1 + _SNAP):
        fitting = fps / math.ceil(fps / max_fps)
    elif fps < _LEAST_FPS * (1 - _SNAP):
        repeated = fps * math.ceil(_RAISED_FROM / fps - _TIMES_SNAP)
        fitting = repeated if repeated <= _RAISED_TO * (1 + _SNAP) else _FILM_FPS
    for standard in _STANDARD_RATES:
        if abs(fitting - standard) <= standard * _SNAP:
            return standard
    return fitting.limit_denominator(_LARGEST_DENOMINATOR)


def _to_sdr(picture: Graph, info: VideoInfo, width: int | str, height: int | str) -> Graph:
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
