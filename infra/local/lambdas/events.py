"""Builders of events in the shapes that AWS documents. Pure.

Sources: Lambda developer guide "Using Lambda with Amazon SQS"; EventBridge user guide "Events";
Batch user guide "Batch job state change events".
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from infra.local.cloud.process import ACCOUNT, REGION


def sqs_event(messages: list[dict[str, Any]], queue_arn: str) -> dict[str, Any]:
    """What Lambda hands to the function of a queue; `messages` as ReceiveMessage answers them."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {
                    name: _message_attribute(value)
                    for name, value in message.get("MessageAttributes", {}).items()
                },
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def _message_attribute(value: dict[str, Any]) -> dict[str, Any]:
    # Lambda writes these names in camel case, ReceiveMessage in Pascal case.
    return {name[0].lower() + name[1:]: item for name, item in value.items()}


def event_bridge_event(
    *, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]
) -> dict[str, Any]:
    """The envelope that EventBridge hands to a rule's target."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": resources,
        "detail": detail,
    }


def scheduled_event(rule: str) -> dict[str, Any]:
    """What a scheduled rule hands to its target."""
    return event_bridge_event(
        source="aws.events",
        detail_type="Scheduled Event",
        detail={},
        resources=[f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}"],
    )


def matches(pattern: Any, event: Any) -> bool:
    """Whether `event` matches an EventBridge pattern made of names and lists of exact values.

    Raises ValueError for content filters (`prefix`, `anything-but`, ...), which are not played.
    """
    if isinstance(pattern, list):
        if any(isinstance(choice, dict) for choice in pattern):
            raise ValueError("content filters in event patterns are not supported here")
        return event in pattern
    return isinstance(event, dict) and all(
        name in event and matches(inner, event[name]) for name, inner in pattern.items()
    )
