"""The examples of docs/api.md and of the README, run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from dh_client import Client
from gpu_jobs.media.label.labelling import read_metadata
from gpu_jobs.media.probe import probe
from gpu_jobs.weights.store import WeightStore
from infra.local.cli.demo_sample import DemoSample, portrait_photo
from infra.local.server import ROOT
from tests.support.shared_cloud import SharedCloud
from tests.unit.functions.dispatch.receiver import Received, Receiver, receiving

PAGE: Final = (ROOT / "docs" / "api.md").read_text("utf-8")
JS_CLIENT: Final = ROOT / "clients" / "js"
FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS: Final = 900

BIG_BYTES: Final = 12 * 1024 * 1024
"""More than either client sends in one piece."""


@dataclass(frozen=True)
class Language:
    """`say` prints a text; `block` keeps the names of an example to itself."""

    command: tuple[str, ...]
    suffix: str
    say: str
    block: str = "{code}"

    def program(self, kind: str) -> str:
        """The preparation and every example, each after its heading."""
        before, *examples = re.split(r"^### ", section("Examples"), flags=re.MULTILINE)
        parts = [dict(FENCE.findall(before))[kind]]
        for example in examples:
            title, _, text = example.partition("\n")
            parts.append(self.say.format(title=title))
            parts.append(self.block.format(code=dict(FENCE.findall(text))[kind]))
        return "\n".join(parts)


LANGUAGES: Final = {
    "sh": Language(("bash", "-eo", "pipefail"), ".sh", 'echo "## {title}"'),
    "python": Language((sys.executable, "-u"), ".py", 'print("## {title}")'),
    "js": Language(("node",), ".mjs", 'console.log("## {title}");', "{{\n{code}}}"),
}


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def files(sample: DemoSample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples name."""
    folder = tmp_path_factory.mktemp("files")
    _ffmpeg("-i", sample.video, "-t", "2", "-vf", "scale=240:240", folder / "me.mp4")
    _ffmpeg("-i", sample.voice, "-t", "5", folder / "me.wav")
    _ffmpeg("-i", sample.voice, "-t", "1", folder / "speech.wav")
    photo = portrait_photo(WeightStore(ROOT / ".weights"))
    cv2.imwrite(str(folder / "person.png"), photo)
    cv2.imwrite(str(folder / "background.png"), np.full((320, 240, 3), 180, np.uint8))
    picture = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=28:duration=2"]
    _ffmpeg(*picture, "-c:v", "rawvideo", "-pix_fmt", "rgb24", folder / "big.mov")
    assert (folder / "big.mov").stat().st_size > BIG_BYTES
    return folder


@dataclass(frozen=True)
class Run:
    """What a language's program left: its folder, what it printed, the key of its own account."""

    folder: Path
    key: str
    printed: str


@pytest.fixture
def run(kind: str, cloud: SharedCloud, files: Path, receiver: Receiver, tmp_path: Path) -> Run:
    if reason := _missing(kind):
        pytest.skip(reason)
    language = LANGUAGES[kind]
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    text = language.program(kind).replace("http://127.0.0.1:8000", cloud.url)
    program = tmp_path / f"examples{language.suffix}"
    program.write_text(text.replace("https://example.com/digital-human", receiver.url), "utf-8")
    if kind == "js":
        (tmp_path / "node_modules").mkdir()
        (tmp_path / "node_modules" / "digital-human-client").symlink_to(JS_CLIENT)
    key = cloud.key(f"examples-{kind}")
    ran = subprocess.run(
        [*language.command, program.name],
        cwd=tmp_path,
        env=os.environ | {"DH_KEY": key},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}"
    return Run(tmp_path, key, ran.stdout)


def test_every_example_stands_there_in_every_language() -> None:
    _, *examples = re.split(r"^### ", section("Examples"), flags=re.MULTILINE)
    told = {one.partition("\n")[0]: [kind for kind, _ in FENCE.findall(one)] for one in examples}
    assert len(told) >= 10
    assert {title: kinds for title, kinds in told.items() if kinds != list(LANGUAGES)} == {}


