"""Which frames of a clip may be changed, whom it shows, which way up it is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import ffmpeg
import numpy as np
import pytest

from dh_core.errors import FaceIndexOutOfRange, FaceTooSmall
from gpu_jobs.engines.faces.geometry import NOSE_BASE, NOSE_BRIDGE
from gpu_jobs.engines.faces.tracking import PATIENCE, FaceTracker
from gpu_jobs.engines.lipsync.footage.track import track_clip
from gpu_jobs.media.ffmpeg import executable, read_frames
from gpu_jobs.media.video.encoder import VideoEncoder
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[6]
CLIP = ROOT.parent / "shared" / "media" / "mi_German_20s.mp4"
SIDE, FRAMES = 320, 30


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    try:
        return FaceTracker(WeightStore(ROOT / ".weights"))
    except WeightsMissing as missing:
        pytest.skip(missing.message)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    if not CLIP.exists():
        pytest.skip(f"test media absent: {CLIP.name}")
    with read_frames(CLIP, width=SIDE, height=SIDE) as frames:
        return [frame for _, frame in zip(range(FRAMES), frames, strict=False)]


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    """NASA's portrait of Eileen Collins (public domain), her face 108 px high; (512, 512, 3)."""
    return sample_pictures.astronaut()


def write(path: Path, frames: list[np.ndarray]) -> Path:
    height, width = frames[0].shape[:2]
    with VideoEncoder(path, width=width, height=height, fps=Fraction(25)) as encoder:
        for frame in frames:
            encoder.write(frame)
    return path


def ignore(_: float) -> None:
    """A progress callback that nobody watches."""


def test_a_phone_clip_with_rotation_metadata_is_tracked_upright(tracker, pictures, tmp_path):
    lying = write(tmp_path / "lying.mp4", [np.rot90(frame, -1).copy() for frame in pictures])
    phone = tmp_path / "phone.mp4"
    copied = ffmpeg.input(str(lying), display_rotation=-90).output(str(phone), c="copy")
    ffmpeg.run(copied, cmd=executable(), quiet=True)
    track = track_clip(phone, tmp_path, tracker, 1, ignore)
    nose = track.meshes[:, NOSE_BASE, :2] - track.meshes[:, NOSE_BRIDGE, :2]
    assert track.usable.all()
    assert (track.changes[1:] > 0).all()
    assert (nose[:, 1] > 3 * np.abs(nose[:, 0])).all()
    track.close()


