"""The layers of a picture: the person in their place, in the light of the backdrop."""

from __future__ import annotations

import numpy as np
import pytest

from dh_core.specs.scene import SceneParameters
from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene import Person, build_scene
from gpu_jobs.scene.build import LOW_RESOLUTION_WARNING
from gpu_jobs.scene.camera import CLOSER, approached
from gpu_jobs.scene.label import place_label

SKIN = (140, 170, 220)
BLUE = (200, 80, 30)


def person(height=400, width=300, *, whole=False):
    """A grey box of a body with a head on it; a bust ends at the cut-out's lower edge."""
    pixels = np.zeros((height, width, 4), np.uint8)
    end = height - 10 if whole else height
    pixels[height // 3 : end, 20 : width - 20] = (120, 120, 120, 255)
    head = slice(10, height // 3), slice(width // 3, 2 * width // 3)
    pixels[head] = (*SKIN, 255)
    return Person(pixels, Rectangle(width // 3, 20, width // 3, height // 3 - 30))


def background(colour=BLUE, size=(480, 640)):
    return np.full((*size, 3), colour, np.uint8)


def scene(subject=None, ground=None, **parameters):
    ground = background() if ground is None else ground
    return build_scene(
        subject or person(), ground, SceneParameters(aspect="background", **parameters)
    )


def test_all_layers_share_one_canvas():
    found = scene(title_text="标题")
    assert found.size == (640, 480)
    assert found.backdrop.shape == (480, 640, 3)
    assert found.figure.shape == (480, 640, 4)
    assert found.still().shape == (480, 640, 3)


def test_the_person_stands_before_the_background():
    found = scene()
    still = found.still()
    middle = int(found.face.middle), int(found.face.y + found.face.height / 2)
    assert np.abs(still[middle[1], middle[0]].astype(int) - SKIN).max() < 30
    assert np.abs(still[240, 5].astype(int) - BLUE).max() < 12


def test_the_bust_reaches_the_last_row_of_the_picture():
    found = scene()
    column = int(found.face.middle)
    assert found.figure[-1, column, 3] == 255


def test_colours_come_a_little_closer_to_the_background_and_stay_natural():
    warm, cold = (
        scene(ground=background(colour)).figure for colour in ((20, 60, 220), (220, 120, 20))
    )
    solid = (warm[:, :, 3] == 255) & (cold[:, :, 3] == 255)
    red, blue = ((side[solid].mean(0)) for side in (warm, cold))
    assert 1 < red[2] - blue[2] < 40
    assert 1 < blue[0] - red[0] < 40


def test_a_shadow_lies_under_someone_who_stands():
    ground = background((200, 200, 200))
    found = scene(person(whole=True), ground)
    darkest = np.unravel_index(found.backdrop.mean(2).argmin(), found.backdrop.shape[:2])
    assert found.backdrop.mean(2).min() < 150
    assert darkest[0] > 0.85 * 480
    assert np.abs(found.backdrop[5, 5].astype(int) - 200).max() <= 2


def test_the_background_keeps_its_middle_and_covers_the_canvas():
    ground = np.zeros((300, 900, 3), np.uint8)
    ground[:, 440:460] = 255
    found = build_scene(person(), ground, SceneParameters(aspect="9:16"))
    assert found.size == (1080, 1920)
    assert found.backdrop[100, 535:545].min() > 180


def test_a_person_much_enlarged_is_reported():
    tiny = person(height=150, width=60)
    assert LOW_RESOLUTION_WARNING in build_scene(tiny, background(), SceneParameters()).warnings
    assert scene().warnings == ()


def test_a_head_that_the_photo_cut_off_is_rounded():
    pixels = person().pixels[20:]
    found = scene(Person(pixels, Rectangle(100, 10, 100, 90)))
    rows = np.flatnonzero((found.figure[:, :, 3] > 128).any(1))
    top = np.flatnonzero(found.figure[rows[0] + 2, :, 3] > 128)
    lower = np.flatnonzero(found.figure[rows[0] + 25, :, 3] > 128)
    assert np.ptp(top) < 0.9 * np.ptp(lower)


def test_an_empty_cut_out_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="empty"):
        scene(Person(np.zeros((10, 10, 4), np.uint8), Rectangle(0, 0, 5, 5)))


def overlap(label, box):
    height, width = label.pixels.shape[:2]
    across = min(label.x + width, box.right) - max(label.x, box.x)
    return across > 0 and min(label.y + height, box.bottom) - max(label.y, box.y) > 0


@pytest.mark.parametrize(
    "title",
    [
        None,
        Rectangle(50, 50, 400, 60),
        Rectangle(32, 40, 1016, 160),
        Rectangle(600, 20, 470, 100),
        Rectangle(40, 900, 1000, 160),
    ],
)
def test_the_ai_label_hides_neither_title_nor_face(title):
    face = Rectangle(400, 700, 300, 300)
    label = place_label((1080, 1920), title, face)
    assert not overlap(label, face)
    assert title is None or not overlap(label, title)
    assert label.y < 960


def test_the_default_title_place_of_the_seed_leaves_the_label_legible():
    found = scene(title_text="AI助手")
    assert not overlap(found.label, found.title.box)
    frame = found.still()
    height, width = found.label.pixels.shape[:2]
    seen = frame[found.label.y : found.label.y + height, found.label.x : found.label.x + width]
    assert (seen > 240).all(2).any()


def test_the_camera_comes_closer_and_keeps_the_lower_edge():
    frame = np.zeros((200, 100, 3), np.uint8)
    frame[100:, 40:60] = 255
    assert np.array_equal(approached(frame, 0.0), frame)
    end = approached(frame, 1.0)
    assert (end[-1, :, 0] > 128).sum() == pytest.approx(20 * (1 + CLOSER), abs=1)
    assert np.flatnonzero(end[:, 50, 0] > 128)[0] < 100
