from __future__ import annotations

import sys
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dh_core.errors import (
    MediaLimitExceeded,
    NoAudioStream,
    NoVideoStream,
    TaskCancelled,
    TransientError,
    UnreadableMedia,
)
from gpu_jobs.media.ffmpeg import read_audio, read_frames
from gpu_jobs.media.probe import probe
from gpu_jobs.media.processes import child_process
from gpu_jobs.media.processes.child_process import Child, ProcessLimits
from gpu_jobs.media.sound.audio import write_wav
from gpu_jobs.media.video.encoder import VideoEncoder

GREY = np.full((64, 96, 3), 128, dtype=np.uint8)
RATE = Fraction(25)


def no_child_is_left() -> bool:
    return not child_process._live


def test_sound_comes_out_mono_at_the_wanted_rate(talking_video: Path) -> None:
    samples = read_audio(talking_video, 16_000)
    spectrum = np.abs(np.fft.rfft(samples[:16_000]))
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(1.2 * 16_000, abs=800)
    assert np.argmax(spectrum) == pytest.approx(440, abs=2)


def test_sound_is_cut_at_max_seconds(talking_video: Path) -> None:
    assert len(read_audio(talking_video, 16_000, max_seconds=0.5)) == 8_000


def test_sound_that_begins_after_the_picture_stays_in_step(make_media, silent_video: Path) -> None:
    tone = ("-itsoffset", "0.5", "-f", "lavfi", "-i", "sine=440:d=0.5")
    late = make_media("late.mp4", "-i", str(silent_video), *tone, "-c:v", "copy")
    samples = read_audio(late, 16_000)
    assert np.abs(samples[:7_000]).max() < 0.01
    assert np.abs(samples[9_000:14_000]).max() > 0.05


def test_a_video_without_sound_is_told_apart(silent_video: Path) -> None:
    with pytest.raises(NoAudioStream):
        read_audio(silent_video, 16_000)


def test_music_without_a_picture_has_no_frames(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8_000, np.float32), 16_000)
    with (
        pytest.raises(NoVideoStream),
        read_frames(tmp_path / "a.wav", width=96, height=64) as frames,
    ):
        next(frames)


@pytest.mark.parametrize(
    "content",
    [
        b"just some text\n" * 40,
        b"",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 500,
    ],
    ids=["text", "nothing", "playlist", "concat list", "empty container"],
)
def test_what_only_claims_to_be_an_mp4_is_unreadable(tmp_path: Path, content: bytes) -> None:
    fake = tmp_path / "clip.mp4"
    fake.write_bytes(content)
    with pytest.raises(UnreadableMedia) as caught:
        read_audio(fake, 16_000)
    assert str(tmp_path) not in str(caught.value)
    assert no_child_is_left()


def test_frames_are_upright_and_scaled(rotated_video: Path) -> None:
    with read_frames(rotated_video, width=54, height=96) as frames:
        shapes = {frame.shape for frame in frames}
    assert shapes == {(96, 54, 3)}


def test_frames_follow_the_wanted_rate(silent_video: Path) -> None:
    with read_frames(silent_video, width=96, height=54, fps=Fraction(10)) as frames:
        assert sum(1 for _ in frames) == 12


def test_leaving_the_frames_early_ends_the_decoder(silent_video: Path) -> None:
    with read_frames(silent_video, width=96, height=54) as frames:
        next(frames)
    assert no_child_is_left()


def test_colours_survive_encoding_and_decoding(tmp_path: Path) -> None:
    path, colour = tmp_path / "v.mp4", np.array([40, 90, 200], dtype=np.uint8)
    with VideoEncoder(path, width=96, height=64, fps=RATE) as encoder:
        for _ in range(5):
            encoder.write(np.broadcast_to(colour, (64, 96, 3)))
    with read_frames(path, width=96, height=64) as frames:
        first = next(frames)
    assert np.abs(first.astype(int) - colour).max() <= 4


def test_a_video_is_exactly_as_long_as_its_frames_whatever_the_sound(tmp_path: Path) -> None:
    write_wav(tmp_path / "long.wav", np.zeros(48_000, np.float32), 16_000)
    write_wav(tmp_path / "short.wav", np.zeros(4_000, np.float32), 16_000)
    for sound in ("long.wav", "short.wav"):
        path = tmp_path / "v.mp4"
        with VideoEncoder(path, width=96, height=64, fps=RATE, audio=tmp_path / sound) as encoder:
            for _ in range(30):
                encoder.write(GREY)
        info = probe(path)
        assert info.duration == pytest.approx(1.2, abs=0.03)
        assert info.audio is not None
        assert len(read_audio(path, 16_000)) == pytest.approx(19_200, abs=2)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("samples", [0, 1, 100])
