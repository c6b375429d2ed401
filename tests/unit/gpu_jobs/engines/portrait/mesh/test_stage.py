"""What a viewer of an animated portrait would notice."""

import cv2
import numpy as np
import pytest

from gpu_jobs.engines.faces.geometry import (
    LIP_BOTTOM_INNER,
    LIP_TOP_INNER,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    UPPER_LIP_INNER,
)
from gpu_jobs.engines.portrait.mesh.fields.pose import Pose
from gpu_jobs.engines.portrait.mesh.stage import PortraitStage

REST = Pose(0.0, 0.5)


def figure_of(photo):
    """The person of a square photo cut out roughly: an ellipse and what is under it."""
    side = len(photo)
    alpha = np.zeros((side, side), np.uint8)
    cv2.ellipse(alpha, (side // 2, side // 2), (side // 3, side // 2 - 40), 0, 0, 360, 255, -1)
    alpha[side // 2 :, side // 6 : -side // 6] = 255
    return np.dstack([photo, cv2.GaussianBlur(alpha, (0, 0), 2)])


def points_with_shut_lips(points):
    """The same mesh with its inner lips on one line."""
    shut = points.copy()
    middle = (points[list(UPPER_LIP_INNER)] + points[list(LOWER_LIP_INNER)]) / 2
    shut[list(UPPER_LIP_INNER)] = shut[list(LOWER_LIP_INNER)] = middle
    return shut


@pytest.fixture(scope="module")
def stage(photo, points):
    return PortraitStage(photo, None, points)


@pytest.fixture(scope="module")
def shown(stage):
    """The picture of a pose, kept."""
    return lambda pose: stage.render(pose).copy()


def seen(tracker, frame):
    tracker.reset()
    points = tracker(frame).points[:, :2]
    unit = np.linalg.norm(points[33] - points[263])
    gap = np.linalg.norm(points[LIP_BOTTOM_INNER] - points[LIP_TOP_INNER]) / unit
    return gap, np.linalg.norm(points[MOUTH_LEFT] - points[MOUTH_RIGHT]) / unit


def test_a_wider_opening_looks_wider_and_a_shut_mouth_looks_shut(tracker, shown):
    gaps = [seen(tracker, shown(Pose(opening, 0.5)))[0] for opening in (0, 0.25, 0.5)]
    assert gaps[0] < 0.04  # the photo's own smile parts the lips by 0.11
    assert gaps[0] < gaps[1] < gaps[2]


def test_rounded_lips_look_narrower_than_spread_ones(tracker, shown):
    rounded = seen(tracker, shown(Pose(0.3, 0.0)))[1]
    spread = seen(tracker, shown(Pose(0.3, 1.0)))[1]
    assert rounded < spread


def test_the_border_of_the_frame_never_moves(shown, photo):
    frame = shown(Pose(1.0, 0.2, x=0.03, y=0.03, roll=0.01))
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert np.abs(frame[edge].astype(int) - photo[edge]).max() <= 2


def test_a_moving_mouth_leaves_the_eyes_and_the_hair_alone(shown, points):
    eyes_bottom = int(points[[145, 374], 1].max()) + 4
    shut, wide = shown(REST), shown(Pose(1.0, 0.5))
    assert np.array_equal(shut[:eyes_bottom], wide[:eyes_bottom])


def test_a_blink_covers_the_iris_with_something_brighter_and_nothing_else(shown, points):
    open_eyes, shut_eyes = shown(REST), shown(Pose(0.0, 0.5, lids=1))
    for upper, lower in ((159, 145), (386, 374)):
        x, y = points[[upper, lower], :2].mean(0).astype(int)
        pupil = np.s_[y - 3 : y + 3, x - 3 : x + 3]
        assert shut_eyes[pupil].mean() > open_eyes[pupil].mean() + 20
    below = int(points[[145, 374], 1].max()) + 20
    assert np.array_equal(open_eyes[below:], shut_eyes[below:])


def test_eyes_that_open_again_are_those_of_the_photo(shown):
    before = shown(REST)
    shown(Pose(0.0, 0.5, lids=1))
    assert np.array_equal(shown(REST), before)


def test_a_shut_lid_is_the_skin_above_it_and_no_plate(shown, points):
    shut = shown(Pose(0.0, 0.5, lids=1)).astype(np.float32)
    for upper in (159, 386):
        x, y = points[upper, :2].astype(int)
        column = shut[y - 9 : y + 5, x - 4 : x + 5].mean((1, 2))
        assert np.abs(np.diff(column)).max() < 7  # no border between lid and brow


def test_no_lash_of_the_open_eye_stands_up_beside_a_shut_one(shown, points):
    """Above the outer corners drawn skin ends without an upright cut."""
    open_eyes, shut = shown(REST).astype(np.float32), shown(Pose(0.0, 0.5, lids=1))
    unit = np.linalg.norm(points[33] - points[263])
    for corner, outwards in ((33, -1), (263, 1)):
        x, y = points[corner, :2]
        columns = sorted((round(x), round(x + outwards * 0.05 * unit)))
        place = np.s_[round(y - 0.07 * unit) : round(y - 0.01 * unit), slice(*columns)]
        upright = [np.abs(np.diff(one[place].mean(2), axis=1)).max() for one in (shut, open_eyes)]
        assert upright[0] < upright[1]


def test_a_head_that_turns_moves_its_nose_further_than_its_ears_and_the_border_not_at_all(
    tracker, shown, photo
):
    meshes = []
    for yaw in (-0.1, 0.1):
        frame = shown(Pose(0.0, 0.5, yaw=yaw))
        assert np.array_equal(frame[:, :2], photo[:, :2])
        tracker.reset()
        meshes.append(tracker(frame).points)
    moved = (meshes[1] - meshes[0])[:, 0] / np.linalg.norm(meshes[0][33] - meshes[0][263])
    nose, sides = moved[1], moved[[234, 454]]
    assert nose > 0.06
    assert np.abs(sides).max() < 0.5 * nose


def test_a_head_that_nods_lowers_its_nose(tracker, shown):
    noses = []
    for pitch in (-0.1, 0.1):
        tracker.reset()
        noses.append(tracker(shown(Pose(0.0, 0.5, pitch=pitch))).points[1, 1])
    assert noses[1] > noses[0] + 4


def test_raised_brows_leave_the_mouth_alone(shown, points):
    raised, calm = shown(Pose(0.0, 0.5, brows=1)), shown(REST)
    assert np.abs(raised.astype(int) - calm).max() > 20
    mouth = int(points[2, 1])
    assert np.array_equal(raised[mouth:], calm[mouth:])


def test_the_background_stands_still_while_the_person_moves(photo, points):
    figure = figure_of(photo)
    backdrop = np.random.default_rng(0).integers(0, 255, photo.shape, dtype=np.uint8)
    stage = PortraitStage(figure, backdrop, points)
    frame = stage.render(Pose(1.0, 0.2, x=0.03, y=0.03, roll=0.01, breath=1))
    away = cv2.dilate(figure[..., 3], np.ones((41, 41))) == 0
    assert np.array_equal(frame[away], backdrop[away])


def test_a_figure_breathes_below_its_chin(photo, points):
    stage = PortraitStage(figure_of(photo), np.zeros_like(photo), points)
    out = stage.render(REST).copy()
    breathed_in = stage.render(Pose(0.0, 0.5, breath=1))
    chin = int(points[152, 1])
    assert np.array_equal(out[: chin - 8], breathed_in[: chin - 8])
    assert np.abs(out[chin + 20 :].astype(int) - breathed_in[chin + 20 :]).max() > 20


def test_a_pose_looks_the_same_whatever_was_shown_before(photo, points):
    figure, backdrop = figure_of(photo), np.full_like(photo, 90)
    often, fresh = (PortraitStage(figure, backdrop, points) for _ in range(2))
    for breath in (0.2, 1, 0.5):
        often.render(Pose(0.6, 0.9, x=0.02, lids=1, breath=breath))
    pose = Pose(0.3, 0.4, y=-0.01, breath=0.7)
    assert np.array_equal(often.render(pose), fresh.render(pose))


def test_lips_that_touch_in_the_photo_stay_the_photos_own_in_silence(shown, points):
    # The sample smiles with parted lips: shut by the stage, it is a photo of touching lips.
    shut = shown(REST)
    mouth = np.s_[int(points[0, 1]) : int(points[17, 1]), int(points[61, 0]) : int(points[291, 0])]
    again = PortraitStage(shut, None, points_with_shut_lips(points)).render(REST)
    assert np.abs(again[mouth].astype(int) - shut[mouth]).mean() < 1


def test_a_blink_leaves_the_rims_of_glasses(photo, points):
    rims = photo.copy()
    centres = [points[list(pair), :2].mean(0) for pair in ((33, 133), (263, 362))]
    ring = np.zeros(photo.shape[:2], np.uint8)
    for x, y in centres:
        cv2.circle(ring, (int(x), int(y)), 36, 255, 4)
    cv2.line(ring, *(tuple(int(v) for v in points[index, :2]) for index in (133, 362)), 255, 4)
    rims[ring > 0] = 20
    shut = PortraitStage(rims, None, points).render(Pose(0.0, 0.5, lids=1))
    still = cv2.erode(ring, np.ones((3, 3))) > 0
    assert shut[still].mean() < 35
