"""A dispatcher whose webhooks go to a server on this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dh_core.access.webhook_client import WebhookClient
from dh_core.clock import short_id
from dh_core.cloud.task_queue import TaskQueue
from dh_core.store.webhooks.records import Line
from tests.unit.functions.dispatch.receiver import receiving
from tests.unit.functions.dispatch.webhooks.telling import OWNER, create


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def deps(dispatcher, receiver):
    """A dispatcher whose webhooks may go to this machine and whose messages can be read."""
    built = dispatcher.deps
    settings = built.settings.model_copy(update={"webhook_allow_loopback": True})
    object.__setattr__(built, "settings", settings)
    sqs = dispatcher.cloud.queue.client
    url = sqs.create_queue(QueueName=f"deliveries-{short_id()}")["QueueUrl"]
    queue = TaskQueue(url, sqs)
    dispatcher.cloud = replace(dispatcher.cloud, queue=queue, queue_url=url)
    built.__dict__["delivery_queue"] = queue
    built.__dict__["webhook_client"] = WebhookClient(allow_loopback=True)
    return built


@pytest.fixture
def secret(deps):
    return deps.webhooks.rotate(OWNER).secrets[0].value


@pytest.fixture
def ended(deps, receiver, secret):
    """A task that called for a callback and was cancelled."""
    task_id = create(deps, receiver.url)
    deps.tasks.cancel(task_id)
    return task_id


@pytest.fixture
def make_due(dispatcher):
    """Let the pause before the next attempt pass."""

    def pass_the_pause(task_id, line=Line.END):
        dispatcher.cloud.table.update(
            {
                "Key": {"PK": f"TASK#{task_id}", "SK": line},
                "UpdateExpression": "SET due_at = :past, GSI2SK = :sort",
                "ExpressionAttributeValues": {":past": 1, ":sort": f"{1:012d}#{task_id}"},
            }
        )

    return pass_the_pause
