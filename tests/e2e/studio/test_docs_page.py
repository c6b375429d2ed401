"""The API's own page, to which `/api` leads a browser."""

from __future__ import annotations

import re
import time
import wave
from pathlib import Path

from playwright.sync_api import Page

from dh_client import Client
from tests.support.shared_cloud import SharedCloud


def test_a_file_is_sent_from_the_page_of_the_api(
    page: Page, cloud: SharedCloud, key: str, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.wav"
    with wave.open(str(mine), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(bytes(64_000))
    page.goto(f"{cloud.url}/api")
    assert page.url == f"{cloud.url}/api/docs"
    page.get_by_label("Authorization").fill(key)
    route = page.locator(
        "main > details", has_text=re.compile(r"/api/upload/\{file_type\}(?!/)")
    ).filter(has=page.locator("input[type=file]"))
    route.locator("summary").first.click()
    route.get_by_text("Try it").click()
    route.get_by_placeholder("path").fill("audio")
    route.locator("input[type=file]").set_input_files(mine)
    route.get_by_role("button", name="POST").click()
    page.get_by_text("The file has arrived.").wait_for()
    with Client(cloud.url, key) as client:
        # The store's event is handled a moment after the file has arrived.
        deadline = time.monotonic() + 60
        while not (files := client.list_files("audio")["files"]) and time.monotonic() < deadline:
            time.sleep(0.1)
        (sent,) = files
        stored = client.download(sent["download_url"], tmp_path / "stored.wav")
    assert stored.read_bytes() == mine.read_bytes()
