"""A film in segments of fragmented MP4, to be watched while it is made.

The encoder writes the pictures in fragments, one from each keyframe to the next. Those that are
complete get their sound here and become segments, each of which plays after the one before it.
Boxes: ISO/IEC 14496-12, §4.2 and §8.8; of ffmpeg's muxers none ends a segment before it knows the
next one's first picture.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

_SOUND_BITS: Final = 96_000
_DELAY: Final = 1024
"""Samples that the codec puts before the sound. As many are cut from its beginning, where nobody
speaks yet, so that lips and sound stay together."""
_KEY, _DELTA = 0x02000000, 0x01010000
"""A sample's flags: it depends on no other; it depends on others and is no place to begin at."""
_PICTURES, _SOUND = 1, 2


@dataclass(frozen=True, slots=True)
class Segment:
    """Some seconds of film."""

    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class _Sample:
    """A coded picture or frame of sound; `shift`: of its showing beside its decoding."""

    data: bytes
    duration: int
    flags: int = _KEY
    shift: int = 0


class Segments:
    """Of a growing file, as `VideoEncoder(fragmented=True)` writes it. For one thread at a time.

    Sound is to be heard of before the pictures that it goes with are written. `lengths`: the first
    segments' least seconds, the last of them those of all that follow.
    """

    def __init__(
        self, pictures: Path, sample_rate: int, lengths: Sequence[float] = (1.0, 2.0, 4.0)
    ) -> None:
        self._rate = sample_rate
        self._lengths = lengths
        self._coder = av.CodecContext.create("aac", "w")
        self._coder.sample_rate, self._coder.layout = sample_rate, "mono"
        self._coder.format, self._coder.bit_rate = "fltp", _SOUND_BITS
        self._coder.flags |= av.codec.context.Flags.global_header
        self._pictures = _Fragments(pictures)
        self._waiting: list[_Sample] = []
        self._sound = np.zeros(0, np.float32)
        self._skipped = 0
        self._coded = 0
        """Samples of sound."""
        self._times = {_PICTURES: 0, _SOUND: 0}
        self._count = 0

    @property
    def beginning(self) -> bytes:
        """What a player reads before any segment; there with the first one."""
        return self._pictures.beginning(self._rate)

    def hear(self, samples: NDArray[np.float32]) -> None:
        """The next mono sound."""
        skipped = min(_DELAY - self._skipped, len(samples))
        self._skipped += skipped
        self._sound = np.concatenate([self._sound, samples[skipped:]])

    def finished(self, *, ended: bool = False) -> Iterator[Segment]:
        """Those that have become complete since; all, once the pictures have `ended`."""
        for samples in self._pictures.complete():
            self._waiting += samples
            wanted = self._lengths[min(self._count, len(self._lengths) - 1)]
            if sum(one.duration for one in self._waiting) >= wanted * self._pictures.scale:
                yield self._segment()
        if ended and self._waiting:
            yield self._segment(ended=True)

    def _segment(self, *, ended: bool = False) -> Segment:
        pictures, self._waiting = self._waiting, []
        duration = sum(one.duration for one in pictures)
        scale, delay = self._pictures.scale, self._pictures.delay or 0
        until = (self._times[_PICTURES] + duration) * self._rate // scale - _DELAY
        sound = self._coded_sound(until - self._coded, ended=ended)
        if self._count == 0:
            self._times[_SOUND] = delay * self._rate // scale
        self._count += 1
        data = _media(self._count, {_PICTURES: pictures, _SOUND: sound}, self._times)
        return Segment(data, duration / scale)

    def _coded_sound(self, count: int, *, ended: bool) -> list[_Sample]:
        now, self._sound = self._sound[:count], self._sound[count:]
        packets = []
        if len(now):
            frame = av.AudioFrame.from_ndarray(now[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = self._rate, self._coded
            packets += self._coder.encode(frame)
            self._coded += len(now)
        if ended:
            packets += self._coder.encode(None)
        return [_Sample(bytes(packet), _DELAY) for packet in packets]


class _Fragments:
    """The pictures of a growing file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._head = b""
        self.scale = 1
        """Units of a second."""
        self.delay: int | None = None
        """Of the first picture's showing; decoding begins at 0."""

    def complete(self) -> Iterator[list[_Sample]]:
        """The pictures of each fragment that has been written since."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        moof = b""
        for name, box in _boxes(data):
            if name == b"moof":
                moof = box
                continue
            self._read += len(moof) + len(box)
            if name == b"mdat":
                yield self._samples(moof + box)
            elif name in (b"ftyp", b"moov"):
                self._head += box
            moof = b""

    def beginning(self, sample_rate: int) -> bytes:
        written = io.BytesIO()
        with (
            av.open(io.BytesIO(self._head)) as head,
            av.open(
                written, "w", format="mp4", options={"movflags": "empty_moov+default_base_moof"}
            ) as film,
        ):
            film.add_stream_from_template(head.streams.video[0])
            film.add_stream("aac", rate=sample_rate, layout="mono", bit_rate=_SOUND_BITS)
            film.start_encoding()
        boxes = _boxes(written.getvalue())
        return b"".join(box for name, box in boxes if name in (b"ftyp", b"moov"))

    def _samples(self, fragment: bytes) -> list[_Sample]:
        with av.open(io.BytesIO(self._head + fragment), "r") as file:
            stream = file.streams.video[0]
            assert stream.time_base is not None
            self.scale = stream.time_base.denominator // stream.time_base.numerator
            samples = [
                _Sample(
                    bytes(one),
                    one.duration or 0,
                    _KEY if one.is_keyframe else _DELTA,
                    one.pts - one.dts,
                )
                for one in file.demux(stream)
                # The demuxer's end mark has no times.
                if one.pts is not None and one.dts is not None
            ]
        if self.delay is None:
            self.delay = samples[0].shift
        return samples


def _media(number: int, tracks: dict[int, list[_Sample]], times: dict[int, int]) -> bytes:
    """`moof` and `mdat`; moves `times`, at which the tracks' samples begin, to their ends."""

    def moof(offset: int) -> bytes:
        parts = [_box(b"mfhd", 0, 0, struct.pack(">I", number))]
        for track, samples in tracks.items():
            parts.append(_fragment_of(track, samples, times[track], offset))
            offset += sum(len(one.data) for one in samples)
        return _plain(b"moof", b"".join(parts))

    made = moof(len(moof(0)) + 8)
    for track, samples in tracks.items():
        times[track] += sum(one.duration for one in samples)
    return made + _plain(b"mdat", b"".join(one.data for s in tracks.values() for one in s))


def _fragment_of(track: int, samples: Sequence[_Sample], time: int, offset: int) -> bytes:
    """`traf`: the samples of one track, whose data begin at `offset` from the `moof`."""
    rows = b"".join(
        struct.pack(">IIIi", one.duration, len(one.data), one.flags, one.shift) for one in samples
    )
    return _plain(
        b"traf",
        # Offsets are counted from the moof.
        _box(b"tfhd", 0, 0x020000, struct.pack(">I", track))
        + _box(b"tfdt", 1, 0, struct.pack(">Q", time))
        # With duration, size, flags and shift of each sample.
        + _box(b"trun", 1, 0x000F01, struct.pack(">Ii", len(samples), offset) + rows),
    )


def _plain(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _box(name: bytes, version: int, flags: int, content: bytes) -> bytes:
    return _plain(name, struct.pack(">I", version << 24 | flags) + content)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Those of the outermost level that are there to their ends."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > len(data):
            return
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size
