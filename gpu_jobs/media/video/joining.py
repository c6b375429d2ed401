"""Parts of one video, encoded apart, become one file without being encoded again.

Each part begins with a picture that refers to nothing before it, and all have the same headers
(`VideoEncoder(joinable=True)`), so their packets follow one another as they are; only their times
are counted on, in whole frames. The sound is coded once over the whole length: sound codecs
overlap their frames, and a join within one would be heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import ffmpeg
from av.video.stream import VideoStream

from dh_core.files.aigc import METADATA_KEY, AigcLabel
from gpu_jobs.media.ffmpeg import command, source
from gpu_jobs.media.processes.child_process import ProcessLimits, run

_LIMITS: Final = ProcessLimits(wall_seconds=1800.0, cpu_seconds=1800)


class PartsDiffer(Exception):
    """The parts were not encoded alike, or one is not as long as it should be."""


def join(parts: Sequence[Path], lengths: Sequence[int], fps: Fraction, target: Path) -> None:
    """Write the pictures of `parts`, of `lengths` frames each, one after another (MP4, no sound).

    Nothing is left behind on failure. Raises PartsDiffer.
    """
    try:
        with av.open(str(target), "w", format="mp4") as output:
            with av.open(str(parts[0])) as beginning:
                stream = output.add_stream_from_template(beginning.streams.video[0])
            stream.time_base = 1 / fps
            first = 0
            for part, length in zip(parts, lengths, strict=True):
                count = 0
                for packet in _packets(part, stream, first, fps):
                    output.mux(packet)
                    count += 1
                if count != length:
                    raise PartsDiffer(f"a part has {count} frames instead of {length}")
                first += length
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _packets(
    part: Path, stream: VideoStream, first: int, fps: Fraction
) -> Iterator[av.Packet[VideoStream]]:
    """A part's packets for `stream`, its frames counted from `first`."""
    with av.open(str(part)) as file:
        coded = file.streams.video[0]
        if coded.codec_context.extradata != stream.codec_context.extradata:
            raise PartsDiffer("a part has other headers than the first")
        for packet in file.demux(coded):
            if packet.dts is None or packet.pts is None:
                continue  # the demuxer's end mark
            packet.pts = first + _frame(packet.pts, packet.time_base, fps)
            packet.dts = first + _frame(packet.dts, packet.time_base, fps)
            packet.duration, packet.time_base = 1, 1 / fps
            packet.stream = stream
            yield packet


def add_sound(
    video: Path,
    sound: Path,
    seconds: Fraction,
    target: Path,
    label: AigcLabel | None = None,
) -> None:
    """Write the pictures as they are with the sound, padded or cut to their `seconds`.

    As AAC, in WebM as Opus; the container is that of the target's name. `label`: what the file is
    to declare from the beginning, so that nobody has to write it once more.

    Not by `-shortest`, which leaves out the last codec frames of the sound. Raises NoAudioStream,
    UnreadableMedia, MediaLimitExceeded.
    """
    heard = source(sound, vn=None)["a:0"].filter("apad").filter("atrim", end=float(seconds))
    is_webm = target.suffix == ".webm"
    output = ffmpeg.output(
        source(video)["V:0"],
        heard,
        f"file:{target}",
        f=target.suffix[1:],
        vcodec="copy",
        acodec="libopus" if is_webm else "aac",
        audio_bitrate="160k",
        # MP4 and MOV drop keys that they do not know.
        **({} if is_webm else {"movflags": "+faststart+use_metadata_tags"}),
        **({} if label is None else {"metadata": f"{METADATA_KEY}={label.to_json()}"}),
    )
    try:
        run(command(output), _LIMITS)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _frame(time: int, time_base: Fraction, fps: Fraction) -> int:
    """The number of the frame at a time; before the first they are negative."""
    return round(time * time_base * fps)
