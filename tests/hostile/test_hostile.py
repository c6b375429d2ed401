"""A sample of the hostile files, and that the watch over them notices what it is there for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.hostile import report
from tests.hostile.bench import Result, Run, play
from tests.hostile.families import CASES
from tests.hostile.goods import make_goods
from tests.hostile.watch import Calls, OpenedFiles, Tree

SAMPLE = {
    "containers": ("mp4-fragmented", "gif-called-mp4", "webm-of-a-browser", "swf"),
    "damage": ("mp4-cut-at-95", "mkv-header"),
    "headers": ("stts-delta-half", "box-stbl-huge", "boxes-in-boxes"),
    "metadata": ("aigc-deep", "aigc-half-a-surrogate"),
    "references": (
        "m3u8-file",
        "m3u8-http",
        "ffconcat",
        "svg",
        "dash",
        "ffconcat-behind-mp4",
        "mov-alias-to-a-file",
    ),
    "streams": (
        "empty-as-video",
        "ftyp-only-as-video",
        "elf-as-image",
        "hundred-tracks",
        "encrypted",
        "silk-of-wechat-as-audio",
    ),
}
"""By family. Each in its first use; what gets past the upload needs no model there."""


@pytest.mark.slow
def test_no_file_of_a_sample_is_our_fault_or_leads_anywhere(tmp_path: Path) -> None:
    cases = {case.name: case for case in CASES}
    sample = [cases[f"{family}/{what}"] for family, names in SAMPLE.items() for what in names]
    runs = [Run(case, case.tried_as[0]) for case in sample]
    results: list[Result] = []
    make_goods(tmp_path / "goods")
    play(runs, tmp_path, tmp_path / "goods", seed=1, jobs=1, max_seconds=200, tell=results.append)
    assert len(results) == len(runs) > 20
    assert not report.violations(results)
    assert sum(result.code == "completed" for result in results) > 3


def test_the_corpus_has_a_case_of_every_kind_and_each_name_once() -> None:
    names = Counter(case.name for case in CASES)
    assert max(names.values()) == 1
    assert len(names) >= 400
    assert {case.kind for case in CASES} == {"video", "audio", "image"}


def test_a_bait_that_is_opened_by_any_process_is_noticed(tmp_path: Path) -> None:
    bait = tmp_path / "bait.txt"
    bait.write_text("secret")
    opened = OpenedFiles([bait])
    assert not opened.any()
    subprocess.run(["cat", bait], check=True, capture_output=True)
    assert opened.any()
    assert not opened.any()
    opened.close()


def test_a_call_is_noticed() -> None:
    calls = Calls()
    assert not calls.any()
    host, port = calls.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))):
        assert calls.any()
    calls.close()


def test_memory_and_sockets_of_a_child_are_noticed() -> None:
    greedy = "import socket, time; a = b'x' * (80 << 20); s = socket.socket(); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", greedy])
    tree = Tree(os.getpid())
    deadline = time.monotonic() + 30
    while not tree.sockets and time.monotonic() < deadline:
        time.sleep(0.05)
    tree.stop()
    child.kill()
    child.wait()
    assert tree.sockets
    assert tree.peak > 80 << 20
