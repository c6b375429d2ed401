"""What requests send and what is read back from the bucket, damaged in a thousand seeded ways.

Each parser answers, or raises what it says it raises. Those of media are fuzzed beside them.
"""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from dh_core.access.cursors import Listing, decode_cursor, encode_cursor
from dh_core.errors import DigitalHumanError, InvalidRequest, VoiceOutdated
from dh_core.files.checks import FileProblem, check
from dh_core.specs import pinyin, ssml
from dh_core.specs.pronunciation import Pronunciation
from dh_core.specs.task_types import parse_spec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_text.hints import Hints
from gpu_jobs.engines.lipsync import AvatarBroken
from gpu_jobs.engines.lipsync.footage.track import CLIP_FILE, PATCHES_FILE
from gpu_jobs.engines.lipsync.footage.track_archive import load_track
from gpu_jobs.engines.speech.kokoro import voice_profile

ROUNDS = 150
LISTING = Listing("anna", "tasks", {"status": None})
KEY = b"k" * 32
HOSTILE = [
    "\ud800",
    "\0",
    "\u202e",
    "\ue000",
    "e\u0301",
    "[",
    "{",
    '"',
    "\\",
    "9" * 400,
    "长",
    " ",
    "-1",
]

Try = Callable[[str, Path], object]


def damaged(text: str, chance: random.Random) -> str:
    """Characters dropped, doubled, or replaced by hostile ones."""
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(text) + 1)
        length = chance.choice([0, 1, 1, 5, 40])
        text = text[:at] + chance.choice([*HOSTILE, "", text[:at]]) + text[at + length :]
    return text[:20_000]


def of_a_file(read: Callable[[Path], object]) -> Try:
    def attempt(text: str, folder: Path) -> object:
        path = folder / "file"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read(path)

    return attempt


def hints(text: str) -> object:
    """From a request's JSON to the marked text."""
    checked = TypeAdapter(Pronunciation).validate_json(text.encode("utf-8", "surrogatepass"))
    marked = Hints(checked)
    return marked.plain(marked.mark("重庆 GPU a\ud800"))


def script(text: str) -> object:
    """From a document to what its reader sees; places are those of the text."""
    read = ssml.parse(text)
    assert all(0 <= one.start <= one.end <= len(read.text) for one in read.marks)
    return Hints({}, read.marks).placed(read.text)


PARSERS: dict[str, tuple[str, Try, tuple[type[Exception], ...]]] = {
    "cursor": (
        encode_cursor(KEY, LISTING, ("2026", "x")),
        lambda text, _: decode_cursor(KEY, LISTING, text),
        (InvalidRequest,),
    ),
    "spec": (
        VoiceSpec(text="你好", pronounce={"重庆": "chong2 qing4"}).model_dump_json(),
        lambda text, _: parse_spec(text.encode("utf-8", "replace").decode()),
        (ValidationError,),
    ),
    "pronounce": (
        '{"重庆": "chong2 qing4", "GPU": "G P U"}',
        lambda text, _: hints(text),
        (ValidationError, DigitalHumanError),
    ),
    "pinyin": ("chong2 qing4", lambda text, _: pinyin.parse(text), ()),
    "ssml": (
        '<speak>他<phoneme ph="chang2">长</phoneme><break time="1s"/><prosody rate="80%">高'
        '<sub alias="GPU">g</sub><say-as interpret-as="date">2026-5-1</say-as></prosody></speak>',
        lambda text, _: script(text),
        (ssml.SsmlError,),
    ),
    "voice profile": (
        json.dumps(
            {
                "form": voice_profile.VERSION,
                "timbre": {"zf_xiaobei": 1.0},
                "prosody": {"zf_xiaobei": 1.0},
                "f0_scale": 1.0,
            }
        ),
        of_a_file(lambda path: voice_profile.read(path, {"zf_xiaobei"})),
        (VoiceOutdated,),
    ),
}
"""By name: what is well formed, how it is read, and what that may raise."""


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_answers_or_raises_what_it_promises(name: str, tmp_path: Path) -> None:
    good, read, promised = PARSERS[name]
    chance = random.Random(1)
    read(good, tmp_path)
    deep = ["[" * 100_000, '{"a":' * 100_000]
    for text in [*deep, *(damaged(good, chance) for _ in range(ROUNDS))]:
        try:
            read(text, tmp_path)
        except promised:
            continue


def test_the_first_bytes_of_a_file_are_judged_whatever_they_are() -> None:
    chance = random.Random(1)
    heads = [b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypisom", b"ID3\x04\0\0\0\0\x7f\x7f", b"OggS"]
    heads += [b"BM", b"\x1a\x45\xdf\xa3webm", b"\xff\xfb\x90\0", b"\xff\xf1\x50\x80", b"G" * 400]
    for number in range(3_000):
        head = heads[number % len(heads)] + chance.randbytes(chance.randrange(600))
        head = head[: chance.randrange(len(head) + 1)]
        for kind in ("video", "audio", "image"):
            problem = check(kind, len(head), head)
            assert problem is None or isinstance(problem, FileProblem)


def test_a_damaged_avatar_is_broken_and_nothing_else(tmp_path: Path) -> None:
    archive, chance = tmp_path / "avatar.zip", random.Random(1)
    arrays = tmp_path / "track.npz"
    names = ("corners", "meshes", "usable", "changes", "warnings", "patch_ends", "sound")
    parts = {name: np.zeros(3) for name in names}
    np.savez(arrays, size=np.array([4, 4]), fps=np.array([25, 1]), **parts)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for name in (CLIP_FILE, PATCHES_FILE, "track.npz"):
            target.write(arrays, name)
    good = archive.read_bytes()
    for _ in range(ROUNDS):
        data = bytearray(good)
        for _ in range(chance.choice([1, 3, 30])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        archive.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        try:
            load_track(archive, tmp_path / "work", 1)
        except AvatarBroken:
            continue