def test_the_end_of_the_sound_is_heard(tmp_path: Path, rate: int, samples: int) -> None:
    """Also of one that ends with the last picture, or a moment before it."""
    noise = np.random.default_rng(0).normal(scale=0.1, size=rate * 6 // 5 - samples)
    sound = np.convolve(noise, np.ones(8) / 3, "same").astype(np.float32)
    write_wav(tmp_path / "speech.wav", sound, rate)
    path = tmp_path / "v.mp4"
    with VideoEncoder(
        path, width=96, height=64, fps=RATE, audio=tmp_path / "speech.wav"
    ) as encoder:
        for _ in range(30):
            encoder.write(GREY)
    heard = read_audio(path, rate)
    last = slice(len(sound) - rate // 20, len(sound))
    assert np.corrcoef(heard[last], sound[last])[0, 1] > 0.9
    assert [one.name for one in tmp_path.glob("*.mp4")] == ["v.mp4"]


def test_an_odd_frame_rate_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    with VideoEncoder(path, width=96, height=64, fps=Fraction("22.13")) as encoder:
        for _ in range(25):
            encoder.write(GREY)
    video = probe(path).video
    assert video is not None
    assert video.fps == Fraction("22.13")


def test_a_video_starts_playing_while_it_downloads(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    with VideoEncoder(path, width=96, height=64, fps=RATE) as encoder:
        encoder.write(GREY)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(("width", "height"), [(95, 64), (96, 63), (0, 0)])
def test_sizes_that_the_format_cannot_hold_are_rejected(
    tmp_path: Path, width: int, height: int
) -> None:
    with pytest.raises(ValueError, match="even"):
        VideoEncoder(tmp_path / "v.mp4", width=width, height=height, fps=RATE)


def test_a_frame_of_another_size_is_rejected(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="expected"),
        VideoEncoder(tmp_path / "v.mp4", width=96, height=64, fps=RATE) as encoder,
    ):
        encoder.write(GREY[:32])


def test_cancelling_an_encode_leaves_no_file_and_no_process(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    with (
        pytest.raises(TaskCancelled),
        VideoEncoder(path, width=96, height=64, fps=RATE) as encoder,
    ):
        for _ in range(40):
            encoder.write(GREY)
        raise TaskCancelled
    assert not path.exists()
    assert no_child_is_left()


def test_a_video_of_no_frames_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    with (
        pytest.raises(ValueError, match="at least one frame"),
        VideoEncoder(path, width=96, height=64, fps=RATE),
    ):
        pass
    assert not path.exists()
    assert no_child_is_left()


def test_an_unusable_sound_track_fails_the_encode_and_leaves_no_file(
    tmp_path: Path, silent_video: Path
) -> None:
    path = tmp_path / "v.mp4"
    with (
        pytest.raises(NoAudioStream),
        VideoEncoder(path, width=96, height=64, fps=RATE, audio=silent_video) as encoder,
    ):
        for _ in range(2_000):
            encoder.write(GREY)
    assert not path.exists()


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_child_past_its_wall_clock_is_killed() -> None:
    limits = ProcessLimits(wall_seconds=0.3)
    with pytest.raises(MediaLimitExceeded):
        child_process.run(python("import time; time.sleep(60)"), limits)
    assert no_child_is_left()


def test_a_child_that_stops_moving_is_killed() -> None:
    limits = ProcessLimits(stall_seconds=0.3)
    with (
        pytest.raises(MediaLimitExceeded),
        Child(python("import time; time.sleep(60)"), stdout=True, limits=limits) as child,
    ):
        child.read_into(memoryview(bytearray(10)))
    assert no_child_is_left()


def test_a_child_past_its_processor_time_is_a_limit_exceeded() -> None:
    with pytest.raises(MediaLimitExceeded):
        child_process.run(python("while True: pass"), ProcessLimits(cpu_seconds=1))


def test_a_child_past_its_memory_is_a_limit_exceeded() -> None:
    hungry = "import time; time.sleep(0.3); import mmap; mmap.mmap(-1, 8 << 30)"
    with pytest.raises(MediaLimitExceeded):
        child_process.run(python(hungry), ProcessLimits(memory_bytes=1 << 30))


def test_a_child_that_talks_on_stderr_without_end_does_not_block() -> None:
    child_process.run(python("import sys; sys.stderr.write('x' * 4_000_000)"), ProcessLimits())


def test_a_child_gets_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    code = "import os; raise SystemExit('AWS_SECRET_ACCESS_KEY' in os.environ)"
    child_process.run(python(code), ProcessLimits())


def test_stop_all_interrupts_whoever_waits_for_a_child() -> None:
    with Child(python("import time; time.sleep(60)"), stdout=True) as child:
        stopper = threading.Timer(0.2, child_process.stop_all)
        stopper.start()
        with pytest.raises(TransientError):
            child.read_into(memoryview(bytearray(10)))
            child.finish()
    assert no_child_is_left()
