"""The Studio in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.cli.demo_sample import DemoSample
from infra.local.server import STUDIO
from infra.local.web.studio import NOT_BUILT, is_built
from tests.support.shared_cloud import SharedCloud

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect, sync_playwright

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # A name that is no loopback for the browser: pages of it get what a phone's get over http.
    "--host-resolver-rules=MAP phone.test 127.0.0.2",
]
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip("there is no Chromium; root can install it: apt-get install chromium")
    if not is_built(STUDIO):
        pytest.skip(NOT_BUILT)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield running
        running.close()


@pytest.fixture
def signed_in(key: str) -> str:
    """A script that leaves the key where the page looks for it."""
    return f"localStorage.setItem('studio.key', JSON.stringify({key!r}))"


@pytest.fixture
def page(browser: Browser, cloud: SharedCloud, signed_in: str) -> Iterator[Page]:
    """The new tab of a Chinese user who has signed in; no script of it may fail."""
    # What moves is drawn by the processor here.
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(signed_in)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(cloud.url)
    yield tab
    context.close()
    assert not faults


@pytest.fixture
def clip(sample: DemoSample) -> Path:
    return sample.video


@pytest.fixture
def until(page: Page) -> Callable[[str], None]:
    """Waits until an expression is true in the page, whose policy forbids it to evaluate texts."""

    def wait(expression: str) -> None:
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not page.evaluate(expression):
            assert time.monotonic() < deadline, expression
            page.wait_for_timeout(200)

    return wait
