from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dh_core.errors import MediaTooLarge, NoVideoStream, UnreadableMedia, VideoTooSmall
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader
from gpu_jobs.media.ffmpeg import read_frames
from gpu_jobs.media.probe import probe
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.decoder import constant_rate, fitted_size, normalise_video


@pytest.mark.parametrize(
    ("mean", "constant"),
    [
        ("25", "25"),
        ("22.13", "22.13"),
        ("30000/1001", "30000/1001"),
        ("60", "30"),
        ("60000/1001", "30000/1001"),
        ("50", "25"),
        ("29.9999", "30"),
        ("30.001", "30"),
        ("120", "30"),
        ("240", "30"),
        ("15", "30"),
        ("14.985", "30000/1001"),
        ("12", "24"),
        ("10", "30"),
        ("16.8", "25"),
        ("1", "24"),
        ("1/10", "24"),
        ("1/1000000", "24"),
    ],
)
def test_a_rate_is_kept_when_it_fits_divided_or_repeated_when_not(mean: str, constant: str) -> None:
    assert constant_rate(Fraction(mean), 30) == Fraction(constant)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1280, 720), (1280, 720)),
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
        ((101, 57), (100, 56)),
        ((4000, 1000), (1920, 480)),
        ((1, 4096), (2, 1920)),
    ],
)
def test_sizes_shrink_into_the_limits_and_become_even(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fitted_size(*size, max_long=1920, max_short=1080) == fitted


def test_a_phone_video_becomes_upright_without_sound(tmp_path: Path, rotated_video: Path) -> None:
    result = normalise_video(rotated_video, tmp_path / "n.mp4")
    info = probe(tmp_path / "n.mp4")
    assert (result.width, result.height, result.warnings) == (108, 192, ())
    assert info.video is not None
    assert info.video.rotation == 0
    assert info.audio is None
    assert info.duration == pytest.approx(1.2, abs=0.01)


def test_a_variable_rate_becomes_constant(make_media, tmp_path: Path) -> None:
    jumpy = make_media(
        "jumpy.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=2"),
        *("-vf", "select='not(eq(mod(n,5),3))'", "-fps_mode", "vfr"),
    )
    video = normalise_video(jumpy, tmp_path / "n.mp4")
    with read_frames(tmp_path / "n.mp4", width=96, height=64) as frames:
        count = sum(1 for _ in frames)
    assert count == pytest.approx(float(2 * video.fps), abs=2)
    assert video.fps == 30


@pytest.mark.parametrize(("rate", "made"), [("1/2", 24), ("7", 28), ("240", 30)])
def test_a_film_of_any_rate_is_as_long_as_its_source(
    make_media, tmp_path: Path, rate: str, made: int
) -> None:
    clip = make_media(
        f"rate-{rate.replace('/', '_')}.mp4",
        *("-f", "lavfi", "-i", f"testsrc2=s=96x64:r={rate}:d=4", "-pix_fmt", "yuv420p"),
    )
    video = normalise_video(clip, tmp_path / "n.mp4")
    assert video.fps == made
    assert probe(tmp_path / "n.mp4").duration == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("kept", ["not(eq(mod(n,3),1))", "gt(random(1),0.4)"])
def test_dropped_pictures_do_not_lower_the_rate(make_media, tmp_path: Path, kept: str) -> None:
    clip = make_media(
        f"dropped-{abs(hash(kept))}.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=3"),
        *("-vf", f"select='{kept}'", "-fps_mode", "vfr"),
    )
    assert normalise_video(clip, tmp_path / "n.mp4").fps == 25


