"""What each role of the templates may do, judged by the evaluator of the embedded cloud's store.

The judge is ministack's, which follows AWS's own evaluation order; nothing of it is ours.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from ministack.core.iam_evaluator import (
    EvalContext,
    ParsedStatement,
    evaluate,
    parse_policy_document,
)

from infra.local.cloud import template as templates
from infra.local.cloud.template import Resolver
from tests.unit.policies.calls import BUCKET, TABLE, WEIGHTS_BUCKET, Call, log_group, queue_arn

ROOT = Path(__file__).resolve().parents[3]
STACK: Final = "app"
JOB_ROLE: Final = "JobRole"


Policies = list[list[ParsedStatement]]


def refusal(role: str, call: Call) -> str | None:
    """Why `role` may not make `call`; None when it may."""
    if allows(policies(role), call):
        return None
    return f"{role} may not {call.action} on {call.resource} {dict(call.conditions) or ''}"


def allows(documents: Policies, call: Call) -> bool:
    """Whether these policies together allow the call."""
    context = EvalContext(
        principal_arn="arn:aws:sts::000000000000:assumed-role/any/test",
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=call.action,
        resource_arn=call.resource,
        region="us-east-1",
        secure_transport=True,
        service_context=dict(call.conditions),
    )
    return bool(evaluate(context, documents).decision == "Allow")


@cache
def policies(role: str) -> Policies:
    """The policy documents of a function's, the jobs' or another role."""
    return [parse_policy_document(document) for document in _documents(role)]


def _documents(role: str) -> list[dict[str, Any]]:
    root = _load(ROOT / "template.yaml")
    if role in root["Resources"]:
        resolver = _resolver(root)
        attached = root["Resources"][role]["Properties"]["Policies"]
        return [resolver.resolve(_document(root, entry)) for entry in attached]
    template = _template_of(role)
    own = [entry["PolicyDocument"] for entry in _properties(template, role)["Policies"]]
    if role == JOB_ROLE:
        own.append(_properties(template, "WeightsPolicy")["PolicyDocument"])
    return list(map(_resolver(template).resolve, own))


_load = cache(templates.load)


def _template_of(role: str) -> templates.Template:
    found = [_load(path) for path in (ROOT / "infra").glob("*.yaml")]
    return next(one for one in found if role in one["Resources"])


def _document(template: templates.Template, entry: dict[str, Any]) -> dict[str, Any]:
    """An entry is a managed policy of the template, or has statements of its own: a role's by a
    name, a function's without.
    """
    if "Ref" in entry:
        document: dict[str, Any] = _properties(template, entry["Ref"])["PolicyDocument"]
        return document
    if "PolicyDocument" in entry:
        of_role: dict[str, Any] = entry["PolicyDocument"]
        return of_role
    return {"Version": "2012-10-17", **entry}


def _properties(template: templates.Template, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


def _resolver(template: templates.Template) -> Resolver:
    queues = [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SQS::Queue"
    ]
    return Resolver(
        refs={
            **templates.parameter_defaults(template),
            "AWS::Partition": "aws",
            "AWS::Region": "us-east-1",
            "AWS::AccountId": "000000000000",
            "AWS::StackName": STACK,
            "AuthSecretsId": "secrets",
            "TableName": TABLE.rpartition("/")[2],
            "BucketName": BUCKET.rpartition(":")[2],
            "WeightsBucket": WEIGHTS_BUCKET.rpartition(":")[2],
            "TaskQueueArn": queue_arn("TasksQueue"),
            "WaitingSpeakingQueueArn": queue_arn("WaitingSpeakingQueue"),
            "WaitingEditingQueueArn": queue_arn("WaitingEditingQueue"),
        },
        arns={
            "Table": TABLE,
            "Bucket": BUCKET,
            **{name: log_group(name) for name in ("LogGroup", "FlowLogGroup")},
            **{name: queue_arn(name) for name in queues},
        },
    )
