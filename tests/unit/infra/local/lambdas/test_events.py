"""Shapes of the events that the functions get."""

import pytest

from infra.local.lambdas.events import event_bridge_event, matches, sqs_event


def test_a_queue_message_has_the_shape_that_lambda_gives_it():
    message = {
        "MessageId": "m1",
        "ReceiptHandle": "r1",
        "Body": "hello",
        "MD5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "Attributes": {"ApproximateReceiveCount": "2"},
        "MessageAttributes": {"kind": {"StringValue": "x", "DataType": "String"}},
    }
    assert sqs_event([message], "arn:aws:sqs:us-east-1:000000000000:tasks") == {
        "Records": [
            {
                "messageId": "m1",
                "receiptHandle": "r1",
                "body": "hello",
                "attributes": {"ApproximateReceiveCount": "2"},
                "messageAttributes": {"kind": {"stringValue": "x", "dataType": "String"}},
                "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:tasks",
                "awsRegion": "us-east-1",
            }
        ]
    }


def test_a_rule_matches_the_values_that_it_lists():
    event = event_bridge_event(
        source="aws.batch", detail_type="T", detail={"status": "FAILED"}, resources=[]
    )
    assert matches({"source": ["aws.batch"], "detail": {"status": ["FAILED"]}}, event)
    assert not matches({"detail": {"status": ["RUNNING", "SUCCEEDED"]}}, event)
    assert not matches({"detail": {"jobQueue": ["q"]}}, event)


def test_a_filter_that_is_not_played_is_an_error():
    with pytest.raises(ValueError, match="not supported"):
        matches({"source": [{"prefix": "aws"}]}, {"source": "aws.batch"})
