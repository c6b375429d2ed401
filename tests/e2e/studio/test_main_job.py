"""A stranger opens the page, brings a clip and a text, and watches the person speak it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

MAKING_MS = 300_000
TEXT = "银行今天重新开门。"


def bring(page: Page, clip: Path, text: str) -> None:
    """Give the page a person and a text, until it can make the video."""
    page.locator(".person input[type=file]").set_input_files(clip)
    page.get_by_label("要说的话").fill(text)
    expect(page.get_by_role("button", name="开始制作")).to_be_enabled()


def test_clip_and_text_become_a_video_that_plays(
    page: Page, clip: Path, until: Callable[[str], None]
) -> None:
    page.get_by_label("要说的话").fill(TEXT)
    expect(page.locator('.ruby [data-above="háng"]')).to_be_visible()

    # The cursor in 重新: its reading is corrected with the keyboard alone.
    page.get_by_label("要说的话").focus()
    page.evaluate("document.activeElement.setSelectionRange(5, 5)")
    reading = page.get_by_label("“重新”读作")
    reading.fill("zhong4 xin1")
    reading.press("Enter")
    expect(page.locator('.ruby .is-corrected[data-above="zhòng"]')).to_be_visible()

    bring(page, clip, TEXT)
    page.get_by_role("button", name="开始制作").click()
    expect(page.get_by_role("progressbar", name="制作进度")).to_be_visible()
    task_page = page.url
    assert "#/task/" in task_page

    # The tab is closed, and another one opened without the address.
    page.goto(page.url.split("#")[0])
    expect(page.get_by_text("1 个进行中")).to_be_attached()
    page.get_by_role("link", name="作品").click()
    page.locator(".work a").first.click()
    assert page.url == task_page

    expect(page.get_by_role("heading", name=TEXT)).to_be_visible()
    expect(page.get_by_role("button", name="播放")).to_be_visible(timeout=MAKING_MS)
    page.get_by_role("button", name="播放").click()
    until("document.querySelector('.player video').currentTime > 0.4")
    expect(page.locator(".transcript")).to_contain_text("银行今天重新开门")
    until(
        "[...document.querySelectorAll('.waveform rect')]"
        ".some(bar => bar.height.baseVal.value > 40)"
    )

    page.get_by_role("button", name="与原片对照").click()
    expect(page.get_by_text("原片", exact=True)).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载视频").click()
    assert saved.value.path().stat().st_size > 10_000
    page.get_by_role("button", name="分享").click()
    assert page.get_by_label("此页链接").input_value() == task_page
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()

    # The voice that was learnt from the clip is kept under a name of its own.
    page.get_by_role("button", name="保存这个声音").click()
    page.get_by_role("dialog").get_by_label("名称").fill("小林的声音")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    page.get_by_role("link", name="在素材库中查看").click(timeout=MAKING_MS)
    expect(page.locator(".rows").first).to_contain_text("小林的声音")

    # The person, too, is prepared for the next video.
    page.get_by_role("link", name="人物").click()
    page.get_by_role("button", name="预先处理").click()
    expect(page.get_by_role("button", name="已提交预处理")).to_be_disabled()
    page.get_by_role("link", name="作品").click()
    prepared = page.locator(".work.is-completed", has_text="人物预处理")
    expect(prepared).to_be_visible(timeout=MAKING_MS)


def test_a_kept_reading_is_in_the_library_until_it_is_taken_back(page: Page) -> None:
    page.get_by_label("要说的话").fill(TEXT)
    expect(page.locator('.ruby [data-above="chóng"]')).to_be_visible()
    page.get_by_label("要说的话").focus()
    page.evaluate("document.activeElement.setSelectionRange(5, 5)")
    page.get_by_label("“重新”读作").fill("zhong4 xin1")
    page.get_by_role("button", name="以后都这样读").click()
    expect(page.locator('.ruby [data-above="zhòng"]')).to_be_visible()

    page.get_by_role("link", name="素材库").click()
    page.get_by_role("link", name="读音").click()
    expect(page.locator(".rows")).to_contain_text("zhòng xīn")
    page.get_by_role("button", name="删除: 重新").click()
    page.get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_text("还没有固定的读音")).to_be_visible()

    page.get_by_role("link", name="制作").first.click()
    expect(page.locator('.ruby [data-above="chóng"]')).to_be_visible()


def test_cancelled_task_keeps_nothing_but_the_script(page: Page, clip: Path) -> None:
    bring(page, clip, "这一段不会做完。" * 40)
    page.get_by_role("button", name="开始制作").click()
    page.get_by_role("button", name="取消制作").click()
    expect(page.get_by_text("没有保存任何内容")).to_be_visible()
    page.get_by_role("link", name="返回修改").click()
    expect(page.get_by_label("要说的话")).to_have_value("这一段不会做完。" * 40)


def test_failed_upload_says_why_and_can_be_tried_again(
    page: Page, clip: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7")
    choose = page.locator(".person input[type=file]")
    choose.set_input_files(letter)
    expect(page.get_by_role("alert")).to_contain_text("不支持这种文件")
    person = page.locator(".person")
    person.get_by_text("更多方式").click()
    person.get_by_label("文件的网址").fill("https://files.invalid/me.mp4")
    person.get_by_role("button", name="获取").click()
    expect(page.get_by_role("alert")).to_contain_text("无法从该网址获取文件")

    def refuse(route) -> None:
        body = "<Error><Code>EntityTooLarge</Code></Error>"
        cors = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(status=400, content_type="application/xml", body=body, headers=cors)

    bucket = re.compile(r"/digital-human-media-")
    page.route(
        bucket, lambda route: refuse(route) if route.request.method == "POST" else route.continue_()
    )
    choose.set_input_files(clip)
    expect(page.get_by_role("alert")).to_contain_text("文件过大")
    page.unroute_all()
    page.get_by_role("button", name="重试").click()
    page.get_by_label("要说的话").fill(TEXT)
    expect(page.get_by_role("button", name="开始制作")).to_be_enabled()


def test_recorded_voice_is_uploaded_and_so_is_what_shows_the_consent(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "agreed.pdf").write_bytes(b"%PDF-1.7")
    page.get_by_label("画面和声音的本人已同意").check()
    page.get_by_text("附上同意的凭据").click()
    page.locator(".consent input[type=file]").set_input_files(tmp_path / "agreed.pdf")
    expect(page.locator(".consent .sound-name")).to_have_text("agreed.pdf")
    page.get_by_text("一段录音").click()
    page.locator(".voice").get_by_role("button", name="麦克风录制").click()
    page.get_by_role("button", name="开始录制").click()
    expect(page.get_by_role("timer")).to_have_text("0:02")
    page.get_by_role("button", name="结束录制").click()
    page.get_by_role("button", name="使用这段").click()
    expect(page.locator(".voice .sound-name")).to_contain_text("voice-")
