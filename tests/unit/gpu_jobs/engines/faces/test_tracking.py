"""One of two people stays the same one: past each other, through cuts, out of the picture and back.

NASA's portrait of Eileen Collins (public domain), and the same mirrored and dyed: by its colours
somebody else.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.faces.crowd import Crowd
from gpu_jobs.engines.faces.geometry import NOSE_BASE
from gpu_jobs.engines.faces.tracking import PATIENCE, FaceTracker
from gpu_jobs.weights.store import WeightsMissing, WeightStore
from tests.support import sample_pictures

ROOT = Path(__file__).resolve().parents[5]
SIDE = 160


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    try:
        return FaceTracker(WeightStore(ROOT / ".weights"))
    except WeightsMissing as missing:
        pytest.skip(missing.message)


@pytest.fixture(scope="module")
def eileen() -> np.ndarray:
    head = sample_pictures.astronaut()[40:200, 142:302]
    return np.asarray(cv2.resize(head, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def other(eileen: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(eileen[:, ::-1, ::-1])


def shown(*people: tuple[np.ndarray, int]) -> np.ndarray:
    """A wide picture of heads at their left edges; later ones stand before earlier ones."""
    frame = np.full((SIDE, 3 * SIDE, 3), 90, np.uint8)
    for head, left in people:
        frame[:, left : left + SIDE] = head
    return frame


def place(tracker: FaceTracker, frame: np.ndarray, *, new_shot: bool = False) -> float | None:
    """Where the followed nose is, in widths of a head from the left."""
    face = tracker(frame, new_shot=new_shot)
    return None if face is None else float(face.points[NOSE_BASE, 0]) / SIDE


def test_who_passes_behind_another_is_the_same_one_afterwards(tracker, eileen, other):
    tracker.follow(0)
    at = [
        place(tracker, shown((eileen, left), (other, 2 * SIDE - left)))
        for left in range(0, 2 * SIDE + 1, 32)
    ]
    assert at[0] is not None and at[0] < 1
    assert at[-1] is not None and at[-1] > 2
    known = [(x, 0.5 + step / 5) for step, x in enumerate(at) if x is not None]
    assert [x for x, _ in known] == pytest.approx([x for _, x in known], abs=0.3)


def test_whoever_passes_before_the_followed_one_is_not_taken_for_them(tracker, eileen, other):
    tracker.follow(0)
    at = [place(tracker, shown((eileen, 0), (other, left))) for left in range(2 * SIDE, -1, -32)]
    assert at[0] is not None and at[0] < 1
    assert at[-1] is None


def test_a_cut_that_changes_their_sides_changes_nobody(tracker, eileen, other):
    tracker.follow(0)
    assert place(tracker, shown((eileen, 0), (other, 320))) == pytest.approx(0.5, abs=0.2)
    after = place(tracker, shown((other, 0), (eileen, 320)), new_shot=True)
    assert after == pytest.approx(2.5, abs=0.2)


def test_another_picture_in_between_is_somebody_elses(tracker, eileen, other):
    tracker.follow()
    frames = [shown((eileen, 0))] * 3 + [shown((other, 0))] * 30 + [shown((eileen, 320))] * 2
    faces = [tracker(frame, new_shot=step in (3, 33)) for step, frame in enumerate(frames)]
    people = [None if face is None else face.person for face in faces]
    assert people[:3] == [0] * 3
    assert people[3 : 3 + PATIENCE] == [None] * PATIENCE
    assert people[30:33] == [1] * 3
    assert people[33:] == [0] * 2


def test_a_crowd_of_two_stays_two_when_they_change_sides(tracker, eileen, other):
    crowd = Crowd(tracker.detector, tracker.mesh)
    first = crowd(shown((eileen, 0), (other, 320)))
    second = crowd(shown((other, 0), (eileen, 320)), new_shot=True)
    assert len(crowd.members) == 2
    for number in (0, 1):
        moved = second[number].points[NOSE_BASE, 0] - first[number].points[NOSE_BASE, 0]
        assert abs(moved) > SIDE


def test_two_who_look_alike_are_told_apart_by_their_places(tracker, eileen):
    crowd = Crowd(tracker.detector, tracker.mesh)
    for _ in range(3):
        faces = crowd(shown((eileen, 0), (eileen, 320)))
    assert [member.place for member in crowd.members] == [0, 1]
    assert all(member.alike for member in crowd.members)
    at = sorted(float(face.points[NOSE_BASE, 0]) / SIDE for face in faces.values())
    assert at == pytest.approx([0.5, 2.5], abs=0.2)
