import pytest

from dh_core.errors import TaskCancelled
from gpu_jobs.jobs.job import Stage
from gpu_jobs.runtime.progress import Progress

STAGES = (Stage("fetch", 1), Stage("work", 8), Stage("upload", 1))


def nothing() -> None:
    """No reason to stop."""


def test_progress_is_weighted_by_stage() -> None:
    progress = Progress(STAGES, nothing)
    progress.stage("work")(0.5)
    assert progress.now() == ("work", 50)


def test_progress_never_falls_when_a_stage_reports_less_than_before() -> None:
    progress = Progress(STAGES, nothing)
    report = progress.stage("work")
    report(0.75)
    report(0.25)
    assert progress.now() == ("work", 70)


def test_a_stage_may_be_divided_into_parts_by_their_weights() -> None:
    progress = Progress(STAGES, nothing)
    progress.divide("work", (Stage("speech", 1), Stage("lips", 3)))
    progress.stage("speech")(1.0)
    assert progress.now() == ("speech", 30)
    progress.stage("lips")(0.5)
    assert progress.now() == ("lips", 60)


def test_a_finished_last_stage_is_not_yet_a_completed_task() -> None:
    progress = Progress(STAGES, nothing)
    progress.stage("upload")(1.0)
    assert progress.now() == ("upload", 99)


def test_fractions_outside_zero_to_one_are_clipped() -> None:
    progress = Progress(STAGES, nothing)
    progress.stage("fetch")(7.0)
    assert progress.now() == ("fetch", 10)


def test_a_report_raises_when_the_job_has_to_stop() -> None:
    def stop() -> None:
        raise TaskCancelled

    progress = Progress(STAGES, stop)
    with pytest.raises(TaskCancelled):
        progress.stage("work")


def test_only_stages_that_were_entered_have_a_time() -> None:
    progress = Progress(STAGES, nothing)
    for name in ("fetch", "work", "fetch"):
        progress.stage(name)
    assert progress.times.seconds().keys() == {"fetch", "work"}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_between_reports_the_clock_moves_the_percentage_within_its_stage() -> None:
    clock = Clock()
    progress = Progress((Stage("setup", 1), Stage("work", 1)), nothing, 20.0, clock)
    progress.stage("setup")
    seen = []
    for clock.now in range(0, 30, 2):
        seen.append(progress.now()[1])
    assert seen[:5] == [0, 10, 20, 30, 40]
    assert seen[5:] == [45] * 10
    report = progress.stage("work")
    assert progress.now() == ("work", 50)
    clock.now += 3
    assert progress.now() == ("work", 65)
    report(0.9)
    assert progress.now() == ("work", 95)


def test_without_an_expectation_only_reports_move_it() -> None:
    clock = Clock()
    progress = Progress(STAGES, nothing, None, clock)
    clock.now = 100
    assert progress.now() == ("fetch", 0)
