"""Whole lives of tasks through the real API services, dispatcher, worker and heartbeat.

The model's world (`tests.model.world`) with a metered table, and work that lasts: its clock goes on
second by second, and at each the heart beats as its thread would.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from unittest.mock import patch

from dh_core.specs.task_types import SPECS
from dh_core.store import PastRunStore
from dh_core.tasks.polling import PastRuns
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import request_of
from functions.api.schemas.tasks.webhooks import WebhookRequest
from functions.api.service.files import uploads
from functions.api.service.tasks import creation, lifecycle, webhooks
from functions.dispatch import app
from gpu_jobs.jobs.job import JobContext, JobOutput, Stage
from gpu_jobs.runtime import runner
from gpu_jobs.runtime.progress import Progress
from tests.load.meter import Bill, Meter
from tests.model.rules.client_rules import CALLBACK, GOOD
from tests.model.rules.message_rules import handle
from tests.model.settings import DELIVERIES, EVENTS, OBJECTS, TASKS
from tests.model.workers import machines
from tests.model.workers.machines import start
from tests.model.workers.work import ERRORS, Ending, Work, _made_for, stepped_beats
from tests.model.world import World

OWNER = "ann"
_STAGES = ("face", "speech", "voice", "lips")


class LongWork(Work):
    """Lasts `seconds`, in stages of the same length."""

    stages: ClassVar[tuple[Stage, ...]] = tuple(Stage(name, 1) for name in _STAGES)
    seconds: ClassVar[int] = 0

    def run(self, spec: Any, context: JobContext) -> JobOutput:
        self._beat()
        part = max(self.seconds // len(_STAGES), 1)
        for name in _STAGES:
            report = context.report.stage(name)
            for second in range(part if self.seconds else 0):
                self._world.clock.now += 1
                report(second / part)
                self._beat()
        if self._ending is not Ending.GOOD:
            raise ERRORS[self._ending]
        return _made_for(spec, context)


@dataclass(frozen=True)
class Life:
    """One task from its creation to its webhook."""

    meter: Meter
    world: World
    text: str
    seconds: int
    losses: int = 0
    """Runs that are lost first, and that Batch brings back."""

    def play(self) -> str:
        """Create, dispatch, run and complete it, and tell its callback; its id."""
        stores, caller = self.world.stores, Caller(OWNER)
        fields = {"sample_video": "me.mp4", "speech_text": self.text, "callback_url": CALLBACK}
        request = request_of(SPECS["digital_human"]).model_validate(fields)
        task_id = creation.create(stores, caller, request, idempotency_key=None).task.task_id
        self._deliver()
        usual = PastRuns("engine", wait=1, run=max(self.seconds, 1), characters=0)
        with (
            patch.object(LongWork, "seconds", self.seconds),
            # It takes as long as the others did, so that the percentage moves all the time.
            patch.object(PastRunStore, "get", lambda *_: usual),
        ):
            for ending in [Ending.PASSING_FAULT] * self.losses + [Ending.GOOD]:
                for job in self.world.batch.waiting():
                    start(self.world, job, ending, None)
                self.world.scheduler.reap()
        self._deliver()
        ended = lifecycle.status(stores, caller, task_id)
        assert ended.status == "completed", ended
        return task_id

    def _deliver(self) -> None:
        for queue in (OBJECTS, TASKS, EVENTS, TASKS, DELIVERIES):
            for message in self.world.queues.messages.pop(queue, []):
                handle(queue, message.body)


@contextmanager
def metered_world(client: Any) -> Iterator[World]:
    """A world on `client`'s table, with a person's video in it and a webhook."""
    world = World(Meter(client))
    with ExitStack() as stack:
        stack.enter_context(patch.object(app, "dependencies", lambda: world.deps))
        stack.enter_context(patch.object(machines, "Work", LongWork))
        stack.enter_context(patch.object(time, "sleep", lambda _: None))
        stack.enter_context(stepped_beats(world))
        in_its_time = partial(Progress, clock=lambda: world.clock.now)
        stack.enter_context(patch.object(runner, "Progress", in_its_time))
        uploads.receive(
            world.stores,
            Caller(OWNER),
            "video",
            io.BytesIO(GOOD["video"]),
            filename="me.mp4",
            file_size=len(GOOD["video"]),
            custom_name="me",
            user_id=None,
        )
        webhooks.set_default(world.stores, Caller(OWNER), WebhookRequest(url=CALLBACK))
        yield world


def bill_of_a_life(world: World, *, text: str, seconds: int, losses: int = 0) -> Bill:
    """What a task costs whose run lasts so long, after `losses` runs that were lost."""
    meter: Meter = world.dynamo
    meter.bill = Bill()
    Life(meter, world, text, seconds, losses).play()
    return meter.bill
