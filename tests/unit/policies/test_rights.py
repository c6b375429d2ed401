"""Roles may do what the system does and nothing else: no right is missing, none left over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_core.specs.task_types import SPECS
from tests.unit.policies.calls import BUCKET, BY_AWS, TABLE, Call, queue_arn
from tests.unit.policies.rights import (
    ROLES,
    rights,
    without_each_refusal,
    without_each_statement,
)
from tests.unit.policies.roles import JOB_ROLE, allows, policies, refusal
from tests.unit.policies.walk import Walk, walk

TABLE_OF_RIGHTS = Path(__file__).with_name("rights.tsv")


def _item(action: str, key: str) -> Call:
    return Call(f"dynamodb:{action}", TABLE, {"dynamodb:leadingkeys": [key]})


CREDENTIALS = [_item("GetItem", f"{kind}#1") for kind in ("KEY", "SESSION", "SHARED_KEY")]
SECRET = _item("GetItem", "WEBHOOK#1")
FORBIDDEN = {
    JOB_ROLE: [*CREDENTIALS, SECRET],
    "ObjectsFunction": [*CREDENTIALS, SECRET],
    "BatchEventsFunction": [
        _item("BatchGetItem", f"{kind}#1") for kind in ("KEY", "SESSION", "SHARED_KEY", "WEBHOOK")
    ],
    "SweepFunction": [*CREDENTIALS, SECRET],
    "DeliveriesFunction": [*CREDENTIALS, _item("UpdateItem", "WEBHOOK#1")],
    "TasksFunction": CREDENTIALS[2:],
}
"""Within what a role is allowed, and denied to it all the same."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, aws: Any) -> Walk:
    return walk(tmp_path_factory.mktemp("walk"))


def needed(day: Walk, role: str) -> list[Call]:
    return [*day.account.seen.get(role, {}).values(), *BY_AWS.get(role, ())]


def test_nothing_that_the_system_does_is_refused(day: Walk) -> None:
    assert set(day.account.refused) == set()
    for role, calls in BY_AWS.items():
        assert [reason for call in calls if (reason := refusal(role, call))] == []


def test_the_day_had_a_task_of_every_type_on_either_lane(day: Walk) -> None:
    assert day.types == set(SPECS)
    queues = {job["jobQueue"] for job in day.jobs}
    assert queues == {"app-gpu", "app-cpu", "app-gpu-segments"}


@pytest.mark.parametrize("role", ROLES)
def test_no_right_is_left_over(day: Walk, role: str) -> None:
    calls = needed(day, role)
    unused = [str(right) for right in rights(role) if not any(map(right.covers, calls))]
    assert unused == [], "take these out of the template, or let walk.py do what needs them"


@pytest.mark.parametrize("role", ROLES)
def test_without_any_one_statement_something_is_missing_or_open(day: Walk, role: str) -> None:
    for name, rest in without_each_statement(role):
        missing = any(not allows(rest, call) for call in needed(day, role))
        opened = any(allows(rest, call) for call in FORBIDDEN.get(role, ()))
        assert missing or opened, f"{role} does as well without {name}"


@pytest.mark.parametrize("role", FORBIDDEN)
def test_what_is_denied_is_denied_by_each_value_that_the_statement_names(role: str) -> None:
    assert [call for call in FORBIDDEN[role] if allows(policies(role), call)] == []
    for name, rest in without_each_refusal(role):
        assert any(allows(rest, call) for call in FORBIDDEN[role]), f"{role}: {name}"


def test_the_table_of_rights_is_that_of_the_templates() -> None:
    """So that a change of what a role may do shows in the review."""
    found = [str(right) for role in ROLES for right in rights(role)]
    wanted = TABLE_OF_RIGHTS.read_text(encoding="utf-8").splitlines()
    assert found == wanted, "python -m tests.unit.policies.rights > tests/unit/policies/rights.tsv"


@pytest.mark.parametrize(
    ("role", "call"),
    [
        (JOB_ROLE, Call("s3:DeleteObject", f"{BUCKET}/uploads/anna/video/me.mp4")),
        (JOB_ROLE, Call("s3:PutObject", f"{BUCKET}/built-in-voices/a.mp3")),
        (JOB_ROLE, Call("sqs:ReceiveMessage", queue_arn("TasksQueue"))),
        ("TextFunction", _item("GetItem", "TASK#1")),
        ("TextFunction", _item("UpdateItem", "TASK#1")),
        ("SweepFunction", Call("s3:DeleteObject", f"{BUCKET}/generated/a")),
        ("ObjectsFunction", Call("batch:SubmitJob", "*")),
    ],
)
def test_the_judge_says_no(role: str, call: Call) -> None:
    assert refusal(role, call) is not None
