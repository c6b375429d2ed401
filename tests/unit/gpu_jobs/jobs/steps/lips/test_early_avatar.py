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
    """What a stage was told."""

    told: list[float] = field(default_factory=list)

    def __call__(self, fraction: float) -> None:
        self.told.append(fraction)


def test_the_speech_goes_on_beside_it_and_the_avatar_is_the_callers() -> None:
    person, spoken = Person(), threading.Event()

    def prepare(report: Any) -> Any:
        report(0.5)
        assert spoken.wait(10)
        return person

    with EarlyAvatar(prepare) as early:
        spoken.set()
        assert early.take(Reports()) is person
    assert not person.is_closed


def test_a_clip_without_a_face_is_told_when_the_first_sentence_is_spoken() -> None:
    def prepare(report: Any) -> Any:
        raise NoFaceFound

    with pytest.raises(NoFaceFound), EarlyAvatar(prepare) as early:
        early.take(Reports())


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
        with EarlyAvatar(prepare):
            assert began.wait(10)
            raise stop

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
        assert reports.told == []
        assert early.take(reports) is person
    assert reports.told == [1.0]