def test_a_phone_that_is_turned_while_it_films_gives_one_film(make_media, tmp_path: Path) -> None:
    upright, across = (
        make_media(
            f"{size}.webm",
            *("-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=1", "-c:v", "libvpx"),
            *("-deadline", "realtime"),
        )
        for size in ("96x128", "128x96")
    )
    (tmp_path / "both.txt").write_text(f"file '{upright}'\nfile '{across}'\n")
    listed = ("-f", "concat", "-safe", "0", "-i", str(tmp_path / "both.txt"), "-c", "copy")
    video = normalise_video(make_media("turned.webm", *listed), tmp_path / "n.mp4")
    assert (video.width, video.height, video.fps) == (96, 128, 25)
    assert video.warnings == ("video_format_changes",)
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["n.mp4"]
    with ClipReader(tmp_path / "n.mp4", video.fps) as frames:
        assert frames.expected_count == 50
        before, after = frames[20], frames[40]
    assert before.min() > 200
    # As wide as before and in its own shape: 96 x 72, on black.
    assert np.flatnonzero(after[:, 48].min(-1) > 128).tolist() == list(range(28, 100))


@pytest.mark.parametrize(("flips", "warned"), [(0, False), (3, True)])
def test_damage_is_warned_about(make_media, tmp_path: Path, flips: int, warned: bool) -> None:
    clip = damaged(make_media, tmp_path, flips)
    assert normalise_video(clip, tmp_path / "n.mp4").warnings == ("input_damaged",) * warned


def test_a_video_of_which_most_is_damaged_is_refused(make_media, tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia):
        normalise_video(damaged(make_media, tmp_path, 400), tmp_path / "n.mp4")
    assert not (tmp_path / "n.mp4").exists()


def damaged(make_media, folder: Path, flips: int) -> Path:
    """A film of noise in which single bits were changed."""
    clip = make_media(
        "noise.mp4",
        *("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2,noise=alls=30:allf=t"),
        *("-pix_fmt", "yuv420p", "-movflags", "+faststart"),
    )
    content, random = bytearray(clip.read_bytes()), np.random.default_rng(1)
    start = content.index(b"mdat") + 2_000
    for place in random.integers(start, len(content), flips):
        content[place] ^= 1 << random.integers(8)
    path = folder / "damaged.mp4"
    path.write_bytes(content)
    return path


def test_a_part_of_a_video_begins_with_the_picture_of_its_moment(make_media, tmp_path) -> None:
    """Every picture is as bright as its number; the moment lies between two key frames."""
    clip = make_media(
        "grey.mp4", "-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=6,geq=lum=N+20:cb=128:cr=128"
    )
    made = normalise_video(clip, tmp_path / "n.mp4", start=2.2, max_seconds=1.4)
    with ClipReader(tmp_path / "n.mp4", made.fps) as frames:
        assert frames.expected_count == 35
        later = [frames[number].mean() for number in (0, 34)]
    whole = normalise_video(clip, tmp_path / "w.mp4")
    with ClipReader(tmp_path / "w.mp4", whole.fps) as frames:
        assert later == pytest.approx([frames[55].mean(), frames[89].mean()], abs=0.6)


def test_of_the_longest_video_only_the_beginning_is_made(make_media, tmp_path: Path) -> None:
    """Ten minutes at 240 pictures a second would be 144,000; whatever it is, few are made."""
    long = make_media("long.mp4", "-f", "lavfi", "-i", "testsrc2=s=48x48:r=2:d=600")
    fast = make_media(
        "fast.mp4", "-f", "lavfi", "-i", "testsrc2=s=48x48:r=240:d=8", "-g", "1", "-t", "5"
    )
    for clip, fps in ((long, 24), (fast, 30)):
        video = normalise_video(clip, tmp_path / "n.mp4", max_seconds=2)
        assert video.fps == fps
        with ClipReader(tmp_path / "n.mp4", video.fps) as frames:
            assert frames.expected_count == 2 * fps


