"""People are framed as a photographer would, whatever photo and canvas they come with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpu_jobs.media.pictures.rectangle import Rectangle
from gpu_jobs.scene.layout import Outline, canvas_size, cover, place

TALL, WIDE, SQUARE = (1080, 1920), (1920, 1080), (1080, 1080)
BUST = Outline(Rectangle(100, 50, 400, 450), Rectangle(230, 110, 140, 140))
WHOLE = Outline(Rectangle(200, 40, 240, 900), Rectangle(290, 60, 60, 60), cut_bottom=False)


@pytest.mark.parametrize(
    ("aspect", "background", "size"),
    [
        ("9:16", (4000, 3000), TALL),
        ("16:9", (300, 300), WIDE),
        ("1:1", (4000, 3000), SQUARE),
        ("background", (1280, 720), (1280, 720)),
        ("background", (4000, 3000), (1440, 1080)),
        ("background", (3000, 4000), (1080, 1440)),
        ("background", (2560, 1440), WIDE),
        ("background", (641, 481), (640, 480)),
        ("background", (100, 100), (480, 480)),
    ],
)
def test_the_canvas_has_the_asked_shape_and_even_sides(aspect, background, size):
    assert canvas_size(aspect, background) == size


@pytest.mark.parametrize("background", [(9000, 20), (20, 9000)])
def test_a_strip_as_background_still_gives_a_picture(background):
    width, height = canvas_size("background", background)
    assert max(width, height) <= 1920
    assert max(width, height) / min(width, height) < 2.5


@pytest.mark.parametrize("canvas", [TALL, WIDE, SQUARE])
@pytest.mark.parametrize("picture", [(500, 500), (3000, 400), (400, 3000)])
def test_the_background_covers_the_canvas_from_its_middle(canvas, picture):
    part = cover(picture, canvas)
    assert part.width / part.height == pytest.approx(canvas[0] / canvas[1])
    assert part.width <= picture[0] + 1e-6
    assert part.height <= picture[1] + 1e-6
    assert part.middle == pytest.approx(picture[0] / 2)


@pytest.mark.parametrize("canvas", [TALL, WIDE, SQUARE])
def test_a_bust_stands_on_the_lower_edge_with_room_over_the_head(canvas):
    person = place(BUST, canvas).of(BUST.box)
    assert person.bottom >= canvas[1]
    assert 0.05 * canvas[1] < person.y < 0.6 * canvas[1]
    assert abs(person.middle - canvas[0] / 2) < 0.1 * canvas[0]


@pytest.mark.parametrize("canvas", [TALL, WIDE, SQUARE])
def test_a_whole_person_stands_on_the_floor_and_is_seen_whole(canvas):
    person = place(WHOLE, canvas).of(WHOLE.box)
    assert 0.9 * canvas[1] < person.bottom < 0.99 * canvas[1]
    assert person.y > 0
    assert 0 < person.x < person.right < canvas[0]


@pytest.mark.parametrize("canvas", [TALL, WIDE, SQUARE])
@pytest.mark.parametrize("sides", [("cut_left",), ("cut_right",), ("cut_left", "cut_right")])
def test_where_the_photo_cut_the_shoulders_the_canvas_cuts_them_too(canvas, sides):
    outline = replace(BUST, box=Rectangle(0, 50, 600, 450), **dict.fromkeys(sides, 400.0))
    placement = place(outline, canvas)
    person = placement.of(outline.box)
    below = placement.top + placement.scale * 400 >= canvas[1]
    if "cut_left" in sides:
        assert below or person.x <= 0
    if "cut_right" in sides:
        assert below or person.right >= canvas[0]


def test_a_face_is_never_blown_up_over_half_of_the_picture():
    close = Outline(Rectangle(0, 0, 100, 100), Rectangle(20, 20, 60, 70), 10.0, 10.0, cut_top=True)
    for canvas in (TALL, WIDE, SQUARE):
        assert place(close, canvas).of(close.face).height <= 0.51 * canvas[1]


def test_person_scale_is_against_the_chosen_size():
    usual, half = place(WHOLE, TALL), place(WHOLE, TALL, scale=0.5)
    assert half.scale == pytest.approx(usual.scale / 2)
    assert half.of(WHOLE.box).bottom == pytest.approx(usual.of(WHOLE.box).bottom)


def test_person_position_is_where_the_middle_of_the_lower_edge_goes():
    person = place(WHOLE, WIDE, position=(500, 1000)).of(WHOLE.box)
    assert (person.middle, person.bottom) == (pytest.approx(500), pytest.approx(1000))


def test_a_bust_does_not_float():
    person = place(BUST, WIDE, position=(500, 600)).of(BUST.box)
    assert person.bottom >= WIDE[1]


@pytest.mark.parametrize("position", [(0, 0), (8000, 8000), (0, 8000), (8000, 0)])
def test_a_position_off_the_canvas_leaves_the_face_on_it(position):
    for outline in (BUST, WHOLE):
        face = place(outline, TALL, position=position).of(outline.face)
        assert face.x >= -1e-6
        assert face.y >= -1e-6
        assert face.right <= TALL[0] + 1e-6
        assert face.bottom <= TALL[1] + 1e-6
