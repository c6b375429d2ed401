from __future__ import annotations

import pytest

from dh_core.task_queue import AnnounceFailed, TaskQueue, announced_task


def test_an_announcement_names_its_task(moto_cloud):
    moto_cloud.queue.announce("t1")
    assert [announced_task(body) for body in moto_cloud.announced()] == ["t1"]


def test_a_queue_that_is_gone_is_told_apart_from_a_bug(moto_cloud):
    with pytest.raises(AnnounceFailed):
        TaskQueue(f"{moto_cloud.queue_url}-gone", moto_cloud.queue.client).announce("t1")


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"task_id": 5}'])
def test_a_foreign_message_names_no_task(body):
    with pytest.raises(ValueError):
        announced_task(body)