@pytest.mark.parametrize("size", ["1920x16", "46x400"])
def test_a_picture_that_cannot_show_a_face_is_refused_at_once(
    make_media, tmp_path: Path, size: str
) -> None:
    clip = make_media(f"{size}.mp4", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1")
    with pytest.raises(VideoTooSmall):
        normalise_video(clip, tmp_path / "n.mp4")


@pytest.mark.parametrize("aspect", ["1/2000", "2000/1"])
def test_an_absurd_pixel_aspect_is_refused(make_media, tmp_path: Path, aspect: str) -> None:
    clip = make_media(
        f"aspect-{aspect.replace('/', '_')}.mov",
        *(
            "-f",
            "lavfi",
            "-i",
            f"testsrc2=s=96x64:r=25:d=1,setsar={aspect}:max=9999",
            "-c:v",
            "mjpeg",
        ),
    )
    with pytest.raises((VideoTooSmall, MediaTooLarge)):
        normalise_video(clip, tmp_path / "n.mp4")


SKIN = (196, 142, 118)
"""RGB of light skin, an ordinary picture's most important colour."""


def shown(path: Path, folder: Path) -> np.ndarray:
    """Mean RGB of the normalised clip's first frame, as the lips' engine reads it."""
    video = normalise_video(path, folder / "n.mp4")
    with ClipReader(folder / "n.mp4", video.fps) as frames:
        return frames[0].mean((0, 1))[::-1]


@pytest.mark.parametrize("tagged", [True, False], ids=["tagged", "only the curve"])
@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"], ids=["PQ", "HLG"])
def test_skin_filmed_in_hdr_keeps_its_colour_and_brightness(
    make_media, tmp_path: Path, curve: str, tagged: bool
) -> None:
    to_hdr = (
        "format=gbrp,setparams=color_primaries=bt709:color_trc=bt709,"
        "zscale=t=linear:npl=203,format=gbrpf32le,"
        f"zscale=p=bt2020:t={curve}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )
    untagged = "" if tagged else ",setparams=color_primaries=unknown:colorspace=unknown"
    hdr = make_media(
        f"hdr-{curve}-{tagged}.mp4",
        *("-f", "lavfi", "-i", f"color=0x{bytes(SKIN).hex()}:s=96x64:r=25:d=0.4"),
        *("-vf", f"{to_hdr}{untagged}"),
        *("-c:v", "libx265", "-x265-params", "log-level=none"),
    )
    source = probe(hdr).video
    assert source is not None
    assert (source.is_hdr, source.has_matrix) == (True, tagged)
    np.testing.assert_allclose(shown(hdr, tmp_path), SKIN, atol=10)
    result = probe(tmp_path / "n.mp4").video
    assert result is not None
    assert not result.is_hdr


def coded(colour: tuple[int, int, int], matrix: str, levels: str) -> tuple[int, int, int]:
    """8-bit Y'CbCr of an R'G'B' colour (ITU-R BT.601 and BT.709, limited or full range)."""
    of_red, of_blue = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}[matrix]
    red, green, blue = colour
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    black, for_luma, for_chroma = (16, 219 / 255, 224 / 255) if levels == "tv" else (0, 1, 1)
    return (
        round(black + for_luma * luma),
        round(128 + for_chroma * (blue - luma) / (2 - 2 * of_blue)),
        round(128 + for_chroma * (red - luma) / (2 - 2 * of_red)),
    )


@pytest.mark.parametrize(
    ("matrix", "levels", "size"),
    [
        ("bt601", "tv", "96x64"),
        ("bt709", "tv", "96x64"),
        ("bt601", "pc", "96x64"),
        ("bt709", "tv", "1280x720"),
    ],
)
def test_colours_survive_whatever_matrix_and_range_a_file_uses(
    make_media, tmp_path: Path, matrix: str, levels: str, size: str
) -> None:
    tags = f"setparams=range={levels}:colorspace={'smpte170m' if matrix == 'bt601' else matrix}"
    luma, blue, red = coded(SKIN, matrix, levels)
    clip = make_media(
        f"colours-{matrix}-{levels}-{size}.mp4",
        *("-f", "lavfi", "-i", f"color=black:s={size}:r=25:d=0.4"),
        *("-vf", f"format=yuv420p,geq=lum={luma}:cb={blue}:cr={red},{tags}"),
    )
    np.testing.assert_allclose(shown(clip, tmp_path), SKIN, atol=4)


def test_interlaced_fields_become_whole_pictures(make_media, tmp_path: Path) -> None:
    bar = "geq=lum='if(between(X,20+8*N,50+8*N),235,16)':cb=128:cr=128"
    interlaced = make_media(
        "interlaced.mp4",
        *("-f", "lavfi", "-i", "color=black:s=192x96:r=50:d=0.4"),
        *("-vf", f"{bar},tinterlace=interleave_top,fieldorder=tff", "-pix_fmt", "yuv420p"),
        *("-flags", "+ilme+ildct", "-x264-params", "interlaced=1"),
    )
    video = normalise_video(interlaced, tmp_path / "n.mp4")
    with ClipReader(tmp_path / "n.mp4", video.fps) as frames:
        picture = frames[4].astype(np.int16)
    combing = np.abs(picture[1:-1] - (picture[:-2] + picture[2:]) // 2).max(2)
    assert np.percentile(combing, 98) < 40


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_every_way_of_holding_a_phone_ends_upright(make_media, tmp_path: Path, turn: int) -> None:
    """The stored picture is dark but for its top left corner, which the turn moves."""
    stored = make_media(
        "corner.mp4",
        *("-f", "lavfi", "-i", "color=black:s=192x96:r=25:d=0.4"),
        *("-vf", "drawbox=0:0:48:48:white:fill", "-pix_fmt", "yuv420p"),
    )
    arguments = ("-display_rotation", str(turn), "-i", str(stored), "-c", "copy")
    video = normalise_video(make_media(f"turned-{turn}.mp4", *arguments), tmp_path / "n.mp4")
    with ClipReader(tmp_path / "n.mp4", video.fps) as frames:
        picture = frames[0][..., 0]
    expected = np.rot90(np.pad(np.full((48, 48), 255), ((0, 48), (0, 144))), turn // 90)
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected).mean() < 8


def test_a_mirrored_recording_is_shown_as_its_file_says(make_media, tmp_path: Path) -> None:
    stored = make_media(
        "corner.mp4",
        *("-f", "lavfi", "-i", "color=black:s=192x96:r=25:d=0.4"),
        *("-vf", "drawbox=0:0:48:48:white:fill", "-pix_fmt", "yuv420p"),
    )
    mirrored = make_media("mirrored.mp4", "-display_hflip", "-i", str(stored), "-c", "copy")
    video = normalise_video(mirrored, tmp_path / "n.mp4")
    with ClipReader(tmp_path / "n.mp4", video.fps) as frames:
        picture = frames[0][..., 0]
    assert picture[:40, -40:].min() > 200
    assert picture[:40, :40].max() < 50


def test_sound_alone_cannot_be_normalised(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8_000, np.float32), 16_000)
    with pytest.raises(NoVideoStream):
        normalise_video(tmp_path / "a.wav", tmp_path / "n.mp4")
    assert not (tmp_path / "n.mp4").exists()


def test_two_threads_may_read_the_same_clip(make_media, tmp_path: Path) -> None:
    """Drawing reads ahead in a thread of its own."""
    clip = make_media("two.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x96:r=25:d=4")
    video = normalise_video(clip, tmp_path / "n.mp4")
    with ClipReader(tmp_path / "n.mp4", video.fps) as frames:
        alone = [int(frames[index].sum()) for index in range(100)]
        with ThreadPoolExecutor(2) as threads:
            # In opposite directions, so that each needs another group of pictures.
            reads = [
                threads.submit(lambda order: [int(frames[i].sum()) for i in order], order)
                for order in (range(100), range(99, -1, -1))
            ]
            forth, back = (read.result() for read in reads)
    assert forth == alone
    assert back[::-1] == alone
