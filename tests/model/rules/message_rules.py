"""Messages: delivered in any order, twice, or lost; and the sweep, which finds what they lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from dh_core.cloud.errors import CLOUD_ERRORS
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.errors import TransitionRefused
from functions.dispatch import app
from tests.model.cloud.queues import Message
from tests.model.judging.watch import Broken
from tests.model.rules.rule import pace, rule, which
from tests.model.settings import DELIVERIES, EVENTS, OBJECTS, TASKS
from tests.model.workers.processes import Process
from tests.model.world import World

HANDLER_SECONDS = 55
_CONTEXT: Any = SimpleNamespace(aws_request_id="request")
_RECORDS = {
    TASKS: app._on_task,
    DELIVERIES: app._on_delivery,
    OBJECTS: app._on_object,
    EVENTS: app._on_job_event,
}

seldom = st.sampled_from((False, False, False, True))

QUEUES = (TASKS, OBJECTS, EVENTS, DELIVERIES)


def handle(queue: str, body: str) -> None:
    """What Lambda calls for a message."""
    _RECORDS[queue](SQSRecord({"messageId": "message", "body": body}))


def something_is_leased(self: MessageRules) -> bool:
    return any("GSI2SK" in item for item in self.world.dynamo.items.values())


class MessageRules(RuleBasedStateMachine):
    world: World

    def messages(self) -> list[tuple[str, Message]]:
        """All that wait for a handler, with their queues."""
        waiting = self.world.queues.messages
        return [(queue, message) for queue in QUEUES for message in waiting[queue]]

    @rule(when=messages, number=which, stays=seldom, calls=pace)
    def a_message_is_delivered(self, number: int, stays: bool, calls: int | None) -> None:
        """In any order; one that `stays` will come again."""
        waiting = self.messages()
        queue, message = waiting[number % len(waiting)]
        if not stays:
            self.world.queues.messages[queue].remove(message)
        self.deliver(queue, message, calls)

    @rule(when=messages)
    def every_message_is_delivered(self) -> None:
        for queue, message in self.messages():
            self.world.queues.messages[queue].remove(message)
            self.deliver(queue, message, None)

    def deliver(self, queue: str, message: Message, calls: int | None) -> None:
        def ended(process: Process) -> None:
            if process.error is not None and message not in self.world.queues.messages[queue]:
                self.world.queues.messages[queue].append(message)
            self.expect_trouble(process)

        self._handler(f"{queue} {message.body}", lambda: handle(queue, message.body), calls, ended)

    @rule(when=messages, number=which)
    def a_message_is_lost(self, number: int) -> None:
        waiting = self.messages()
        queue, message = waiting[number % len(waiting)]
        self.world.queues.messages[queue].remove(message)
        self.world.lost_events += queue == EVENTS

    @rule(when=something_is_leased, calls=pace)
    def the_sweep_runs(self, calls: int | None) -> None:
        self._handler("sweep", lambda: app.on_sweep({}, _CONTEXT), calls, self.expect_trouble)

    def _handler(self, name: str, act: Any, calls: int | None, ended: Any) -> None:
        self.world.scheduler.start(
            name, act, dies_at=self.world.clock.now + HANDLER_SECONDS, calls=calls, ended=ended
        )

    def expect_trouble(self, process: Process) -> None:
        """A handler may end with an error of the cloud that was put in its way, and no other."""
        error = process.error
        hindered = process.met_a_fault or self.world.was_hindered
        allowed = isinstance(error, (*CLOUD_ERRORS, EnqueueFailed)) and hindered
        refused = isinstance(error, TransitionRefused) and hindered
        if not (error is None or process.killed or allowed or refused):
            raise Broken(f"{process.name} died of {error!r}") from error
