"""Titles are legible, inside the picture and without empty boxes, whatever is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from dh_core.limits import MAX_TITLE_CHARACTERS
from dh_core.specs.scene import SceneParameters
from gpu_jobs.media.subtitles.typography import drawable
from gpu_jobs.scene.title import (
    CHARACTERS_WARNING,
    MOVED_WARNING,
    SHRUNK_WARNING,
    lay_title,
)


def canvas(grey=40, width=540, height=960):
    return np.full((height, width, 3), grey, np.uint8)


def laid(text, picture=None, **parameters):
    picture = canvas() if picture is None else picture
    return lay_title(SceneParameters(title_text=text, **parameters), picture)


def test_a_title_stands_where_it_was_asked_for():
    found = laid("示例标题", title_position=(60, 80), title_font_size=48)
    assert found.warnings == ()
    assert (found.title.box.x, found.title.box.y) == (60, 80)
    assert found.title.font_size == 48
    frame = canvas()
    found.title.draw_on(frame)
    rows, columns = np.nonzero((frame > 200).all(2))
    assert rows.min() >= 80 and rows.max() < 80 + 60
    assert columns.min() >= 60 and columns.max() <= 60 + 4 * 48


@pytest.mark.parametrize("position", [(0, 0), (530, 20), (20, 955), (8192, 8192)])
@pytest.mark.parametrize("size", [8, 48, 300, 512])
def test_a_title_never_leaves_the_picture(position, size):
    found = laid("今天的科技新闻 Hello", title_position=position, title_font_size=size)
    box = found.title.box
    assert box.x >= 0 and box.y >= 0
    assert box.right <= 540 and box.bottom <= 960
    height, width = found.title.pixels.shape[:2]
    assert found.title.x + width <= 540 and found.title.y + height <= 960


def test_a_title_that_had_to_move_or_shrink_says_so():
    assert MOVED_WARNING in laid("标题", title_position=(8000, 10)).warnings
    assert SHRUNK_WARNING in laid("很长的标题" * 20, title_font_size=200).warnings


def test_the_longest_title_in_the_largest_size_is_still_there_whole():
    text = "数字人" * (MAX_TITLE_CHARACTERS // 3)
    found = laid(text, title_font_size=512)
    assert "".join(found.title.lines) == text
    assert found.title.box.height <= 0.5 * 960 + 20


def brightness_of_ink(picture, **parameters):
    found = laid("标题", picture, title_font_size=80, **parameters)
    inside = found.title.pixels[found.title.pixels[:, :, 3] == 255]
    return float(np.median(inside[:, :3]))


def test_letters_are_light_on_dark_and_dark_on_white():
    assert brightness_of_ink(canvas(30)) > 200
    assert brightness_of_ink(canvas(250)) < 60


def test_an_asked_colour_is_used_with_an_edge_that_stands_out():
    found = laid("标题", canvas(90), title_font_size=80, title_color="#ffcc00")
    pixels = found.title.pixels.reshape(-1, 4)
    opaque = pixels[pixels[:, 3] > 220][:, :3]
    assert (opaque == (0, 204, 255)).all(1).any()
    assert (opaque < 40).all(1).any()


def test_bold_letters_have_more_ink_than_regular_ones():
    bold, regular = (
        laid("標題示例", title_bold=bold, title_font_size=96) for bold in (True, False)
    )
    ink = [(found.title.pixels[:, :, :3].min(2) > 200).sum() for found in (bold, regular)]
    assert ink[0] > 1.15 * ink[1]


def test_emoji_are_left_out_and_reported():
    found = laid("你好😀世界👨‍👩‍👧")
    assert found.title.lines == ("你好世界",)
    assert found.warnings == (CHARACTERS_WARNING,)


def test_a_title_of_nothing_but_emoji_is_no_title():
    found = laid("😀🎉")
    assert (found.title, found.warnings) == (None, (CHARACTERS_WARNING,))


@pytest.mark.parametrize(
    ("text", "shown", "lost"),
    [
        ("你好，世界！", "你好，世界！", False),
        ("𠮷野家 ㊗", "𠮷野家 ㊗", False),
        ("𝐀𝐈", "AI", False),
        ("a\u200db\ufe0f\u00ad", "ab", False),
        ("tab\there", "tab here", False),
        ("\U000e0041x\U0001f9ff", "x", True),
        ("cafe\u0301", "café", False),
    ],
)
def test_rare_characters_are_written_plainly_or_left_out(text, shown, lost):
    assert drawable(text) == (shown, lost)


@pytest.mark.parametrize("text", [None, "", "  \n "])
def test_no_title_is_no_problem(text):
    assert laid(text).title is None
