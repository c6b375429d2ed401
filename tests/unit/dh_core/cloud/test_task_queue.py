from __future__ import annotations

import pytest

from dh_core.cloud.messages import (
    AccountDeletionDue,
    AttemptLost,
    JobSuperseded,
    SegmentsChanged,
    TaskChanged,
    TaskWaiting,
    parse,
)
from dh_core.cloud.task_queue import EnqueueFailed, TaskQueue


def test_a_message_about_a_task_names_it(moto_cloud):
    moto_cloud.queue.enqueue("t1")
    assert [parse(body) for body in moto_cloud.announced()] == [TaskChanged(task_id="t1")]


def test_a_queue_that_is_gone_is_told_apart_from_a_bug(moto_cloud):
    with pytest.raises(EnqueueFailed):
        TaskQueue(f"{moto_cloud.queue_url}-gone", moto_cloud.queue.client).enqueue("t1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"kind": "task_changed", "task_id": 5}',
        '{"kind": "task_changed"}',
        '{"kind": "another", "task_id": "t1"}',
    ],
)
def test_a_foreign_message_is_refused(body):
    with pytest.raises(ValueError):
        parse(body)


@pytest.mark.parametrize(
    "message",
    [
        TaskChanged(task_id="t1"),
        JobSuperseded(task_id="t1", job_id="job-1"),
        AttemptLost(task_id="t1", attempt=2),
        SegmentsChanged(task_id="t1", attempt=1),
        TaskWaiting(task_id="t1", attempt=1),
        AccountDeletionDue(owner="anna"),
    ],
    ids=lambda message: message.kind,
)
def test_a_message_of_each_kind_is_read_as_what_it_was_sent_as(moto_cloud, message):
    moto_cloud.queue.send(message)
    (body,) = moto_cloud.announced()
    assert parse(body) == message
