from __future__ import annotations

import pytest

from dh_core.cloud.task_queue import (
    AnnounceFailed,
    TaskQueue,
    announced_task,
    lost_attempt,
    superseded_job,
)


def test_an_announcement_names_its_task(moto_cloud):
    moto_cloud.queue.enqueue("t1")
    assert [announced_task(body) for body in moto_cloud.announced()] == ["t1"]


def test_a_queue_that_is_gone_is_told_apart_from_a_bug(moto_cloud):
    with pytest.raises(AnnounceFailed):
        TaskQueue(f"{moto_cloud.queue_url}-gone", moto_cloud.queue.client).enqueue("t1")


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"task_id": 5}'])
def test_a_foreign_message_names_no_task(body):
    with pytest.raises(ValueError):
        announced_task(body)


def test_what_a_worker_says_names_its_task_as_well(moto_cloud):
    moto_cloud.queue.announce_superseded("t1", "job-1")
    (body,) = moto_cloud.announced()
    assert (announced_task(body), superseded_job(body), lost_attempt(body)) == ("t1", "job-1", None)
    moto_cloud.queue.enqueue_lost("t1", 2)
    (body,) = moto_cloud.announced()
    assert (announced_task(body), superseded_job(body), lost_attempt(body)) == ("t1", None, 2)
