"""Whatever a phone, an editor or an attacker calls a picture is opened right or refused clearly."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from dh_core.errors import DigitalHumanError, UnreadableImage
from gpu_jobs.media.pictures.decoder import (
    ANIMATED_WARNING,
    DAMAGED_WARNING,
    open_picture,
    write_jpeg,
    write_png,
)

RED, GREEN = (200, 30, 20), (20, 180, 40)


@pytest.fixture
def halves():
    """Left half red, right half green: 80 x 40."""
    picture = Image.new("RGB", (80, 40), RED)
    picture.paste(GREEN, (40, 0, 80, 40))
    return picture


def colour_at(picture, x, y):
    return tuple(int(value) for value in picture.bgr[y, x][::-1])


def near(colour, wanted, tolerance=12):
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= tolerance


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "gif", "avif"])
def test_ordinary_files_keep_size_and_colours(tmp_path, halves, suffix):
    path = tmp_path / f"picture.{suffix}"
    halves.save(path, quality=95) if suffix != "gif" else halves.save(path)
    opened = open_picture(path)
    assert opened.bgr.shape == (40, 80, 3)
    assert opened.alpha is None
    assert near(colour_at(opened, 10, 20), RED)
    assert near(colour_at(opened, 70, 20), GREEN)
    assert opened.warnings == ()


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [
        (1, (10, 20)),
        (2, (70, 20)),
        (3, (70, 20)),
        (4, (10, 20)),
        (5, (20, 10)),
        (6, (20, 10)),
        (7, (20, 70)),
        (8, (20, 70)),
        (9, (10, 20)),
    ],
)
def test_a_photo_is_turned_the_way_it_was_taken(tmp_path, halves, orientation, red_at):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    halves.save(path, exif=exif, quality=95)
    opened = open_picture(path)
    assert opened.bgr.shape[:2] == ((80, 40) if orientation in (5, 6, 7, 8) else (40, 80))
    assert near(colour_at(opened, *red_at), RED)


def test_a_broken_exif_tag_costs_neither_the_photo_nor_its_turn(tmp_path, halves):
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 6, 72.0
    halves.save(tmp_path / "whole.jpg", exif=exif, quality=95)
    content = bytearray((tmp_path / "whole.jpg").read_bytes())
    tag = content.index(b"\x01\x1a\x00\x05")
    content[tag + 2 : tag + 4] = b"\x00\x02"  # a resolution that says it is a text
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    assert open_picture(path).bgr.shape[:2] == (80, 40)


def test_a_damaged_jpeg_is_used_with_a_warning_or_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    Image.fromarray(noise).resize((400, 400)).save(tmp_path / "whole.jpg", quality=90)
    content, random = (tmp_path / "whole.jpg").read_bytes(), np.random.default_rng(1)
    noticed = []
    for number in range(6):
        damaged = bytearray(content)
        for place in random.integers(content.index(b"\xff\xda") + 20, len(content) - 2, 30):
            damaged[place] ^= 1 << random.integers(8)
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(damaged)
        try:
            noticed.append(open_picture(path).warnings == (DAMAGED_WARNING,))
        except UnreadableImage:
            noticed.append(True)
    assert sum(noticed) >= 5
    assert open_picture(tmp_path / "whole.jpg").warnings == ()


def test_a_photo_of_a_phone_is_read_and_turned(tmp_path, halves):
    """HEIC, as iPhones and many others send it: upright, in colour, from 8 and 10 bits."""
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    turned, plain = tmp_path / "IMG_0001.HEIC", tmp_path / "plain.heif"
    halves.save(turned, format="HEIF", exif=exif.tobytes(), quality=95)
    halves.save(plain, format="HEIF", quality=95)
    opened = open_picture(turned)
    assert opened.bgr.shape[:2] == (80, 40)
    assert near(colour_at(opened, 20, 10), RED, 25)
    assert near(colour_at(opened, 20, 70), GREEN, 25)
    assert open_picture(plain).bgr.shape[:2] == (40, 80)
    deep = np.zeros((40, 80, 3), np.uint16)
    deep[:, :] = [channel << 8 for channel in RED]
    ten_bits = pillow_heif.from_bytes(mode="RGB;16", size=(80, 40), data=deep.tobytes())
    ten_bits.save(tmp_path / "deep.heic", quality=95)
    assert near(colour_at(open_picture(tmp_path / "deep.heic"), 40, 20), RED, 25)


def test_a_cut_photo_of_a_phone_is_refused(tmp_path, halves):
    pillow_heif.register_heif_opener()
    whole = tmp_path / "whole.heic"
    halves.save(whole, format="HEIF")
    cut = tmp_path / "cut.heic"
    cut.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(UnreadableImage):
        open_picture(cut)


def test_a_cmyk_jpeg_has_its_colours(tmp_path, halves):
    path = tmp_path / "printed.jpg"
    halves.convert("CMYK").save(path, quality=95)
    opened = open_picture(path)
    assert near(colour_at(opened, 10, 20), RED, 30)
    assert near(colour_at(opened, 70, 20), GREEN, 30)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    grey = np.full((30, 30), 0x8000, np.uint16)
    grey[:, 15:] = 0x2000
    path = tmp_path / "deep.png"
    Image.fromarray(grey).save(path)
    opened = open_picture(path)
    assert (colour_at(opened, 5, 5), colour_at(opened, 25, 5)) == ((128,) * 3, (32,) * 3)


def test_alpha_survives_also_from_a_palette(tmp_path):
    cut_out = Image.new("RGBA", (40, 40), (*RED, 255))
    cut_out.paste((0, 0, 0, 0), (20, 0, 40, 40))
    for name, picture in (("rgba.png", cut_out), ("palette.png", cut_out.quantize(8))):
        picture.save(tmp_path / name)
        opened = open_picture(tmp_path / name)
        assert opened.alpha is not None
        assert (opened.alpha[20, 5], opened.alpha[20, 35]) == (255, 0)
        assert near(colour_at(opened, 5, 20), RED)


def test_an_alpha_channel_that_hides_nothing_counts_as_none(tmp_path):
    path = tmp_path / "opaque.png"
    Image.new("RGBA", (40, 40), (*RED, 255)).save(path)
    assert open_picture(path).alpha is None


def test_a_colour_profile_is_applied(tmp_path, halves):
    # Without any real second profile at hand: one that swaps nothing must change nothing.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    halves.save(tmp_path / "profiled.png", icc_profile=profile)
    halves.save(tmp_path / "broken.png", icc_profile=b"no profile at all")
    assert near(colour_at(open_picture(tmp_path / "profiled.png"), 10, 20), RED, 3)
    assert near(colour_at(open_picture(tmp_path / "broken.png"), 10, 20), RED, 3)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_of_an_animation_the_first_frame_is_taken_and_said_so(tmp_path, suffix):
    first, second = (Image.new("RGB", (40, 40), colour) for colour in (RED, GREEN))
    path = tmp_path / f"moving.{suffix}"
    first.save(path, save_all=True, append_images=[second], duration=100)
    opened = open_picture(path)
    assert near(colour_at(opened, 20, 20), RED, 20)
    assert opened.warnings == (ANIMATED_WARNING,)


def test_a_large_photo_is_scaled_down(tmp_path):
    path = tmp_path / "large.jpg"
    Image.new("RGB", (6000, 3000), RED).save(path)
    assert open_picture(path).bgr.shape == (1080, 2160, 3)


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_of(width, height, rows):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("side", [10_001, 60_000])
def test_a_bomb_is_refused_by_the_size_it_declares(tmp_path, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of(side, side, b"\0" * 1000))
    with pytest.raises(DigitalHumanError, match=f"{side} x {side}") as refused:
        open_picture(path)
    assert refused.value.error_code == "image_too_large"


def test_a_speck_is_refused(tmp_path):
    path = tmp_path / "speck.png"
    Image.new("RGB", (300, 8)).save(path)
    with pytest.raises(DigitalHumanError) as refused:
        open_picture(path)
    assert refused.value.error_code == "image_too_small"


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif"])
def test_half_a_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"half.{suffix}"
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    truncated(path)
    with pytest.raises(DigitalHumanError) as refused:
        open_picture(path)
    assert refused.value.error_code == "unreadable_image"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable_image"),
        (b"hello, this is no picture at all", "unreadable_image"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "unreadable_image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), "unreadable_image"),
        (b"\0\0\0\x18ftypisom" + bytes(64), "unsupported_image"),
    ],
)
def test_what_is_no_picture_of_ours_says_what_to_do(tmp_path, content, code):
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(DigitalHumanError, match="JPEG or PNG") as refused:
        open_picture(path)
    assert refused.value.error_code == code


def test_what_is_written_can_be_opened_again(tmp_path):
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[:, :15] = (10, 20, 200, 255)
    write_png(tmp_path / "a.png", pixels)
    opened = open_picture(tmp_path / "a.png")
    assert opened.alpha is not None
    assert np.array_equal(np.dstack([opened.bgr, opened.alpha])[:, :15], pixels[:, :15])
    write_jpeg(tmp_path / "a.jpg", opened.bgr)
    assert near(colour_at(open_picture(tmp_path / "a.jpg"), 4, 10), (200, 20, 10))
