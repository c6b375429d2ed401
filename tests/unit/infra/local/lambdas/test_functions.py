"""How handlers are called."""

import threading

from infra.local.lambdas.functions import AsyncInvoker
from infra.local.lambdas.poller import failed_ids


def test_an_event_that_fails_twice_succeeds_the_third_time():
    seen = []
    done = threading.Event()

    def handler(event, context):
        seen.append(event["id"])
        if len(seen) < 3:
            raise RuntimeError("not yet")
        done.set()

    invoker = AsyncInvoker("F", handler, pause_seconds=0.01)
    invoker.start()
    invoker.send({"id": "e1"})
    assert done.wait(5)
    invoker.stop()
    assert seen == ["e1"] * 3


def test_an_event_that_never_succeeds_is_given_up_and_the_next_one_runs():
    seen = []

    def handler(event, context):
        seen.append(event["id"])
        if event["id"] == "bad":
            raise RuntimeError("never")

    invoker = AsyncInvoker("F", handler, pause_seconds=0.0)
    invoker.start()
    invoker.send({"id": "bad"})
    invoker.send({"id": "good"})
    invoker.stop()
    assert seen[0] == "bad"
    assert seen[-1] == "good"


def test_an_answer_without_failures_means_that_all_succeeded():
    assert failed_ids(None) == set()
    assert failed_ids({"batchItemFailures": []}) == set()
    assert failed_ids({"batchItemFailures": [{"itemIdentifier": "m1"}]}) == {"m1"}
