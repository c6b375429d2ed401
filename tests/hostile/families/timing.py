"""Frame rates and time stamps: odd, absent, late, backwards, with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.hostile.case import Case, Make, Studio, encoded

_ENCODER = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac"
_RATES = (
    "1", "1/2", "1/10", "1/1000", "2", "5", "8", "12", "15", "19.99", "24000/1001", "30000/1001",
    "50", "60", "120", "240", "241", "1000", "90000", "1000000",
)  # fmt: skip
_SOUND_OFFSETS = (-0.5, 0.5, 1.4, 5.0)


def cases() -> Iterator[Case]:
    for rate in _RATES:
        name = f"fps-{rate.replace('/', '-')}"
        make = _at_rate(rate)
        uses = ("film",) if rate in ("1", "1/10", "12", "19.99", "120") else ("avatar",)
        yield _film(name, make, *uses)
    for name, chosen in {
        "a-third-missing": "mod(n\\,3)",
        "half-missing": "mod(n\\,2)",
        "a-gap-in-the-middle": "not(between(n\\,12\\,30))",
        "one-frame": "eq(n\\,0)",
        "two-frames": "lt(n\\,2)",
        "first-and-last": "eq(n\\,0)+eq(n\\,39)",
    }.items():
        options = f"-vf select={chosen} -fps_mode vfr {_ENCODER}"
        yield _film(name, encoded("face", options, "mp4"), "film")
    for seconds in (10, 3600, 86_400, 95_443):
        options = f"-c copy -output_ts_offset {seconds}"
        for muxer, extension in (("mpegts", "ts"), ("matroska", "mkv"), ("mp4", "mp4")):
            yield Case(
                f"timing/starts-at-{seconds}-{extension}",
                "video",
                f"me.{extension}",
                encoded("face", options, muxer),
                ("extract_audio", "avatar"),
            )
    yield _film("starts-before-zero", encoded("face", "-c copy -output_ts_offset -0.7", "mp4"))
    for offset in _SOUND_OFFSETS:
        yield _film(f"sound-at-{offset}", _shifted_sound(offset), "extract_audio", "own_voice")
    for name, expression in {
        "backwards": "PTS-0.08/TB*mod(N\\,2)",
        "jumps-an-hour": "PTS+gt(N\\,20)*3600/TB",
        "stands-still": "if(lt(N\\,20)\\,PTS\\,20/25/TB)",
        "jitters": "PTS+0.015/TB*mod(N*7\\,5)",
    }.items():
        options = f"-vf setpts={expression} -fps_mode passthrough {_ENCODER}"
        yield _film(name, encoded("face", options, "mp4"), "avatar", "extract_audio")
    yield _film("sound-longer", encoded("face", f"-af apad=whole_dur=4 {_ENCODER}", "mp4"))
    yield _film(
        "sound-shorter", encoded("face", f"-af atrim=end=0.3 {_ENCODER}", "mp4"), "own_voice"
    )
    yield _film("an-hour-of-one-picture", _slow_show(3600, sound=True), "extract_audio")
    yield _film("ten-hours-of-one-picture", _slow_show(36_000), "avatar")
    yield _film("timelapse-of-nothing", _many_frames, "avatar")


def _film(name: str, make: Make, *uses: str) -> Case:
    return Case(f"timing/{name}", "video", "me.mp4", make, uses)


def _at_rate(rate: str) -> Make:
    """The clip's own pictures, all of them, faster or slower."""

    def make(studio: Studio, path: Path) -> None:
        raw = studio.folder / "raw.h264"
        studio.ffmpeg("-i", studio.face, "-c", "copy", "-an", "-f", "h264", raw)
        studio.ffmpeg("-framerate", rate, "-i", raw, "-c", "copy", "-f", "mp4", path)

    return make


def _shifted_sound(offset: float) -> Make:
    def make(studio: Studio, path: Path) -> None:
        studio.ffmpeg(
            *("-i", studio.face, "-itsoffset", offset, "-i", studio.face),
            *("-map", "0:v", "-map", "1:a", "-c", "copy", "-f", "mp4", path),
        )

    return make


def _slow_show(seconds: int, *, sound: bool = False) -> Make:
    silence = ("-f", "lavfi", "-i", f"anullsrc=r=8000:cl=mono:d={seconds}", "-b:a", "8k")

    def make(studio: Studio, path: Path) -> None:
        studio.ffmpeg(
            *("-f", "lavfi", "-i", f"color=s=64x64:r=1/600:d={seconds}"),
            *(silence if sound else ()),
            *("-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4", path),
        )

    return make


def _many_frames(studio: Studio, path: Path) -> None:
    """The most pictures that the limits admit for ten seconds."""
    studio.ffmpeg(
        *("-f", "lavfi", "-i", "color=s=64x64:r=240:d=10"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-f", "mp4", path),
    )
