"""A kept track comes back as it was, and a damaged one is known for what it is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gpu_jobs.engines.lipsync import AvatarBroken
from gpu_jobs.engines.lipsync.footage.clip_reader import ClipReader
from gpu_jobs.engines.lipsync.footage.patch_store import PatchStore
from gpu_jobs.engines.lipsync.footage.track import CLIP_FILE, PATCHES_FILE, Track
from gpu_jobs.engines.lipsync.footage.track_archive import load_track, save_track
from gpu_jobs.media.video.encoder import VideoEncoder

COUNT = 8
FPS = Fraction(25)


@pytest.fixture
def track(tmp_path: Path) -> Track:
    folder = tmp_path / "made"
    folder.mkdir()
    rng = np.random.default_rng(0)
    with VideoEncoder(folder / CLIP_FILE, width=64, height=48, fps=FPS) as encoder:
        for number in range(COUNT):
            encoder.write(np.full((48, 64, 3), 20 * number, np.uint8))
    patches = PatchStore(folder / PATCHES_FILE)
    for number in range(COUNT):
        patches.append(np.full((6 + number, 8, 3), 10 * number, np.uint8))
    return Track(
        folder=folder,
        width=64,
        height=48,
        fps=FPS,
        frames=ClipReader(folder / CLIP_FILE, FPS),
        patches=patches,
        corners=rng.integers(0, 40, (COUNT, 2)).astype(np.int32),
        meshes=rng.normal(size=(COUNT, 468, 3)).astype(np.float32),
        usable=np.arange(COUNT) % 3 > 0,
        changes=rng.uniform(0, 9, COUNT).astype(np.float32),
        shots=np.array([0, COUNT // 2]),
    )


def test_a_track_and_its_sound_come_back_as_they_were(track: Track, tmp_path: Path) -> None:
    sound = np.sin(np.arange(1600) / 20).astype(np.float32) * 0.5
    archive, folder = tmp_path / "avatar.zip", tmp_path / "restored"
    folder.mkdir()
    save_track(track, sound, archive)
    back, heard = load_track(archive, folder, threads=1)
    assert (back.width, back.height, back.fps) == (64, 48, FPS)
    assert np.array_equal(back.meshes, track.meshes)
    assert np.array_equal(back.corners, track.corners)
    assert np.array_equal(back.usable, track.usable)
    assert np.array_equal(back.changes, track.changes)
    assert np.array_equal(back.shots, track.shots)
    assert heard is not None
    assert np.abs(heard - sound).max() < 1e-4
    for index in (0, COUNT - 1, 2):
        assert np.array_equal(back.frames[index], track.frames[index])
        assert np.array_equal(back.patches[index], track.patches[index])


def test_a_clip_without_sound_has_none_afterwards_either(track: Track, tmp_path: Path) -> None:
    save_track(track, None, tmp_path / "avatar.zip")
    folder = tmp_path / "restored"
    folder.mkdir()
    _, heard = load_track(tmp_path / "avatar.zip", folder, threads=1)
    assert heard is None


@pytest.mark.parametrize("keep", [0, 100, 0.5])
def test_a_cut_archive_is_broken(track: Track, tmp_path: Path, keep: float) -> None:
    archive = tmp_path / "avatar.zip"
    save_track(track, None, archive)
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * keep if keep < 1 else keep)])
    with pytest.raises(AvatarBroken):
        load_track(archive, tmp_path, threads=1)
