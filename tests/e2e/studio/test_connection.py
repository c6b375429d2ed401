"""A connection that is lost: told, and taken up again where it was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, Route, expect

from tests.e2e.clips import faceless_video

LOST = "连接已断开，正在重连"
BIG = 10 * 1024 * 1024


def test_a_lost_connection_is_told_until_it_is_back(page: Page) -> None:
    expect(page.get_by_role("radio", name="晓晓")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(LOST)).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text(LOST)).to_have_count(0)


def test_a_big_clip_goes_on_from_the_part_at_which_the_line_broke(
    page: Page, tmp_path: Path
) -> None:
    # A box of nothing behind the film: large enough for parts, and no other film.
    film = faceless_video(tmp_path / "small.mp4", seconds=1.0, sound=True).read_bytes()
    (tmp_path / "big.mp4").write_bytes(film + BIG.to_bytes(4, "big") + b"free" + bytes(BIG - 8))
    sent: list[str] = []

    def break_once(route: Route) -> None:
        number = route.request.url.split("partNumber=")[1].split("&")[0]
        sent.append(number)
        if sent.count("2") == 1 and number == "2":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/*partNumber=*", break_once)
    page.locator(".person input[type=file]").set_input_files(tmp_path / "big.mp4")
    page.get_by_label("要说的话").fill("大家好。")
    expect(page.get_by_role("button", name="开始制作")).to_be_enabled()
    assert sorted(sent) == ["1", "2", "2", "3"]


def test_a_film_of_the_camera_is_taken_as_the_persons_clip(page: Page) -> None:
    page.locator(".person").get_by_role("button", name="用摄像头录制").click()
    dialog = page.get_by_role("dialog", name="录制人物")
    dialog.get_by_role("button", name="开始录制").click()
    expect(dialog.get_by_role("timer")).to_have_text("0:02")
    dialog.get_by_role("button", name="结束录制").click()
    expect(dialog.locator("video[controls]")).to_be_visible()
    dialog.get_by_role("button", name="使用这段").click()
    expect(page.locator(".person video")).to_have_attribute(
        "aria-label", re.compile(r"人物视频：person-\d+")
    )
