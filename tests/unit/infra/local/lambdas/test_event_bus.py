"""How events come into queues."""

import json
import threading

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.cloud.provision import Stack
from infra.local.lambdas.event_bus import EventBus

TEMPLATE = {
    "Parameters": {},
    "Resources": {
        "Q": {"Type": "AWS::SQS::Queue"},
        "R": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"detail": {"of": [{"Fn::Sub": "${AWS::StackName}-x"}]}},
                "Targets": [{"Arn": {"Fn::GetAtt": ["Q", "Arn"]}}],
            },
        },
    },
}
OURS, OTHER = ({"id": "e", "detail": {"of": of}} for of in ("digital-human-x", "other"))


class Queue:
    def __init__(self, failures=0):
        self.failures = failures
        self.sent = []
        self.got = threading.Event()

    def send_message(self, QueueUrl, MessageBody):  # noqa: N803 — boto3's names
        if self.failures:
            self.failures -= 1
            raise EndpointConnectionError(endpoint_url="http://store.invalid")
        self.sent.append((QueueUrl, json.loads(MessageBody)))
        self.got.set()


@pytest.fixture
def bus_to():
    started = []

    def start(queue):
        bus = EventBus(queue, Stack(TEMPLATE, {"Q": "http://q"}), pause_seconds=0.01)
        started.append(bus)
        bus.start()
        return bus

    yield start
    for bus in started:
        bus.stop()


def test_an_event_goes_to_the_queue_of_the_rule_that_it_matches_and_to_no_other(bus_to):
    queue = Queue()
    bus = bus_to(queue)
    bus.send(OTHER)
    bus.send(OURS)
    assert queue.got.wait(5)
    assert queue.sent == [("http://q", OURS)]


def test_an_event_is_sent_again_until_the_queue_takes_it(bus_to):
    queue = Queue(failures=5)
    bus_to(queue).send(OURS)
    assert queue.got.wait(5)
    assert [event for _, event in queue.sent] == [OURS]


def test_what_is_left_at_the_end_is_sent_before_the_bus_stops(bus_to):
    queue = Queue()
    bus = bus_to(queue)
    for _ in range(10):
        bus.send(OURS)
    bus.stop()
    assert len(queue.sent) == 10
