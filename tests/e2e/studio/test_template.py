"""Two pictures become a template on the canvas, and its person speaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import portrait_photo
from infra.local.server import ROOT

MAKING_MS = 300_000


def test_pictures_become_a_template_that_speaks(
    page: Page, tmp_path: Path, until: Callable[[str], None]
) -> None:
    cv2.imwrite(str(tmp_path / "person.png"), portrait_photo(WeightStore(ROOT / ".weights")))
    shades = np.linspace(40, 200, 854, dtype=np.uint8)[:, None, None]
    cv2.imwrite(str(tmp_path / "back.png"), np.broadcast_to(shades, (854, 480, 3)))

    page.get_by_role("radio", name="照片模板").check()
    page.get_by_role("link", name="新建模板").click()
    pictures = page.locator(".picture input[type=file]")
    pictures.nth(0).set_input_files(tmp_path / "person.png")
    pictures.nth(1).set_input_files(tmp_path / "back.png")
    page.get_by_role("radio", name="同背景").check()
    page.get_by_label("标题", exact=True).fill("开门")
    title = page.get_by_role("button", name="标题，位置 80, 160")
    title.press("ArrowRight")
    held = page.get_by_role("button", name="标题，位置 90, 160")
    expect(held).to_be_visible()
    box = held.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + 65)
    page.mouse.up()
    expect(page.get_by_role("button", name="标题，位置 90, 160")).to_have_count(0)
    page.get_by_role("button", name="生成模板").click()
    page.get_by_role("link", name="在素材库中查看").click(timeout=MAKING_MS)

    # Changed, it keeps its place in the library and gets the new title.
    page.get_by_role("link", name="修改模板").click()
    expect(page.get_by_label("标题", exact=True)).to_have_value("开门")
    page.get_by_label("标题", exact=True).fill("重新开门")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_role("heading", name="重新开门")).to_be_visible()
    page.get_by_role("link", name="在素材库中查看").click(timeout=MAKING_MS)
    expect(page.locator(".work-words")).to_have_text("重新开门")

    page.locator(".work-open").click()
    expect(page.locator(".template-stage img")).to_be_visible()
    page.get_by_label("要说的话").fill("大家好。")
    expect(page.locator(".stage-subtitle")).to_have_text("大家好")
    page.get_by_text("人物静止").click()
    page.get_by_role("button", name="开始制作").click()
    expect(page.get_by_role("button", name="播放")).to_be_visible(timeout=MAKING_MS)
    page.get_by_role("button", name="播放").click()
    until("document.querySelector('.player video').currentTime > 0.2")
