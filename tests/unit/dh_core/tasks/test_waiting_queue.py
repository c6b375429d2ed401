from __future__ import annotations

import pytest

from dh_core.cloud.messages import TaskWaiting
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.tasks.waiting_queue import WaitingQueue


@pytest.fixture
def waiting(moto_cloud):
    return WaitingQueue(moto_cloud.queue_url, moto_cloud.queue.client)


def test_a_message_is_taken_once(waiting):
    waiting.offer(TaskWaiting(task_id="t1", attempt=3))
    assert waiting.take(0) == TaskWaiting(task_id="t1", attempt=3)
    assert waiting.take(0) is None


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"kind": "task_changed", "task_id": "t1"}', '{"kind": "task_waiting"}'],
)
def test_a_foreign_message_is_dropped(waiting, moto_cloud, body):
    moto_cloud.queue.client.send_message(QueueUrl=moto_cloud.queue_url, MessageBody=body or " ")
    assert waiting.take(0) is None
    counts = moto_cloud.queue.client.get_queue_attributes(
        QueueUrl=moto_cloud.queue_url, AttributeNames=["All"]
    )["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_queue_that_is_gone_is_told_apart_from_a_bug(moto_cloud):
    gone = WaitingQueue(f"{moto_cloud.queue_url}-gone", moto_cloud.queue.client)
    with pytest.raises(EnqueueFailed):
        gone.offer(TaskWaiting(task_id="t1", attempt=1))
