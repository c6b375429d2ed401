from __future__ import annotations

import io
import random
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dh_core.files.aigc import AigcLabel
from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.label import xmp
from gpu_jobs.media.label.labelling import (
    audio_cue,
    parse_ffmetadata,
    read_metadata,
    video_label_png,
    write_metadata,
)
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import transcode_audio
from gpu_jobs.media.subtitles.typography import font_of_glyph_height
from gpu_jobs.media.video.encoder import VideoEncoder

LABEL = AigcLabel.for_content(producer='某公司; #1 = "A\\B" <x>', content_id="task-1")


@pytest.fixture
def labelled_kinds(tmp_path: Path, talking_video: Path) -> dict[str, Path]:
    paths = {suffix: tmp_path / f"a.{suffix}" for suffix in ("mp4", "wav", "m4a", "png", "jpg")}
    paths["mp4"].write_bytes(talking_video.read_bytes())
    sound = probe(talking_video).audio
    assert sound is not None
    transcode_audio(talking_video, sound, wav=paths["wav"], m4a=paths["m4a"])
    picture = Image.effect_noise((64, 48), 60).convert("RGB")
    picture.save(paths["png"])
    picture.save(paths["jpg"])
    return paths


@pytest.mark.parametrize("kind", ["mp4", "wav", "m4a", "png", "jpg"])
def test_the_declaration_is_read_back_from_the_file(
    labelled_kinds: dict[str, Path], kind: str
) -> None:
    path = labelled_kinds[kind]
    assert read_metadata(path) is None
    write_metadata(path, LABEL)
    assert read_metadata(path) == read_metadata(path, is_ours=True) == LABEL


@pytest.mark.parametrize("kind", ["mp4", "wav", "m4a", "png", "jpg"])
def test_declaring_again_replaces_the_declaration(
    labelled_kinds: dict[str, Path], kind: str
) -> None:
    path, later = labelled_kinds[kind], AigcLabel.for_content(producer="b", content_id="task-2")
    write_metadata(path, LABEL)
    write_metadata(path, later)
    assert read_metadata(path) == later
    assert b"task-1" not in path.read_bytes()


def test_declaring_leaves_pictures_and_order_of_the_file_as_they_were(
    labelled_kinds: dict[str, Path],
) -> None:
    png = labelled_kinds["png"]
    before = np.array(Image.open(png))
    write_metadata(png, LABEL)
    np.testing.assert_array_equal(np.array(Image.open(png)), before)
    write_metadata(labelled_kinds["mp4"], LABEL)
    content = labelled_kinds["mp4"].read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_an_invalid_declaration_counts_as_none(make_media, talking_video: Path) -> None:
    source = ("-i", str(talking_video), "-c", "copy", "-movflags", "use_metadata_tags")
    deep, half_a_pair = "[" * 8_000, '{"Label":"1","ProduceID":"\\ud800"}'
    values = ("not json", '{"Label":"9"}', "[]", '{"Label":1}', deep, half_a_pair, "x" * 100_000)
    for number, value in enumerate(values):
        path = make_media(f"odd{number}.mp4", *source, "-metadata", f"AIGC={value}")
        assert read_metadata(path) is None


