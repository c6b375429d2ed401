"""Describe one media file as JSON on stdout: run as a script in a guarded child by `probe.py`.

A demuxer that meets a hostile file may crash or eat memory, so this never runs in the job's own
process. One frame of each kind is decoded, because a header alone proves nothing. Arguments:
ffmpeg's demuxer name and the path. Any exception means that the file cannot be read.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

PQ, HLG = 16, 18
"""Transfer characteristics of HDR pictures (ITU-T H.273, table 3)."""

UNSPECIFIED_MATRIX = 2


CLOCK_MAY_JUMP = 0x0200
"""libavformat's AVFMT_TS_DISCONT: the clock may start anew within a file of this format."""

MOST_TIMED = 3_000
"""Pictures whose distances are measured: a minute and more."""
USUAL = 0.4
"""Quantile of the distances: below the median, for where every other picture is missing."""
NEAR = Fraction(1, 10)
MOST_DROPPED = 3
"""Times the mean rate."""
LONE_PICTURE_RATE = Fraction(25)
"""Of a film of one picture, which has none."""

LARGEST_STEP, LARGEST_STEP_BACK = 10.0, 0.1
"""Seconds; beyond them it did, as for ffmpeg."""


def describe(container: InputContainer) -> dict[str, Any]:
    """Streams, duration in seconds, and for each kind the first stream if it really decodes.

    Read to its end, because headers lie and some recordings have no length in theirs.
    """
    picture = next((s for s in container.streams.video if _is_moving(s)), None)
    sound = next(iter(container.streams.audio), None)
    video: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    timeline, rhythm = _Timeline(container), _Rhythm()
    for packet in _packets(container, [s for s in (picture, sound) if s is not None]):
        timeline.add(packet)
        if packet.stream is picture:
            rhythm.add(packet)
        if packet.stream is picture and video is None:
            video = next((_video(picture, frame) for frame in _frames(packet)), None)
        elif packet.stream is sound and audio is None:
            first = next(_frames(packet), None)
            audio = None if first is None else _audio(sound, first, timeline)
    if picture is not None and video is None:
        raise ValueError("the picture does not decode")
    if picture is not None and video is not None:
        rate = rhythm.rate(picture.average_rate or picture.guessed_rate or picture.base_rate)
        video["fps"] = [rate.numerator, rate.denominator]
    return {
        "streams": len(container.streams),
        "video": video,
        "audio": audio,
        "duration": timeline.seconds,
    }


def _packets(container: InputContainer, streams: list[Any]) -> Iterator[av.Packet[Any]]:
    """All that can be read of a file; a damaged one ends early."""
    try:
        yield from container.demux(streams)
    except av.FFmpegError:
        return


def _frames(packet: av.Packet[Any]) -> Iterator[Any]:
    """What a packet decodes to: nothing where it is damaged, as at the start of a cut recording."""
    try:
        yield from packet.decode()
    except av.FFmpegError:
        return


class _Timeline:
    """How long the content is, whatever moment its time stamps begin at."""

    def __init__(self, container: InputContainer) -> None:
        self._start = None if container.start_time is None else container.start_time / av.time_base
        self._may_jump = bool(container.format.flags & CLOCK_MAY_JUMP)
        self._clocks: dict[int, _Clock] = {}

    def add(self, packet: av.Packet[Any]) -> None:
        """Count a packet."""
        decoded = packet.pts if packet.dts is None else packet.dts
        if decoded is None or packet.time_base is None or packet.is_discard:
            return
        shown = decoded if packet.pts is None else packet.pts
        clock = self._clocks.setdefault(packet.stream.index, _Clock())
        if self._may_jump:
            clock.follow(float(decoded * packet.time_base))
        if self._start is None:
            self._start = float(shown * packet.time_base)
        end = float((shown + (packet.duration or 0)) * packet.time_base)
        clock.end = max(clock.end, end + clock.shift)

    def since_start(self, time: float) -> float:
        return max(0.0, time - (self._start or 0.0))

    @property
    def seconds(self) -> float:
        ends = [clock.end for clock in self._clocks.values()]
        return self.since_start(max(ends, default=0.0))


class _Clock:
    """One stream's: `shift` is what its jumps come to, `end` the latest moment shown or heard."""

    def __init__(self) -> None:
        self.shift = 0.0
        self.end = -math.inf
        self._last: float | None = None

    def follow(self, time: float) -> None:
        """Go on to the next packet's time of decoding; a jump goes on from the last one's."""
        step = 0.0 if self._last is None else time - self._last
        if not -LARGEST_STEP_BACK <= step <= LARGEST_STEP:
            self.shift -= step
        self._last = time


class _Rhythm:
    """The rate at which pictures were taken.

    Where many were dropped the mean is none that a camera has: the usual distance of two pictures
    says what the others were taken at.
    """

    def __init__(self) -> None:
        self._steps: list[Fraction] = []
        self._last: Fraction | None = None

    def add(self, packet: av.Packet[Any]) -> None:
        ticks = packet.pts if packet.dts is None else packet.dts
        if ticks is None or packet.time_base is None or len(self._steps) == MOST_TIMED:
            return
        time = ticks * packet.time_base
        if self._last is not None and time > self._last:
            self._steps.append(time - self._last)
        self._last = time

    def rate(self, mean: Fraction | None) -> Fraction:
        """The mean where it is near enough, for time stamps may be rounded and it is not.

        Also where far more would have been dropped than kept: such pictures came in bursts.
        """
        if not self._steps:
            return mean or LONE_PICTURE_RATE
        usual = 1 / sorted(self._steps)[int(len(self._steps) * USUAL)]
        dropped = mean and (1 + NEAR) * mean < usual < MOST_DROPPED * mean
        return usual if dropped or not mean else mean


def _is_moving(stream: VideoStream) -> bool:
    """Whether it is a film, not the cover picture of a piece of music."""
    return not stream.disposition & Disposition.attached_pic


def _video(stream: VideoStream, frame: VideoFrame) -> dict[str, Any]:
    context = stream.codec_context
    return {
        **_display_size(stream, frame),
        "codec": context.name,
        "is_hdr": context.color_trc in (PQ, HLG),
        "has_matrix": context.colorspace != UNSPECIFIED_MATRIX,
    }


def _display_size(stream: VideoStream, frame: VideoFrame) -> dict[str, int]:
    """Pixels as shown: pixels made square, then the rotation applied."""
    aspect = stream.sample_aspect_ratio or 1
    width, height = max(1, round(frame.width * aspect)), frame.height
    if frame.rotation % 180:
        width, height = height, width
    return {"width": width, "height": height, "rotation": frame.rotation % 360}


def _audio(stream: AudioStream, frame: AudioFrame, timeline: _Timeline) -> dict[str, Any]:
    return {
        "sample_rate": frame.sample_rate,
        "channels": frame.layout.nb_channels,
        "codec": stream.codec_context.name,
        "start": timeline.since_start(frame.time or 0.0),
    }


def main(demuxer: str, path: str) -> None:
    """Print the description."""
    options = {"protocol_whitelist": "file,pipe,fd"}
    with av.open(f"file:{path}", format=demuxer, options=options, metadata_errors="ignore") as file:
        json.dump(describe(file), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
