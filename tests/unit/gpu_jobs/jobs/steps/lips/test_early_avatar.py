"""Preparing a person beside the speech: who hears of its end, its failure, its being unwanted."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from dh_core.errors import NoFaceFound, TaskCancelled
from gpu_jobs.jobs.steps.lips.early_avatar import EarlyAvatar


@dataclass
class Person:
    """An avatar that knows whether it was closed."""

    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Reports:
    """What a stage was told; raises `stop` when asked to."""

    told: list[float] = field(default_factory=list)
    stop: Exception | None = None

    def __call__(self, fraction: float) -> None:
        self.told.append(fraction)
        if self.stop is not None:
            raise self.stop


def test_the_speech_goes_on_beside_it_and_the_avatar_is_the_callers() -> None:
    person, spoken = Person(), threading.Event()

    def prepare(report: Any) -> Any:
        report(0.5)
        assert spoken.wait(10)
        return person

    reports = Reports()
    with EarlyAvatar(prepare) as early:
        early.watched(reports)(0.9)
        spoken.set()
        assert early.take(reports) is person
    assert reports.told[0] == 0.9
    assert not person.is_closed


def test_a_clip_without_a_face_ends_the_speech_early() -> None:
    failed = threading.Event()

    def prepare(report: Any) -> Any:
        failed.set()
        raise NoFaceFound

    def speak() -> None:
        with EarlyAvatar(prepare) as early:
            report = early.watched(Reports())
            assert failed.wait(10)
            for _ in range(1000):
                threading.Event().wait(0.01)
                report(0.1)

    with pytest.raises(NoFaceFound):
        speak()


@pytest.mark.parametrize("stop", [TaskCancelled(), ValueError("no voice")])
def test_when_the_speech_ends_badly_preparing_ends_too(stop: Exception) -> None:
    began, ended = threading.Event(), threading.Event()

    def prepare(report: Any) -> Any:
        began.set()
        try:
            while True:
                threading.Event().wait(0.01)
                report(0.5)
        finally:
            ended.set()

    def speak() -> None:
        with EarlyAvatar(prepare) as early:
            assert began.wait(10)
            early.watched(Reports(stop=stop))(0.1)

    with pytest.raises(type(stop)):
        speak()
    assert ended.is_set()


def test_a_person_that_was_prepared_in_vain_is_closed() -> None:
    person = Person()

    def prepare(report: Any) -> Any:
        return person

    def speak() -> None:
        with EarlyAvatar(prepare):
            raise ValueError("no voice")

    with pytest.raises(ValueError, match="no voice"):
        speak()
    assert person.is_closed


def test_on_a_gpu_it_waits_for_its_turn() -> None:
    reports, person = Reports(), Person()

    def prepare(report: Any) -> Any:
        report(1.0)
        return person

    with EarlyAvatar(prepare, beside=False) as early:
        early.watched(reports)(0.5)
        assert reports.told == [0.5]
        assert early.take(reports) is person
    assert reports.told == [0.5, 1.0]
