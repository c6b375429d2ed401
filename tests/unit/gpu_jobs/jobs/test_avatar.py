"""When an avatar is prepared, and when it is taken from the cache."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dh_core.aigc import AigcLabel
from gpu_jobs.engines.lipsync import AvatarBroken
from gpu_jobs.job import JobContext
from gpu_jobs.jobs.avatar import prepared_avatar


@dataclass
class FolderCache:
    """An avatar cache in a folder."""

    folder: Path

    def fetch(self, name: str, target: Path) -> bool:
        kept = self.folder / name
        if kept.exists():
            shutil.copy(kept, target)
        return kept.exists()

    def store(self, name: str, archive: Path) -> None:
        shutil.copy(archive, self.folder / name)


@dataclass
class CountingEngine:
    """A lip-sync engine whose avatar is the clip's own text."""

    avatar_version: str = "counting-1"
    prepared: list[str] = field(default_factory=list)

    def prepare(self, clip: Path, workdir: Path, report: Any) -> str:
        self.prepared.append(clip.read_text())
        return clip.read_text()

    def render(self, avatar: str, speech: Any, report: Any) -> Any:
        return iter(())

    def save(self, avatar: str, archive: Path) -> None:
        archive.write_text(avatar)

    def restore(self, archive: Path, workdir: Path) -> str:
        if archive.read_text() == "damaged":
            raise AvatarBroken
        return archive.read_text()


class Silence:
    def stage(self, name: str) -> Any:
        return lambda _: None


@pytest.fixture
def context(tmp_path: Path) -> JobContext:
    kept = tmp_path / "kept"
    kept.mkdir()
    label = AigcLabel.for_content(producer="test", content_id="test")
    return JobContext({}, tmp_path, Silence(), label, FolderCache(kept))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_text("anna")
    return path


def test_the_second_task_on_a_video_takes_the_avatar_of_the_first(
    context: JobContext, clip: Path
) -> None:
    engine = CountingEngine()
    assert prepared_avatar(engine, clip, context, lambda _: None) == ("anna", False)
    assert prepared_avatar(engine, clip, context, lambda _: None) == ("anna", True)
    assert engine.prepared == ["anna"]


def test_another_video_and_another_engine_version_are_prepared_anew(
    context: JobContext, clip: Path
) -> None:
    engine = CountingEngine()
    prepared_avatar(engine, clip, context, lambda _: None)
    clip.write_text("ben")
    prepared_avatar(engine, clip, context, lambda _: None)
    engine.avatar_version = "counting-2"
    prepared_avatar(engine, clip, context, lambda _: None)
    assert engine.prepared == ["anna", "ben", "ben"]


def test_a_damaged_avatar_is_prepared_again_and_replaced(
    context: JobContext, clip: Path, tmp_path: Path
) -> None:
    engine = CountingEngine()
    prepared_avatar(engine, clip, context, lambda _: None)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_text("damaged")
    assert prepared_avatar(engine, clip, context, lambda _: None) == ("anna", False)
    assert kept.read_text() == "anna"