def test_what_is_no_media_carries_no_declaration(tmp_path: Path, talking_video: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(talking_video.read_bytes()[:600])
    assert read_metadata(cut, is_ours=True) is None
    path = tmp_path / "a.txt"
    path.write_text("AIGC")
    assert read_metadata(path) is None
    with pytest.raises(ValueError, match="cannot carry"):
        write_metadata(path, LABEL)


@pytest.mark.parametrize("size", [(512, 512), (1280, 720), (1080, 1920), (320, 180)])
def test_every_glyph_of_the_label_is_a_twentieth_of_the_shortest_side(
    size: tuple[int, int],
) -> None:
    wanted = min(size) * 0.05
    font = font_of_glyph_height("AI生成", int(np.ceil(wanted)))
    for glyph in "AI生成":
        canvas = Image.new("L", (300, 300), 0)
        canvas.paste(Image.fromarray(ink_of(glyph, font)))
        rows = np.flatnonzero(np.array(canvas).max(axis=1) > 100)
        assert rows[-1] - rows[0] + 1 >= wanted


def ink_of(glyph: str, font) -> np.ndarray:
    mask = font.getmask(glyph)
    return np.array(mask, dtype=np.uint8).reshape(mask.size[1], mask.size[0])


@pytest.mark.parametrize("background", [0, 128, 255], ids=["black", "grey", "white"])
def test_the_label_stands_out_on_any_background_from_the_first_frame(
    tmp_path: Path, background: int
) -> None:
    height, width = 360, 640
    label = tmp_path / "label.png"
    label.write_bytes(video_label_png(width, height))
    frame = np.full((height, width, 3), background, dtype=np.uint8)
    path = tmp_path / "v.mp4"
    with VideoEncoder(
        path, width=width, height=height, fps=Fraction(25), overlay_png=label
    ) as encoder:
        for _ in range(10):
            encoder.write(frame)
    with read_frames(path, width=width, height=height) as frames:
        pictures = [picture[..., 1] for picture in frames]
    drawn = Image.open(io.BytesIO(label.read_bytes()))
    for picture in (pictures[0], pictures[-1]):
        corner = picture[: drawn.height, : drawn.width]
        assert int(corner.max()) - int(corner.min()) > 120
        white = np.flatnonzero((corner > 220).any(axis=1))
        if background < 200:
            assert white[-1] - white[0] + 1 >= 0.05 * height
        assert np.abs(picture[drawn.height + 4 :].astype(int) - background).max() <= 6


def test_the_rhythm_cue_is_short_long_short_short() -> None:
    rate = 24_000
    loud = np.abs(audio_cue(rate)).reshape(-1, rate // 100).max(axis=1) > 0.05
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    lengths = (edges[1::2] - edges[::2]).astype(float)
    assert len(lengths) == 4
    assert lengths[1] > 2 * lengths[0]
    np.testing.assert_allclose(lengths[[2, 3]], lengths[0], atol=2)


def test_escaped_metadata_is_read_as_written() -> None:
    text = ';FFMETADATA1\ntitle=a\\=b\\;c\\\nd\nAIGC={"x"}\n[STREAM]\nAIGC=other\n'
    assert parse_ffmetadata(text) == {"title": "a=b;c\nd", "AIGC": '{"x"}'}


def test_a_backslash_at_the_end_of_a_key_does_not_hide_the_next(make_media, talking_video) -> None:
    source = ("-i", str(talking_video), "-c", "copy", "-movflags", "use_metadata_tags")
    hiding = ("-metadata", "A=b\\", "-metadata", f"AIGC={LABEL.to_json()}")
    assert read_metadata(make_media("hiding.mp4", *source, *hiding)) == LABEL


def test_whatever_keys_and_values_say_they_are_read_as_written() -> None:
    signs = random.Random(12)
    for _ in range(2_000):
        pairs = {_any(signs, 1): _any(signs, 0) for _ in range(3)}
        lines = [f"{_escaped(key)}={_escaped(value)}\n" for key, value in pairs.items()]
        assert parse_ffmetadata(";FFMETADATA1\n" + "".join(lines)) == pairs


def _any(signs: random.Random, least: int) -> str:
    return "".join(signs.choices("\\=;#\na汉", k=signs.randint(least, 6)))


def _escaped(text: str) -> str:
    return re.sub(r"([=;#\\\n])", r"\\\1", text)


def test_no_metadata_breaks_its_reader() -> None:
    chance = random.Random(12)
    for picture in ("png", "jpeg"):
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, format=picture)
        labelled = xmp.embed(file.getvalue(), LABEL.to_json())
        for _ in range(500):
            text = xmp.extract(_damaged(labelled, chance))
            _read_or_refuse(text or "")
    for _ in range(3_000):
        text = _damaged(LABEL.to_json().encode(), chance).decode("utf-8", "replace")
        _read_or_refuse(text)
        parse_ffmetadata(text)


def _damaged(content: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, left out or repeated."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(damaged))
        what = chance.choice((b"", bytes([chance.randrange(256)]), b'"', b"\\ud83d", b"[" * 3_000))
        damaged[at : at + chance.randint(0, 2)] = what
    return bytes(damaged)


def _read_or_refuse(text: str) -> None:
    try:
        label = AigcLabel.from_json(text)
    except ValueError:
        return
    assert AigcLabel.from_json(label.to_json().encode().decode()) == label


def test_a_packet_that_opens_without_end_is_searched_once() -> None:
    content = b"XML:com.adobe.xmp" + bytes(5) + b"<TC260:AIGC>" * 400_000
    chunk = len(content).to_bytes(4, "big") + b"iTXt" + content + bytes(4)
    assert xmp.extract(b"\x89PNG\r\n\x1a\n" + chunk) is None
