from __future__ import annotations

from pathlib import Path

import pytest

from dh_core.errors import UnreadableMedia
from gpu_jobs.media import samples
from tests.unit.gpu_jobs.media.conftest import MakeMedia


def nothing() -> None:
    """Nobody asks the job to stop."""


def test_a_short_film_gives_three_frames_and_its_sound(talking_video: Path, tmp_path: Path) -> None:
    frames, sounds = samples.sample(talking_video, tmp_path / "samples", nothing)
    assert (len(frames), len(sounds)) == (3, 1)
    assert all(frame.read_bytes()[:2] == b"\xff\xd8" for frame in frames)
    assert len({frame.read_bytes() for frame in frames}) == 3, "each of a moment of its own"


def test_a_long_film_gives_twelve(make_media: MakeMedia, tmp_path: Path) -> None:
    given = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=1:d=70", "-pix_fmt", "yuv420p")
    frames, sounds = samples.sample(make_media("long.mp4", *given), tmp_path / "samples", nothing)
    assert (len(frames), sounds) == (12, [])


def test_a_long_sound_comes_in_pieces(
    make_media: MakeMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SOUND_SECONDS", 1.0)
    tone = make_media("tone.wav", "-f", "lavfi", "-i", "sine=440:d=2.5")
    frames, sounds = samples.sample(tone, tmp_path / "samples", nothing)
    assert (frames, len(sounds)) == ([], 3)


def test_what_is_no_media_gives_none(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no film")
    with pytest.raises(UnreadableMedia):
        samples.sample(path, tmp_path / "samples", nothing)