@pytest.mark.parametrize("kind", LANGUAGES)
def test_the_examples_run_as_they_stand(
    kind: str, cloud: SharedCloud, run: Run, receiver: Receiver
) -> None:
    assert "task_not_found" in run.printed.partition("## What goes wrong")[2]
    for name in ("out.mp4", "heard.mp4", "photo.mp4"):
        film = probe(run.folder / name)
        assert film.video is not None and film.audio is not None, name
        assert (film.video.codec, film.audio.codec) == ("h264", "aac"), name
    assert "大家好" in (run.folder / "out.srt").read_text("utf-8")
    assert cv2.imread(str(run.folder / "poster.png")) is not None
    for name in ("hello.wav", "voice.wav", "sound.m4a"):
        assert probe(run.folder / name).duration > 0.2, name
    with Client(cloud.url, key=run.key, longest_pause=0.3) as client:
        assert "单于" in client.pronunciations()["pronunciations"]
        assert [task.task_type for task in client.tasks(status="cancelled")] == ["digital_human"]
        assert [task.task_id for task in client.tasks(status="failed")] == []
        sizes = [file["file_size"] for file in client.list_files("video")["files"]]
        assert (run.folder / "big.mov").stat().st_size in sizes
        own = {task.task_id for task in client.tasks(task_type="extract_audio")}
    call = _call(receiver, own)
    secret = re.search(r"whsec_[\w+/]+=", run.printed)
    assert secret is not None
    sent = {name.lower(): value for name, value in call.headers.items()}
    assert _event_in_python()(secret[0], sent, call.body.decode())["data"]["task_id"] in own


def test_the_readmes_make_a_video_in_the_terminal_and_in_a_program(
    cloud: SharedCloud, files: Path, tmp_path: Path
) -> None:
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    key = cloud.key("reader")
    program = _of_the_readmes("python", "Client").replace(
        '"http://127.0.0.1:8000"', f'"{cloud.url}", "{key}"'
    )
    for argv in (
        ["bash", "-c", _of_the_readmes("sh", "dh create")],
        [sys.executable, "-c", program],
    ):
        ran = subprocess.run(
            argv,
            cwd=tmp_path,
            env=os.environ | {"DH_SERVER": cloud.url, "DH_KEY": key},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    with Client(cloud.url, key=key) as client:
        newest, before = client.tasks(task_type="digital_human")
    for name, task in (("film.mp4", newest), ("out.mp4", before)):
        film = probe(tmp_path / name)
        assert film.video is not None and film.audio is not None
        assert (film.video.width, film.video.height) == (240, 240)
        assert task.result is not None
        assert film.duration == pytest.approx(task.result["duration"], abs=0.1)
        label = read_metadata(tmp_path / name)
        assert label is not None
        assert label.produce_id == task.task_id


def _of_the_readmes(kind: str, word: str) -> str:
    """The block with that word, which is the same in both READMEs."""
    blocks = {
        code
        for name in ("README.md", "README.zh-CN.md")
        for language, code in FENCE.findall((ROOT / name).read_text("utf-8"))
        if language == kind and word in code
    }
    (block,) = blocks
    return block.replace(".venv/bin/", f"{ROOT}/.venv/bin/")


def _call(receiver: Receiver, task_ids: set[str]) -> Received:
    """The webhook of one of these tasks; there is one."""
    deadline = time.monotonic() + SECONDS
    while not (found := [c for c in receiver.calls if json.loads(c.body)["task_id"] in task_ids]):
        assert time.monotonic() < deadline, "nobody called"
        time.sleep(0.1)
    return found[0]


def _event_in_python() -> Callable[[str, dict[str, str], str], Any]:
    namespace: dict[str, Callable[[str, dict[str, str], str], Any]] = {}
    exec(dict(FENCE.findall(section("Webhooks")))["python"], namespace)
    return namespace["event_of"]


def _missing(kind: str) -> str | None:
    """Why a language's examples cannot run here."""
    if kind != "js":
        return None
    if shutil.which("node") is None:
        return "Node is not installed"
    built = (JS_CLIENT / "dist" / "index.mjs").exists()
    return None if built else "clients/js is not built; make js-test does it"


def _ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
