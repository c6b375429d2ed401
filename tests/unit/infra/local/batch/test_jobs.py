"""Retry rules and records of the local AWS Batch."""

from pathlib import Path

import pytest

from infra.local.batch.arrays import array_environment, children_of, parent_id, parent_status
from infra.local.batch.jobs import (
    CONTAINER_EXITED,
    HOST_LOST,
    ExitRule,
    Job,
    JobDefinition,
    job_definitions,
    job_queues,
    parameters,
)
from infra.local.cloud import template as templates

ROOT = Path(__file__).resolve().parents[5]
TEMPLATE = templates.load(ROOT / "infra" / "batch.yaml")
RESOLVER = parameters(TEMPLATE, prefix="dh")


@pytest.fixture(params=["dh-gpu", "dh-cpu"])
def definition(request):
    return job_definitions(TEMPLATE, RESOLVER)[request.param]


def test_queues_and_definitions_are_named_after_the_stack():
    computes = {"dh-gpu", "dh-cpu"}
    assert set(job_queues(TEMPLATE, RESOLVER)) == computes | {f"{one}-segments" for one in computes}
    assert set(job_definitions(TEMPLATE, RESOLVER)) == computes


@pytest.mark.parametrize("compute", ["dh-gpu", "dh-cpu"])
def test_a_task_goes_before_the_segments_of_others(compute):
    priority = job_queues(TEMPLATE, RESOLVER)
    assert priority[compute] > priority[f"{compute}-segments"]


def test_size_and_time_limit_come_from_the_templates_parameters(definition):
    assert definition.vcpus == {"dh-gpu": 4, "dh-cpu": 2}[definition.name]
    assert definition.timeout_seconds == 3600


def test_the_command_carries_the_task_and_its_attempt(definition):
    job = Job("j", "dh-gpu", definition.name, parameters={"task_id": "t1", "attempt": "2"})
    expected = ["python", "-m", "gpu_jobs", "run", "--task-id", "t1", "--attempt", "2"]
    assert job.argv(definition) == expected


def test_an_unknown_parameter_stays_as_it_stands():
    definition = JobDefinition("d", ("echo", "Ref::who"))
    assert Job("j", "q", "d").argv(definition) == ["echo", "Ref::who"]


def test_a_lost_host_is_retried(definition):
    assert definition.retries(1, None, HOST_LOST)


def test_a_fargate_task_whose_spot_capacity_went_is_retried():
    definition = job_definitions(TEMPLATE, RESOLVER)["dh-cpu"]
    assert definition.retries(1, 137, "Your Spot Task was interrupted.")


def test_an_image_that_could_not_be_pulled_is_tried_again(definition):
    reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s)"
    assert definition.retries(1, None, "Task failed to start", reason)


def test_a_job_that_asks_for_another_try_gets_it(definition):
    assert definition.retries(1, 75, CONTAINER_EXITED)


@pytest.mark.parametrize("exit_code", [1, 2, 137, 175])
def test_any_other_failure_is_final(definition, exit_code):
    assert not definition.retries(1, exit_code, CONTAINER_EXITED)


def test_retries_end_with_the_last_attempt(definition):
    assert not definition.retries(definition.attempts, 75, CONTAINER_EXITED)


def test_the_first_matching_rule_decides():
    rules = (ExitRule("EXIT", on_exit_code="75"), ExitRule("RETRY", on_reason="*"))
    definition = JobDefinition("d", ("true",), attempts=2, rules=rules)
    assert not definition.retries(1, 75, CONTAINER_EXITED)
    assert definition.retries(1, 1, CONTAINER_EXITED)


def test_without_rules_every_failure_is_retried():
    assert JobDefinition("d", ("true",), attempts=2).retries(1, 1, CONTAINER_EXITED)


def test_a_job_survives_the_state_file():
    job = Job("j", "q", "d", parameters={"a": "1"}, status="RUNNING")
    job.end_attempt(None, HOST_LOST)
    assert Job(**job.to_dict()) == job


def array(size):
    return Job("j", "q", "d", parameters={"a": "1"}, array_size=size)


def test_the_children_of_an_array_bear_its_id_and_their_index():
    parent = array(3)
    children = children_of(parent)
    assert [child.id for child in children] == [f"{parent.id}:{index}" for index in range(3)]
    assert [parent_id(child) for child in children] == [parent.id] * 3
    assert [array_environment(child)["AWS_BATCH_JOB_ARRAY_INDEX"] for child in children] == [
        "0",
        "1",
        "2",
    ]
    assert parent_id(parent) is None


@pytest.mark.parametrize("size", [1, 10_001])
def test_an_array_of_a_size_that_batch_refuses_is_refused(size):
    with pytest.raises(ValueError, match="2 to 10000 children"):
        children_of(array(size))


@pytest.mark.parametrize(
    ("children", "parent"),
    [
        (["SUBMITTED", "SUBMITTED"], "SUBMITTED"),
        (["RUNNABLE", "SUBMITTED"], "PENDING"),
        (["SUCCEEDED", "RUNNING"], "PENDING"),
        (["FAILED", "RUNNABLE"], "PENDING"),
        (["SUCCEEDED", "SUCCEEDED"], "SUCCEEDED"),
        (["SUCCEEDED", "FAILED"], "FAILED"),
    ],
)
def test_an_arrays_status_follows_from_its_childrens(children, parent):
    jobs = [Job("j", "q", "d", status=status) for status in children]
    assert parent_status(jobs) == parent
