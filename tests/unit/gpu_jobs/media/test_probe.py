from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dh_core.errors import InputRejected, MediaTooLarge, MediaTooLong, UnreadableMedia
from gpu_jobs.media import probe as describing
from gpu_jobs.media.probe import MediaLimits, probe
from gpu_jobs.media.sound.audio import write_wav


def test_a_video_is_described(talking_video: Path) -> None:
    info = probe(talking_video)
    assert info.container == "video/mp4"
    assert info.duration == pytest.approx(1.2, abs=0.05)
    assert info.video is not None
    assert (info.video.width, info.video.height) == (192, 108)
    assert (info.video.fps, info.video.codec, info.video.is_hdr) == (Fraction(25), "h264", False)
    assert info.audio is not None
    assert (info.audio.sample_rate, info.audio.channels, info.audio.codec) == (44_100, 2, "aac")


def test_a_content_that_was_described_is_not_decoded_again(
    talking_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copy(talking_video, tmp_path / "again.mp4"))
    first = probe(talking_video)
    monkeypatch.setattr(describing, "Child", lambda *_, **__: pytest.fail("asked again"))
    assert probe(copy) == first
    with pytest.raises(MediaTooLong):
        probe(copy, MediaLimits(max_seconds=1.0))


def test_a_phone_video_is_described_as_it_is_shown(rotated_video: Path) -> None:
    video = probe(rotated_video).video
    assert video is not None
    assert (video.width, video.height) == (108, 192)
    assert video.rotation % 180 == 90


def test_pictures_that_come_in_bursts_have_their_mean_rate(make_media) -> None:
    burst = "setpts=floor(N/5)*0.2/TB+mod(N\\,5)*0.002/TB"
    clip = make_media(
        "bursts.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=2", "-vf", burst, "-fps_mode", "vfr"),
        *("-enc_time_base", "1/1000", "-bf", "0"),
    )
    video = probe(clip).video
    assert video is not None
    assert float(video.fps) == pytest.approx(25, rel=0.1)


def test_sound_alone_has_no_video(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8_000, np.float32), 16_000)
    info = probe(tmp_path / "a.wav")
    assert info.video is None
    assert info.audio is not None
    assert info.duration == pytest.approx(0.5)


def test_a_cover_picture_is_no_video(make_media, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "cover.png")
    tone = ("-f", "lavfi", "-i", "sine=440:d=0.5", "-i", str(tmp_path / "cover.png"))
    cover = ("-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    info = probe(make_media("song.m4a", *tone, *cover, "-f", "mp4"))
    assert info.video is None
    assert info.audio is not None


def test_a_picture_named_mp4_is_no_video(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "clip.mp4", format="PNG")
    info = probe(tmp_path / "clip.mp4")
    assert (info.container, info.video, info.duration) == ("image/png", None, 0.0)


def test_a_recording_without_a_length_in_its_header_is_measured(make_media) -> None:
    tone = ("-f", "lavfi", "-i", "sine=440:d=0.8", "-c:a", "libopus")
    live = make_media("live.webm", *tone, "-live", "1", "-f", "webm")
    assert probe(live).duration == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("kind", ["mkv", "webm", "ts", "mpg", "flv", "mp4", "fragmented"])
def test_a_chunk_of_a_long_recording_is_as_long_as_its_content(make_media, kind: str) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=1.2")
    sound = ("-f", "lavfi", "-i", "sine=440:r=44100:d=1.2", "-pix_fmt", "yuv420p")
    fragments = ("-f", "mp4", "-movflags", "+frag_keyframe+empty_moov")
    how = {"webm": ("-c:v", "libvpx"), "fragmented": fragments}.get(kind, ())
    late = make_media(f"hour.{kind}", *picture, *sound, "-output_ts_offset", "3600", *how)
    info = probe(late)
    assert info.duration == pytest.approx(1.2, abs=0.1)
    assert info.audio is not None
    assert info.audio.start == pytest.approx(0.0, abs=0.05)


def test_a_clock_that_starts_anew_within_a_stream_is_no_pause_and_no_overlap(make_media) -> None:
    part = make_media("part.ts", "-f", "lavfi", "-i", "sine=440:r=44100:d=1.2")
    later = make_media("later.ts", "-i", str(part), "-c", "copy", "-output_ts_offset", "3600")
    chained = part.with_name("chained.ts")
    chained.write_bytes(part.read_bytes() + later.read_bytes() + part.read_bytes())
    assert probe(chained).duration == pytest.approx(3.6, abs=0.1)


def test_sound_that_begins_after_the_picture_says_when(make_media) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25:d=1.2")
    sound = ("-itsoffset", "0.5", "-f", "lavfi", "-i", "sine=440:r=44100:d=0.5")
    audio = probe(make_media("late_sound.mp4", *picture, *sound, "-pix_fmt", "yuv420p")).audio
    assert audio is not None
    assert audio.start == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("claimed", [1, 3_600_000])
def test_a_length_that_the_header_claims_is_not_believed(
    tmp_path: Path, talking_video: Path, claimed: int
) -> None:
    content = bytearray(talking_video.read_bytes())
    for box, after_name in ((b"mvhd", 16), (b"tkhd", 24), (b"mdhd", 16)):
        at = -1
        while (at := content.find(box, at + 1)) >= 0:
            content[at + 4 + after_name : at + 8 + after_name] = claimed.to_bytes(4, "big")
    lying = tmp_path / "lying.mp4"
    lying.write_bytes(content)
    assert probe(lying).duration == pytest.approx(1.2, abs=0.1)


@pytest.mark.parametrize("keep", [0.2, 0.6])
def test_a_truncated_upload_is_unreadable(tmp_path: Path, talking_video: Path, keep: float) -> None:
    content = talking_video.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(UnreadableMedia):
        probe(cut)


def test_a_text_named_mp4_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("hello " * 200)
    with pytest.raises(UnreadableMedia):
        probe(tmp_path / "clip.mp4")


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (MediaLimits(max_seconds=1.0), MediaTooLong),
        (MediaLimits(max_pixels=100 * 100), MediaTooLarge),
        (MediaLimits(max_fps=20), MediaTooLarge),
        (MediaLimits(max_streams=1), InputRejected),
    ],
    ids=["length", "pixels", "rate", "streams"],
)
def test_limits_are_enforced(talking_video: Path, limits: MediaLimits, error: type) -> None:
    with pytest.raises(error):
        probe(talking_video, limits)