def two_people(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """A small person on the left, a large one on the right."""
    frames = []
    for picture in pictures:
        frame = np.full((SIDE, 2 * SIDE, 3), 90, np.uint8)
        frame[80:240, 80:240] = picture[::2, ::2]
        frame[:, SIDE:] = picture
        frames.append(frame)
    return frames


@pytest.mark.parametrize(("index", "on_the_right"), [(None, True), (0, False), (1, True)])
def test_of_two_people_the_largest_or_the_chosen_one_is_tracked(
    tracker, pictures, tmp_path, index, on_the_right
):
    clip = write(tmp_path / "two.mp4", two_people(pictures))
    track = track_clip(clip, tmp_path, tracker, 1, ignore, face=index)
    assert ((track.meshes[:, NOSE_BASE, 0] > SIDE) == on_the_right).all()
    track.close()


def test_counting_beyond_the_people_in_the_clip_is_refused(tracker, pictures, tmp_path):
    clip = write(tmp_path / "two.mp4", two_people(pictures))
    with pytest.raises(FaceIndexOutOfRange):
        track_clip(clip, tmp_path, tracker, 1, ignore, face=2)


def test_a_chosen_person_who_comes_late_is_waited_for(tracker, pictures, tmp_path):
    frames = two_people(pictures)
    for frame in frames[:5]:
        frame[:, SIDE:] = 90
    clip = write(tmp_path / "late.mp4", frames)
    track = track_clip(clip, tmp_path, tracker, 1, ignore, face=1)
    assert np.flatnonzero(track.usable).tolist() == list(range(5, FRAMES))
    assert (track.meshes[:, NOSE_BASE, 0] > SIDE).all()
    track.close()


def test_a_chosen_person_who_leaves_is_not_replaced_by_who_stays(tracker, pictures):
    tracker.follow(0)
    both, left_alone = two_people(pictures)[0], two_people(pictures)[0]
    left_alone[:, :SIDE] = 90
    assert tracker(both) is not None
    assert [tracker(left_alone) for _ in range(PATIENCE + 3)] == [None] * (PATIENCE + 3)
    back = tracker(both)
    assert back is not None
    assert back.points[NOSE_BASE, 0] < SIDE


def test_another_person_does_not_take_the_place_of_a_lost_one(tracker, pictures, tmp_path):
    frames = two_people(pictures)
    for frame in frames[12:18]:
        frame[:, SIDE:] = 90
    clip = write(tmp_path / "two.mp4", frames)
    track = track_clip(clip, tmp_path, tracker, 1, ignore)
    assert (track.meshes[:, NOSE_BASE, 0] > SIDE).all()
    assert not track.usable[12:18].any()
    assert track.usable[:12].all()
    assert track.usable[18:].all()
    track.close()


def test_a_cut_to_another_person_leaves_that_person_alone(tracker, pictures, astronaut, tmp_path):
    other = cv2.resize(astronaut[40:240, 120:320], (SIDE, SIDE))
    frames = pictures[:12] + [other] * 8 + pictures[20:]
    track = track_clip(write(tmp_path / "cut.mp4", frames), tmp_path, tracker, 1, ignore)
    assert not track.usable[12:20].any()
    assert track.usable[:8].all()
    assert track.usable[24:].all()
    track.close()


def test_the_followed_person_may_become_the_smaller_one(tracker, pictures, astronaut, tmp_path):
    other, frames = astronaut[40:240, 120:320], []
    for index, picture in enumerate(pictures):
        frame = np.full((SIDE, 2 * SIDE, 3), 90, np.uint8)
        for left, person, size in ((0, picture, 320 - 5 * index), (SIDE, other, 160 + 5 * index)):
            frame[:size, left : left + size] = cv2.resize(person, (size, size))
        frames.append(frame)
    track = track_clip(write(tmp_path / "cross.mp4", frames), tmp_path, tracker, 1, ignore)
    assert (track.meshes[:, NOSE_BASE, 0] < SIDE).all()
    assert track.usable.all()
    track.close()


def test_shots_are_told_apart_and_what_lies_beside_a_cut_lends_no_mouth(
    tracker, astronaut, tmp_path
):
    near, empty = astronaut[30:210, 132:312], np.full((180, 180, 3), 60, np.uint8)
    elsewhere = np.roll(near, 24, axis=1)
    track = track_clip(
        write(tmp_path / "cuts.mp4", [near] * 12 + [empty] * 6 + [elsewhere] * 12),
        tmp_path,
        tracker,
        1,
        ignore,
    )
    track.close()
    assert track.shots.tolist() == [0, 12, 18]
    assert np.flatnonzero(~track.usable).tolist() == list(range(12, 18))
    assert np.flatnonzero(~track.lenders()).tolist() == [11, *range(12, 18), 18]
    assert set(track.fade()) == {0.0, 1.0}


def test_a_face_under_48_pixels_is_refused(tracker, astronaut, tmp_path):
    far = np.full((360, 640, 3), 110, np.uint8)
    far[100:276, 200:376] = cv2.resize(astronaut, (176, 176), interpolation=cv2.INTER_AREA)
    with pytest.raises(FaceTooSmall, match="closer"):
        track_clip(write(tmp_path / "far.mp4", [far] * 30), tmp_path, tracker, 1, ignore)


def test_one_frame_repeated_is_a_person_who_stands_still(tracker, astronaut, tmp_path):
    track = track_clip(
        write(tmp_path / "still.mp4", [astronaut] * 30), tmp_path, tracker, 1, ignore
    )
    assert track.usable.all()
    assert np.ptp(track.meshes, axis=0).max() < 2
    track.close()


def test_a_person_who_always_smiles_or_is_far_away_is_warned_about(tracker, astronaut, tmp_path):
    near = track_clip(write(tmp_path / "near.mp4", [astronaut] * 26), tmp_path, tracker, 1, ignore)
    near.close()
    assert near.warnings == ("teeth_always_shown",)
    small = cv2.resize(astronaut, (300, 300), interpolation=cv2.INTER_AREA)
    wide = np.full((480, 640, 3), 90, np.uint8)
    wide[90:390, 170:470] = small
    far = track_clip(write(tmp_path / "far.mp4", [wide] * 26), tmp_path, tracker, 1, ignore)
    far.close()
    assert far.warnings == ("small_face", "teeth_always_shown")


def test_somebody_near_who_faces_the_camera_is_not_warned_about(tracker, pictures, tmp_path):
    track = track_clip(write(tmp_path / "calm.mp4", pictures), tmp_path, tracker, 1, ignore)
    track.close()
    assert track.warnings == ()
