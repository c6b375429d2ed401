"""The change set of a stack: made, shown with those of nested stacks, executed or dropped."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.deploy.account import Account, Refused

KEPT_TYPES: Final = frozenset({"AWS::S3::Bucket", "AWS::DynamoDB::Table"})
"""What holds users' data: one that would be replaced starts empty."""
_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


@dataclass(frozen=True)
class Change:
    """One resource that a change set touches."""

    stack: str
    action: str
    resource: str
    type: str
    replaced: bool

    def __str__(self) -> str:
        note = ", replaced" if self.replaced else ""
        return f"  {self.action:<7} {self.stack}: {self.resource} ({self.type}{note})"


@dataclass(frozen=True)
class ChangeSet:
    """One that CloudFormation has worked out, and has not executed."""

    account: Account
    stack: str
    arn: str
    is_new: bool

    def changes(self) -> list[Change]:
        """Of the stack and of every stack nested in it."""
        return list(_changes(self.account, self.arn, self.stack))

    def execute(self) -> None:
        """Make the changes and wait for them. Raises Refused."""
        self.account.client("cloudformation").execute_change_set(ChangeSetName=self.arn)
        self.account.wait_for_stack(self.stack)

    def drop(self) -> None:
        self.account.client("cloudformation").delete_change_set(ChangeSetName=self.arn)


def make_change_set(
    account: Account, stack: str, template_url: str, values: Mapping[str, str], environment: str
) -> ChangeSet | None:
    """None when nothing changes. Raises Refused."""
    client = account.client("cloudformation")
    status = account.stack(stack).get("StackStatus", "")
    if status == "ROLLBACK_COMPLETE":
        # A first deployment failed: such a stack can only be deleted, and has nothing in it.
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(StackName=stack)
        status = ""
    is_new = status in ("", "REVIEW_IN_PROGRESS")
    made = client.create_change_set(
        StackName=stack,
        ChangeSetName=f"deploy-{int(time.time())}",
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
        Capabilities=_CAPABILITIES,
        IncludeNestedStacks=True,
        Tags=[
            {"Key": "project", "Value": "digital-human"},
            {"Key": "environment", "Value": environment},
        ],
    )
    arn = made["Id"]
    while (found := client.describe_change_set(ChangeSetName=arn))["Status"] in (
        "CREATE_PENDING",
        "CREATE_IN_PROGRESS",
    ):
        time.sleep(account.poll_seconds)
    if found["Status"] == "FAILED":
        reason = found.get("StatusReason", "")
        client.delete_change_set(ChangeSetName=arn)
        if "didn't contain changes" in reason or "No updates are to be performed" in reason:
            return None
        raise Refused(f"CloudFormation refuses the changes of {stack}: {reason}")
    return ChangeSet(account, stack, arn, is_new)


def dangers(changes: list[Change]) -> list[str]:
    """A sentence for each change that would leave users' data behind."""
    return [
        f"{change.stack}: {change.resource} would be "
        f"{'replaced by an empty one' if change.replaced else 'removed from the stack'}; that is a "
        "mistake in the templates or parameters, so nothing was changed"
        for change in changes
        if change.type in KEPT_TYPES and (change.replaced or change.action == "Remove")
    ]


def _changes(account: Account, arn: str, stack: str) -> Iterator[Change]:
    client = account.client("cloudformation")
    page: dict[str, Any] = {}
    while True:
        found = client.describe_change_set(ChangeSetName=arn, **page)
        for entry in found.get("Changes", ()):
            change = entry["ResourceChange"]
            yield Change(
                stack,
                change["Action"],
                change["LogicalResourceId"],
                change["ResourceType"],
                change.get("Replacement") == "True",
            )
            nested = change.get("ChangeSetId")
            if nested:
                yield from _changes(account, nested, change["LogicalResourceId"])
        if "NextToken" not in found:
            return
        page = {"NextToken": found["NextToken"]}
