"""A server that asks for a key: in with the right one, told of a wrong one, and out again."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from tests.support.shared_cloud import SharedCloud


@pytest.fixture
def signed_in() -> str:
    """Nobody is."""
    return ""


def enter(page: Page, key: str) -> None:
    dialog = page.get_by_role("dialog", name="这台服务器需要密钥")
    dialog.get_by_label("API 密钥").fill(key)
    dialog.get_by_role("button", name="登录").click()


def test_a_key_opens_the_page_and_leaving_takes_everything_along(
    page: Page, cloud: SharedCloud
) -> None:
    key = cloud.key("shop")

    # Closed, the question does not come back by itself; the page's head has it.
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    page.get_by_label("要说的话").fill("大家好。")
    page.get_by_role("banner").get_by_role("button", name="登录").click()

    enter(page, "dhk_not_a_key_of_this_server")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("密钥")
    enter(page, key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("radio", name="晓晓")).to_be_visible()
    expect(page.get_by_label("要说的话")).to_have_value("大家好。")
    # The sample comes from a signed address, which needs no key.
    page.get_by_role("button", name="试听 晓晓").click()
    expect(page.get_by_role("button", name="停止试听")).to_be_visible()

    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("dialog", name="这台服务器需要密钥")).to_be_visible()
    assert page.evaluate("localStorage.getItem('studio.key')") is None
    expect(page.get_by_label("要说的话")).to_have_value("")
