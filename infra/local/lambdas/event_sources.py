"""What triggers the functions besides HTTP and Batch: their queues and the schedule."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from infra.local.cloud.provision import STACK_NAME, Stack
from infra.local.cloud.template import functions
from infra.local.lambdas.events import scheduled_event
from infra.local.lambdas.functions import AsyncInvoker, Handler
from infra.local.lambdas.poller import QueuePoller


def start_pollers(
    stack: ExitStack,
    created: Stack,
    handlers: Mapping[str, Handler],
    new_client: Callable[[], Any],
) -> None:
    """One poller for every queue that the template gives a function; stopped with `stack`."""
    resolver = created.resolver()
    pollers = [
        QueuePoller(
            new_client(),
            queue_url=resolver.refs[source.queue],
            queue_arn=resolver.arns[source.queue],
            function=spec.name,
            handler=handlers[spec.name],
            batch_size=source.batch_size,
            partial_failures=source.partial_failures,
        )
        for spec in functions(created.template)
        for source in spec.queues
    ]

    def stop() -> None:
        for poller in pollers:
            poller.request_stop()
        for poller in pollers:
            poller.join()

    stack.callback(stop)
    for poller in pollers:
        poller.start()


def start_schedule(stack: ExitStack, invokers: list[AsyncInvoker], seconds: float) -> None:
    """Send the scheduled functions an event every `seconds`; stopped with `stack`."""
    stopping = threading.Event()

    def run() -> None:
        while not stopping.wait(seconds):
            for invoker in invokers:
                invoker.send(scheduled_event(f"{STACK_NAME}-schedule"))

    thread = threading.Thread(target=run, name="schedule", daemon=True)

    def stop() -> None:
        stopping.set()
        thread.join()

    stack.callback(stop)
    thread.start()
