"""Describe one media file as JSON on stdout: run as a script in a guarded child by `probe.py`.

A demuxer that meets a hostile file may crash or eat memory, so this never runs in the job's own
process. One frame of each kind is decoded, because a header alone proves nothing. Arguments:
ffmpeg's demuxer name and the path. Any exception means that the file cannot be read.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

PQ, HLG = 16, 18
"""Transfer characteristics of HDR pictures (ITU-T H.273, table 3)."""

UNSPECIFIED_MATRIX = 2


def describe(container: InputContainer) -> dict[str, Any]:
    """Streams, duration in seconds, and for each kind the first stream that really decodes."""
    picture = next((s for s in container.streams.video if _is_moving(s)), None)
    sound = next(iter(container.streams.audio), None)
    video = _video(container, picture) if picture is not None else None
    return {
        "streams": len(container.streams),
        "video": video,
        "audio": _audio(container, sound, required=video is None) if sound is not None else None,
        "duration": _duration(container),
    }


def _is_moving(stream: VideoStream) -> bool:
    """Whether it is a film, not the cover picture of a piece of music."""
    return not stream.disposition & Disposition.attached_pic


def _video(container: InputContainer, stream: VideoStream) -> dict[str, Any]:
    frame = next(container.decode(stream))
    container.seek(0)
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    context = stream.codec_context
    return {
        **_display_size(stream, frame),
        "fps": [rate.numerator, rate.denominator] if rate else None,
        "codec": context.name,
        "is_hdr": context.color_trc in (PQ, HLG),
        "has_matrix": context.colorspace != UNSPECIFIED_MATRIX,
    }


def _display_size(stream: VideoStream, frame: VideoFrame) -> dict[str, int]:
    """Pixels as shown: pixels made square, then the rotation applied."""
    aspect = stream.sample_aspect_ratio or 1
    width, height = round(frame.width * aspect), frame.height
    if frame.rotation % 180:
        width, height = height, width
    return {"width": width, "height": height, "rotation": frame.rotation % 360}


def _audio(
    container: InputContainer, stream: AudioStream, *, required: bool
) -> dict[str, Any] | None:
    """None for a track that does not decode beside a picture that does."""
    try:
        frame = next(container.decode(stream))
    except (av.FFmpegError, StopIteration):
        if required:
            raise
        return None
    return {
        "sample_rate": frame.sample_rate,
        "channels": frame.layout.nb_channels,
        "codec": stream.codec_context.name,
    }


def _duration(container: InputContainer) -> float:
    """From the header; recordings streamed by a browser have none, so read to the last packet."""
    if container.duration is not None:
        return container.duration / av.time_base
    container.seek(0)
    end = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return end


def main(demuxer: str, path: str) -> None:
    """Print the description."""
    options = {"protocol_whitelist": "file,pipe,fd"}
    with av.open(f"file:{path}", format=demuxer, options=options, metadata_errors="ignore") as file:
        json.dump(describe(file), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
