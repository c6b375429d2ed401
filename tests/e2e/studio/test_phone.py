"""A phone in the same network (`dh serve --host`): plain http, to a name that is no loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, expect

from infra.local.server import LocalCloud
from tests.e2e.clips import faceless_video


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud"), address="127.0.0.2") as running:
        yield running


def test_a_phone_films_with_its_own_camera_and_uploads_to_the_address_it_opened(
    browser: Browser, cloud: LocalCloud, tmp_path: Path
) -> None:
    film = faceless_video(tmp_path / "film.mp4", seconds=1.0, sound=True)
    door = f"http://phone.test:{cloud.url.rpartition(':')[2]}"
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.goto(door)
    assert page.evaluate("isSecureContext") is False

    # The page itself gets no camera there: the button opens the phone's.
    with page.expect_file_chooser() as chooser:
        page.locator(".person").get_by_role("button", name="用摄像头录制").click()
    camera = chooser.value.element
    assert (camera.get_attribute("accept"), camera.get_attribute("capture")) == ("video/*", "user")
    chooser.value.set_files(film)
    page.get_by_label("要说的话").fill("大家好。")
    expect(page.get_by_role("button", name="开始制作")).to_be_enabled()

    # It is there for the next tab, too, from the same address.
    page.reload()
    expect(page.locator(".person video")).to_be_visible()
    page.get_by_role("link", name="素材库").click()
    page.get_by_role("button", name="试听 晓晓").click()
    expect(page.get_by_role("button", name="停止试听")).to_be_visible()
    assert {host for host in asked if host} == {door.removeprefix("http://")}
    context.close()
