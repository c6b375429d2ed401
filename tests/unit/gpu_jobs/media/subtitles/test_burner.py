"""Subtitles in the picture: where they stand, when, and that they can be read."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_jobs.audio.speech import TimedText
from gpu_jobs.media.pictures.overlay import Overlay
from gpu_jobs.media.subtitles.burner import (
    MAX_LINES,
    NO_FACE,
    FaceSpan,
    Look,
    SubtitleBurner,
    arrange,
    safe_area,
)
from gpu_jobs.media.subtitles.captions import Cue, to_cues

LONG = Cue(
    "央视播出了一部有关扫黑除恶的政论大片", 0, 3, ("央视播出了一部有关", "扫黑除恶的政论大片")
)
CANVASES = [(1080, 1920), (1920, 1080), (1080, 1080), (320, 568), (180, 320)]


def square_letters(text: str, size: int) -> float:
    return len(text) * float(size)


def drawn(cue: Cue, width: int, height: int, face: FaceSpan = NO_FACE) -> Overlay:
    overlay = SubtitleBurner([cue], width, height, face).at((cue.start + cue.end) / 2)
    assert overlay is not None
    return overlay


@pytest.mark.parametrize(("width", "height"), CANVASES)
def test_a_line_stays_inside_the_safe_area(width: int, height: int) -> None:
    left, top, wide, high = drawn(LONG, width, height).box
    area = safe_area(width, height)
    assert wide <= area.width + 0.05 * width
    assert abs(left + wide / 2 - width / 2) <= 1
    assert height / 2 < top
    assert top + high <= area.bottom


def test_a_tall_picture_keeps_its_lowest_fifth_for_the_players_own_controls() -> None:
    assert safe_area(1080, 1920).bottom <= 1920 * 0.8
    assert safe_area(1920, 1080).bottom >= 1080 * 0.9


def test_a_line_that_fits_is_one_line_and_a_long_one_is_divided_where_the_sense_allows() -> None:
    short = Cue("大家好", 0, 1)
    assert arrange(short, 1080, 1920, square_letters).lines == ("大家好",)
    assert arrange(LONG, 1080, 1920, square_letters).lines == LONG.halves
    assert arrange(LONG, 1920, 1080, square_letters).lines == (LONG.text,)


def test_what_cannot_be_divided_is_written_smaller() -> None:
    address = Cue("https://example.com/a/very/long/address/indeed", 0, 1)
    arranged = arrange(address, 1080, 1920, square_letters)
    assert arranged.lines == (address.text,)
    assert square_letters(address.text, arranged.size) <= safe_area(1080, 1920).width


def test_lines_never_exceed_two() -> None:
    words = [TimedText(word, n / 5, n / 5 + 0.2) for n, word in enumerate("we have built it " * 9)]
    cues = to_cues(words, 60)
    counts = {len(arrange(cue, 320, 568, square_letters).lines) for cue in cues}
    assert max(counts) <= MAX_LINES


def test_subtitles_go_below_a_chin_that_is_low_but_leave_the_progress_bar_free() -> None:
    usual = drawn(LONG, 1080, 1920)
    lower = drawn(LONG, 1080, 1920, FaceSpan(800, 1450))
    lowest = drawn(LONG, 1080, 1920, FaceSpan(100, 1900))
    assert usual.box[1] < 1450 <= lower.box[1]
    assert lowest.box[1] + lowest.box[3] <= 1920 * 0.92


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (1080, 1080)])
@pytest.mark.parametrize("chin", [0.5, 0.7, 0.85, 0.97])
def test_subtitles_never_lie_over_a_chin_or_the_eyes(width: int, height: int, chin: float) -> None:
    face = FaceSpan((chin - 0.45) * height, chin * height)
    shown = drawn(LONG, width, height, face)
    top, bottom = shown.box[1], shown.box[1] + shown.box[3]
    assert top >= face.chin or bottom <= face.forehead
    assert top >= 0 and bottom <= height


def test_a_line_is_drawn_once_and_shown_for_its_time_only() -> None:
    cues = [Cue("一", 0.5, 1.0), Cue("二", 1.0, 1.5), Cue("三", 2.0, 2.5)]
    burner = SubtitleBurner(cues, 320, 568)
    shown = [burner.at(time) for time in (0.4, 0.6, 0.9, 1.0, 1.6, 2.1, 2.6)]
    assert [overlay is not None for overlay in shown] == [
        *(False, True, True, True, False, True, False)
    ]
    assert shown[1] is shown[2]
    assert shown[2] is not shown[3]


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_letters_stand_out_from_any_ground(ground: int) -> None:
    frame = np.full((568, 320, 3), ground, np.uint8)
    overlay = drawn(Cue("大家好", 0, 1), 320, 568)
    overlay.draw(frame)
    region = overlay.region(frame).astype(int)
    assert region.max() > 240
    assert region.min() < 40


def test_a_cue_of_signs_that_the_font_lacks_is_left_out() -> None:
    assert SubtitleBurner([Cue("\U0001f9ff\U0010fffd", 0, 1)], 320, 568).at(0.5) is None


@pytest.mark.parametrize(("width", "height"), CANVASES)
def test_lines_asked_for_at_the_top_stand_there_only_where_a_face_leaves_room(
    width: int, height: int
) -> None:
    look = Look(size=1.5, top=True)

    def box(face: FaceSpan) -> tuple[int, int]:
        overlay = SubtitleBurner([LONG], width, height, face, look).at(1)
        assert overlay is not None
        _, top, _, high = overlay.box
        return top, top + high

    assert box(NO_FACE)[1] < height / 2
    low = FaceSpan(0.55 * height, 0.9 * height)
    assert box(low)[1] <= low.forehead
    high = FaceSpan(0.08 * height, 0.45 * height)
    assert box(high)[0] >= high.chin


def test_lines_have_the_size_and_colours_that_are_asked_for() -> None:
    usual, large = (
        drawn(LONG, 1080, 1080),
        SubtitleBurner(
            [LONG], 1080, 1080, NO_FACE, Look(size=0.7, ink=(255, 0, 0), outline=(0, 0, 255))
        ).at(1),
    )
    assert large is not None
    assert large.box[3] < 0.8 * usual.box[3]
    frame = np.full((1080, 1080, 3), 128, np.uint8)
    large.draw(frame)
    assert (frame == (0, 0, 255)).all(2).sum() > 100
    assert (frame == (255, 0, 0)).all(2).sum() > 100
