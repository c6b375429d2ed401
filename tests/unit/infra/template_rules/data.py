"""What is kept: buckets, tables, queues, logs, images."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.unit.infra.template_rules.model import (
    Resource,
    Rule,
    Templates,
    as_list,
    branches,
    resources,
    statements,
)

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_LONGEST_QUEUE_SECONDS = 1_209_600


def buckets_block_public_access(templates: Templates) -> list[str]:
    """All four switches are on, and ACLs are off."""
    found = []
    for bucket in resources(templates, "AWS::S3::Bucket"):
        block = bucket.properties.get("PublicAccessBlockConfiguration", {})
        found += [bucket.breach(f"lacks {name}") for name in _BLOCKS if block.get(name) is not True]
        if "BucketOwnerEnforced" not in str(bucket.properties.get("OwnershipControls")):
            found.append(bucket.breach("still obeys ACLs"))
    return found


def what_is_stored_is_encrypted(templates: Templates) -> list[str]:
    """At rest, with a key of the service at least; keys of our own rotate."""
    wanted = {
        "AWS::S3::Bucket": lambda p: "SSEAlgorithm" in str(p.get("BucketEncryption")),
        "AWS::DynamoDB::Table": lambda p: p.get("SSESpecification", {}).get("SSEEnabled") is True,
        "AWS::SQS::Queue": lambda p: p.get("SqsManagedSseEnabled") is True or "KmsMasterKeyId" in p,
        "AWS::SNS::Topic": lambda p: "KmsMasterKeyId" in p,
        "AWS::KMS::Key": lambda p: p.get("EnableKeyRotation") is True,
        "AWS::ECR::Repository": lambda p: "EncryptionType" in str(p.get("EncryptionConfiguration")),
        "AWS::EC2::LaunchTemplate": lambda p: all(
            disk["Ebs"].get("Encrypted") is True
            for disk in p["LaunchTemplateData"].get("BlockDeviceMappings", [{"Ebs": {}}])
        ),
    }
    return [
        stored.breach("is not encrypted")
        for stored in resources(templates, *wanted)
        if not wanted[stored.type](stored.properties)
    ]


def _refuses_plain_http(templates: Templates, policy_type: str, attribute: str) -> Iterator[str]:
    for statement in statements(templates):
        condition = statement.body.get("Condition", {})
        if (
            statement.resource.type == policy_type
            and not statement.allows
            and statement.body.get("Principal") == "*"
            and statement.actions in (["s3:*"], ["sqs:*"], ["sns:Publish"])
            and condition.get("Bool", {}).get("aws:SecureTransport") == "false"
        ):
            for target in as_list(statement.resource.properties[attribute]):
                yield target["Ref"]


def nothing_is_reached_over_plain_http(templates: Templates) -> list[str]:
    """Each has a policy that denies everything over plain http."""
    safe = {
        *_refuses_plain_http(templates, "AWS::S3::BucketPolicy", "Bucket"),
        *_refuses_plain_http(templates, "AWS::SQS::QueuePolicy", "Queues"),
        *_refuses_plain_http(templates, "AWS::SNS::TopicPolicy", "Topics"),
    }
    return [
        resource.breach("takes plain http")
        for resource in resources(
            templates, "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"
        )
        if resource.name not in safe
    ]


def a_queue_has_one_policy(templates: Templates) -> list[str]:
    """A second one would silently replace the first."""
    named = [
        (target["Ref"], policy)
        for policy in resources(templates, "AWS::SQS::QueuePolicy")
        for target in policy.properties["Queues"]
    ]
    queues = [queue for queue, _ in named]
    return [
        policy.breach(f"is not the only one of {q}") for q, policy in named if queues.count(q) > 1
    ]


def tables_can_be_restored(templates: Templates) -> list[str]:
    """Point-in-time recovery is on, and neither a table nor a bucket goes with its stack."""
    found = []
    for kept in resources(templates, "AWS::DynamoDB::Table", "AWS::S3::Bucket"):
        if kept.body.get("UpdateReplacePolicy") != "Retain":
            found.append(kept.breach("is deleted when it is replaced"))
        # One that a failed first deployment left behind would be in the way of the second.
        if kept.body.get("DeletionPolicy") != "RetainExceptOnCreate":
            found.append(kept.breach("is deleted with its stack, or kept when it never came to be"))
    for table in resources(templates, "AWS::DynamoDB::Table"):
        recovery = table.properties.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled") is not True:
            found.append(table.breach("cannot be restored to a point in time"))
    return found


def logs_expire(templates: Templates) -> list[str]:
    """Every log group says for how long it keeps its lines."""
    return [
        group.breach("keeps its lines for ever")
        for group in resources(templates, "AWS::Logs::LogGroup")
        if not group.properties.get("RetentionInDays")
    ]


def _queues(templates: Templates) -> dict[str, Resource]:
    return {queue.name: queue for queue in resources(templates, "AWS::SQS::Queue")}


def _dead_letters(queue: Resource) -> str | None:
    target = queue.properties.get("RedrivePolicy", {}).get("deadLetterTargetArn", {})
    return target.get("Fn::GetAtt", [None])[0]


def queues_have_dead_letters(templates: Templates) -> list[str]:
    """A message that keeps failing is put aside, where it stays as long as SQS allows.

    And from where it can be sent back: SQS redrives only the dead letters of a queue.
    """
    queues = _queues(templates)
    asides = {_dead_letters(queue) for queue in queues.values()}
    found = []
    for name, queue in queues.items():
        if name.endswith("DeadLetterQueue"):
            if queue.properties.get("MessageRetentionPeriod") != _LONGEST_QUEUE_SECONDS:
                found.append(queue.breach("does not keep its messages for 14 days"))
        elif _dead_letters(queue) not in queues:
            found.append(queue.breach("has no dead-letter queue"))
    found += [
        queue.breach("is nobody's")
        for name, queue in queues.items()
        if name.endswith("DeadLetterQueue") and name not in asides
    ]
    return found


def repositories_are_tidy_and_immutable(templates: Templates) -> list[str]:
    """Tags never move, pushed images are scanned, old ones go."""
    found = []
    for repository in resources(templates, "AWS::ECR::Repository"):
        properties = repository.properties
        if properties.get("ImageTagMutability") != "IMMUTABLE":
            found.append(repository.breach("lets tags move"))
        if properties.get("ImageScanningConfiguration", {}).get("ScanOnPush") is not True:
            found.append(repository.breach("does not scan what is pushed"))
        for text in branches(properties.get("LifecyclePolicy", {}).get("LifecyclePolicyText")):
            body = text.get("Fn::Sub", "") if isinstance(text, dict) else text or ""
            for parameter in templates[repository.file]["Parameters"]:
                body = body.replace(f"${{{parameter}}}", "1")
            rules = json.loads(body or "{}").get("rules", [])
            if {rule["selection"]["tagStatus"] for rule in rules} != {"tagged", "untagged"}:
                found.append(repository.breach("keeps old images for ever"))
    return found


RULES: tuple[Rule, ...] = (
    buckets_block_public_access,
    what_is_stored_is_encrypted,
    nothing_is_reached_over_plain_http,
    a_queue_has_one_policy,
    tables_can_be_restored,
    logs_expire,
    queues_have_dead_letters,
    repositories_are_tidy_and_immutable,
)
