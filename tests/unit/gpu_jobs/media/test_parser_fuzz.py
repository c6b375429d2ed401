"""Our own parsers on files whose bytes were changed by chance: an answer, or an error of the tree.

`FUZZ_ROUNDS=500 .venv/bin/pytest tests/unit/gpu_jobs/media/test_parser_fuzz.py` tries more.
"""

from __future__ import annotations

import io
import math
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dh_core.errors import DigitalHumanError
from dh_core.files.aigc import AigcLabel
from dh_core.files.sniff import sniff
from gpu_jobs.media.label import xmp
from gpu_jobs.media.label.labelling import parse_ffmetadata, read_metadata
from gpu_jobs.media.pictures.decoder import open_picture
from gpu_jobs.media.probe import probe

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "2"))
EXTREMES = [b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\x01"]
LABEL = AigcLabel.for_content(producer="test", content_id="1")

FILMS = {
    "mp4": ("-c:v", "libx264", "-c:a", "aac", "-movflags", "+faststart"),
    "mkv": ("-c:v", "libx264", "-c:a", "aac"),
    "ts": ("-c:v", "libx264", "-c:a", "aac"),
    "avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
}
PICTURES = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP", "avif": "AVIF"}


def changed(content: bytes, chance: random.Random) -> bytes:
    """Some of: bits turned over, fields set to extremes, a piece left out or doubled, cut short.

    Mostly at the beginning, where the structure of most formats is.
    """
    data = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        if not data:
            break
        reach = chance.choice([64, 1_000, len(data)])
        at = chance.randrange(min(reach, len(data)))
        match chance.randrange(5):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + 4] = chance.choice(EXTREMES)
            case 2:
                del data[at : at + chance.randrange(1, 40)]
            case 3:
                data[at:at] = data[at : at + chance.randrange(1, 40)]
            case _:
                if chance.randrange(4) == 0:
                    del data[max(16, at) :]
    return bytes(data)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("kind", FILMS)
def test_a_changed_film_is_described_sanely_or_refused(
    make_media, tmp_path: Path, kind: str, number: int
) -> None:
    whole = make_media(
        f"fuzz.{kind}",
        *("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6"),
        *("-pix_fmt", "yuv420p", *FILMS[kind]),
    )
    path = tmp_path / "changed"
    path.write_bytes(changed(whole.read_bytes(), random.Random(f"{kind} {number}")))
    try:
        info = probe(path)
    except DigitalHumanError:
        return
    assert math.isfinite(info.duration)
    assert info.duration >= 0
    if info.video is not None:
        assert min(info.video.width, info.video.height, info.video.fps) > 0
    assert read_metadata(path) is None


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("kind", PICTURES)
def test_a_changed_picture_is_opened_or_refused(tmp_path: Path, kind: str, number: int) -> None:
    path = tmp_path / "changed"
    path.write_bytes(changed(picture(kind), random.Random(f"{kind} {number}")))
    try:
        opened = open_picture(path)
    except DigitalHumanError:
        return
    assert opened.bgr.dtype == np.uint8
    assert opened.bgr.ndim == 3


def picture(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, PICTURES[kind], exif=exif)
    return file.getvalue()


def test_changed_bytes_are_sniffed_without_an_error() -> None:
    for number in range(200 * ROUNDS):
        kind = list(PICTURES)[number % len(PICTURES)]
        sniff(changed(picture(kind), random.Random(number)))


@pytest.mark.parametrize(
    ("read", "content", "may_raise"),
    [
        (xmp.extract, xmp.embed(picture("png"), LABEL.to_json()), ()),
        (xmp.extract, xmp.embed(picture("jpg"), LABEL.to_json()), ()),
        (lambda data: xmp.embed(data, "{}"), picture("png"), ValueError),
        (lambda data: xmp.embed(data, "{}"), picture("jpg"), ValueError),
        (lambda data: parse_ffmetadata(data.decode("utf-8", "replace")), b";FF\na\\=b=c\n", ()),
        (lambda data: AigcLabel.from_json(data.decode("latin-1")), LABEL.to_json(), ValueError),
    ],
    ids=["xmp-png", "xmp-jpg", "embed-png", "embed-jpg", "ffmetadata", "declaration"],
)
def test_changed_metadata_is_read_or_refused(
    read: Callable[[bytes], object],
    content: bytes | str,
    may_raise: tuple[()] | type[ValueError],
) -> None:
    whole = content.encode() if isinstance(content, str) else content
    for number in range(300 * ROUNDS):
        try:
            read(changed(whole, random.Random(number)))
        except may_raise:
            continue
