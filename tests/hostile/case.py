"""One hostile file, how it is made, and which tasks it could reach."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg

from dh_core.limits import FileType

USES: dict[FileType, tuple[str, ...]] = {
    "video": ("extract_audio", "avatar"),
    "audio": ("spoken",),
    "image": ("background",),
}
"""Where a file of a type is tried, if its case does not say it otherwise (`tasks.py`)."""


@dataclass(frozen=True)
class Studio:
    """What cases are made of: a good clip of a face, good sounds and pictures, and bait."""

    goods: Path
    """Has face.mp4 (a person, 1.6 s, with speech), plain.mp4 (a pattern with a tone), speech.wav
    (4 s), short.wav (1 s of it), photo.png and background.jpg."""
    bait: Path
    """Has bait.mp4, bait.wav, bait.png and bait.txt, which no task may open."""
    url: str
    """Of a server that no task may call."""
    folder: Path
    """To work in."""
    random: random.Random

    @property
    def face(self) -> Path:
        return self.goods / "face.mp4"

    @property
    def plain(self) -> Path:
        return self.goods / "plain.mp4"

    @property
    def speech(self) -> Path:
        return self.goods / "speech.wav"

    @property
    def short(self) -> Path:
        return self.goods / "short.wav"

    @property
    def photo(self) -> Path:
        return self.goods / "photo.png"

    @property
    def background(self) -> Path:
        return self.goods / "background.jpg"

    def ffmpeg(self, *arguments: object) -> None:
        """Run ffmpeg, which must succeed."""
        ffmpeg(*arguments)


Make = Callable[[Studio, Path], None]


@dataclass(frozen=True)
class Case:
    """`name` is "family/what"; `filename` what its owner calls it; `make` writes it to a path."""

    name: str
    kind: FileType
    filename: str
    make: Make = field(compare=False)
    uses: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        return self.name.split("/")[0]

    @property
    def tried_as(self) -> tuple[str, ...]:
        return self.uses or USES[self.kind]


def ffmpeg(*arguments: object) -> None:
    """Run the packaged ffmpeg, which must succeed."""
    head = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-threads", "2"]
    done = subprocess.run([*head, *map(str, arguments)], check=False, capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-500:])


def encoded(source: str, options: str, muxer: str) -> Make:
    """A file of the studio (`face`, `plain`, `speech`, …) through ffmpeg with these options."""

    def make(studio: Studio, path: Path) -> None:
        studio.ffmpeg("-i", getattr(studio, source), *options.split(), "-f", muxer, path)

    return make


def content(data: bytes | str) -> Make:
    """A file with this content."""
    raw = data.encode() if isinstance(data, str) else data
    return lambda studio, path: path.write_bytes(raw) and None


def changed(make: Make, change: Callable[[bytes, random.Random], bytes]) -> Make:
    """A file whose bytes are changed after it was made."""

    def remake(studio: Studio, path: Path) -> None:
        make(studio, path)
        path.write_bytes(change(path.read_bytes(), studio.random))

    return remake


def only(cases: Iterable[Case], pattern: str) -> Iterator[Case]:
    """Those whose name contains one of the words, which commas part."""
    words = pattern.split(",")
    return (case for case in cases if any(word in case.name for word in words))
