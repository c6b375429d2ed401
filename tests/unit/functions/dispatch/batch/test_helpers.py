"""Helpers are submitted once, as an array, and ended when there is nothing left to do."""

from __future__ import annotations

import pytest

from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.store import Claim
from dh_core.tasks.states import Phase
from functions.dispatch.batch.events import job_end
from functions.dispatch.batch.helpers import handle_fan_out
from functions.dispatch.batch.submit import handle_task_changed
from tests.unit.functions.dispatch.dispatcher import Dispatcher

SPEC = DigitalHumanSpec(speech_audio="speech.wav", sample_video="person.mp4")


def running(dispatcher: Dispatcher, segments: int) -> Claim:
    """A task in its first attempt that has cut its video."""
    task = dispatcher.create(SPEC)
    handle_task_changed(dispatcher.deps, task.task_id)
    claim = dispatcher.deps.tasks.start(task.task_id, 1, 1, 60)
    dispatcher.deps.segments.open(claim, segments)
    return claim


def finish(dispatcher: Dispatcher, claim: Claim) -> None:
    segments = dispatcher.deps.segments
    while (number := segments.take(claim, "worker", segments.all(claim))) is not None:
        segments.finish(claim, number, "worker")


def test_however_often_they_are_asked_for_helpers_are_submitted_once(
    dispatcher: Dispatcher,
) -> None:
    claim = running(dispatcher, 12)
    for _ in range(3):
        handle_fan_out(dispatcher.deps, claim.task_id, 1)
    (_, helpers) = dispatcher.batch.submitted
    assert helpers["arrayProperties"] == {"size": 4}
    assert (helpers["jobQueue"], helpers["jobDefinition"]) == ("speaking-segments", "speaking-job")
    command = ["python", "-m", "gpu_jobs", "assist"]
    command += ["--task-id", claim.task_id, "--attempt", "1"]
    assert helpers["containerOverrides"] == {"command": command}
    assert dispatcher.task(claim.task_id).assist_job_id == "job-2"


@pytest.mark.parametrize(("segments", "expected"), [(3, {"arrayProperties": {"size": 2}}), (2, {})])
def test_there_are_fewer_helpers_than_segments_and_a_single_one_is_a_plain_job(
    dispatcher: Dispatcher, segments: int, expected: dict[str, object]
) -> None:
    claim = running(dispatcher, segments)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    submitted = dispatcher.batch.submitted[1]
    assert {key: submitted[key] for key in submitted if key == "arrayProperties"} == expected


def test_when_batch_is_out_of_reach_the_next_delivery_tries_again(dispatcher: Dispatcher) -> None:
    claim = running(dispatcher, 4)
    dispatcher.batch.broken = True
    with pytest.raises(ConnectionError):
        handle_fan_out(dispatcher.deps, claim.task_id, 1)
    dispatcher.batch.broken = False
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    assert dispatcher.task(claim.task_id).assist_job_id == "job-2"


def test_helpers_end_when_all_segments_are_made(dispatcher: Dispatcher) -> None:
    claim = running(dispatcher, 4)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    finish(dispatcher, claim)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    assert dispatcher.batch.terminated == ["job-2"]


def test_a_message_that_comes_when_all_is_made_submits_nothing(dispatcher: Dispatcher) -> None:
    claim = running(dispatcher, 4)
    finish(dispatcher, claim)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    assert len(dispatcher.batch.submitted) == 1


def test_helpers_of_a_failed_task_end(dispatcher: Dispatcher) -> None:
    claim = running(dispatcher, 4)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    dispatcher.deps.tasks.fail(claim.task_id, code="any", message="any", claim=claim)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    assert dispatcher.batch.terminated == ["job-2"]


def test_cancelling_ends_the_job_and_its_helpers(dispatcher: Dispatcher) -> None:
    claim = running(dispatcher, 4)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    dispatcher.deps.tasks.cancel(claim.task_id)
    handle_task_changed(dispatcher.deps, claim.task_id)
    assert set(dispatcher.batch.terminated) == {"job-1", "job-2"}


def test_a_new_attempt_ends_the_helpers_of_the_old_one_and_gets_its_own(
    dispatcher: Dispatcher,
) -> None:
    claim = running(dispatcher, 4)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    dispatcher.deps.tasks.requeue(claim.task_id, 1, 60)
    handle_task_changed(dispatcher.deps, claim.task_id)
    assert dispatcher.batch.terminated == ["job-2", "job-1"]
    newer = dispatcher.deps.tasks.start(claim.task_id, 2, 1, 60)
    dispatcher.deps.segments.open(newer, 4)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)  # late, about the old attempt
    assert dispatcher.task(claim.task_id).assist_job_id is None
    handle_fan_out(dispatcher.deps, claim.task_id, 2)
    assert dispatcher.task(claim.task_id).assist_job_id == "job-4"


def test_a_helper_that_fails_leaves_its_task_alone(dispatcher: Dispatcher) -> None:
    claim = running(dispatcher, 4)
    handle_fan_out(dispatcher.deps, claim.task_id, 1)
    detail = {"status": "FAILED", "parameters": dispatcher.batch.submitted[1]["parameters"]}
    assert job_end({"detail": detail}) is None
    assert dispatcher.task(claim.task_id).phase is Phase.RUNNING
