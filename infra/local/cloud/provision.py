"""Creates the stack in the embedded cloud from template.yaml itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.local.cloud import template as templates
from infra.local.cloud.process import ACCOUNT, REGION
from infra.local.cloud.template import Resolver, Template

STACK_NAME = "digital-human"
PARTITION = "aws"


class ProvisioningFailed(Exception):
    """The stack did not reach a complete state; the message holds the first failure."""


@dataclass(frozen=True)
class Stack:
    """A created stack: its template and the names of its real resources."""

    template: Template
    physical_ids: dict[str, str]

    def resolver(self) -> Resolver:
        """Resolves intrinsics of the template with this stack's values."""
        return Resolver(
            refs={
                **templates.parameter_defaults(self.template),
                "AWS::StackName": STACK_NAME,
                "AWS::Region": REGION,
                "AWS::AccountId": ACCOUNT,
                "AWS::Partition": PARTITION,
                **self.physical_ids,
            },
            arns={
                name: arn(self.template["Resources"][name]["Type"], physical_id)
                for name, physical_id in self.physical_ids.items()
            },
        )

    def function_environment(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables that the template gives every function.

        Those that stand for a parameter of the template take their value from `environ`, where it
        holds one.
        """
        declared = self.template["Globals"]["Function"]["Environment"]["Variables"]
        resolved = self.resolver().resolve(declared)
        chosen = {
            name: environ[name]
            for name, value in declared.items()
            if environ and environ.get(name) and _parameter(value) in self.template["Parameters"]
        }
        return {name: str(value) for name, value in resolved.items()} | chosen


def _parameter(value: Any) -> str | None:
    return value.get("Ref") if isinstance(value, dict) else None


def arn(resource_type: str, physical_id: str) -> str:
    """ARN of a created resource; the type's own name where it has none."""
    service = resource_type.split("::")[1].lower()
    scope = f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}"
    if resource_type == "AWS::S3::Bucket":
        return f"arn:{PARTITION}:s3:::{physical_id}"
    if resource_type == "AWS::DynamoDB::Table":
        return f"{scope}:table/{physical_id}"
    # The physical id of a queue is its URL.
    return f"{scope}:{physical_id.rsplit('/', 1)[-1]}"


def provision(client: Any, template: Template) -> Stack:
    """Create the stack, or bring an existing one up to date. Raises ProvisioningFailed.

    `client` is boto3's CloudFormation client. Ids are read back, never built.
    """
    try:
        _bring_up_to_date(client, json.dumps(templates.stored_part(template)))
        return Stack(template=template, physical_ids=physical_ids(client))
    except (BotoCoreError, ClientError) as error:
        raise ProvisioningFailed(f"The stack {STACK_NAME} was not made: {error}") from error


def _bring_up_to_date(client: Any, body: str) -> None:
    if _current_status(client) is None:
        client.create_stack(StackName=STACK_NAME, TemplateBody=body)
        _wait(client, "stack_create_complete")
    elif _current_body(client) != body:
        client.update_stack(StackName=STACK_NAME, TemplateBody=body)
        _wait(client, "stack_update_complete")


def _current_status(client: Any) -> str | None:
    try:
        stacks = client.describe_stacks(StackName=STACK_NAME)["Stacks"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None  # This is how CloudFormation says that there is no such stack.
        raise
    status: str = stacks[0]["StackStatus"]
    return None if status == "DELETE_COMPLETE" else status


def _current_body(client: Any) -> str:
    body = client.get_template(StackName=STACK_NAME, TemplateStage="Original")["TemplateBody"]
    # boto3 parses a JSON body for us.
    return body if isinstance(body, str) else json.dumps(body)


def _wait(client: Any, waiter: str) -> None:
    try:
        client.get_waiter(waiter).wait(
            StackName=STACK_NAME, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150}
        )
    except WaiterError as error:
        raise ProvisioningFailed(_first_failure(client)) from error


def _first_failure(client: Any) -> str:
    events = client.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return f"The stack {STACK_NAME} did not become complete in time."
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


def physical_ids(client: Any) -> dict[str, str]:
    """Real names of the stack's resources by their names in the template."""
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
    return {
        summary["LogicalResourceId"]: summary["PhysicalResourceId"]
        for page in pages
        for summary in page["StackResourceSummaries"]
    }
