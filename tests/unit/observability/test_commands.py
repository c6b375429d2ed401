"""The runbook's commands run as they are written: bash runs them, a stand-in of AWS's answers."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.conftest import AwsClients, table_properties
from tests.unit.observability.command_line import CannotRun, command, run
from tests.unit.observability.templates import ROOT, alarms, template

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PARTS = re.findall(r"^###? ([^\n]+)\n(.*?)(?=^###? |\Z)", TEXT, re.M | re.S)
SECTIONS = {
    title: "".join(blocks)
    for title, part in PARTS
    if (blocks := re.findall(r"^```sh\n(.*?)^```$", part, re.M | re.S))
}
SHELL = SECTIONS.pop("Shell")
STACK = "digital-human-dev"
ROOT_TEMPLATE = template("template.yaml")
RESOURCES = ROOT_TEMPLATE["Resources"]
OF_EVENTS = {
    f"{name}{event}"
    for name, resource in RESOURCES.items()
    for event in resource["Properties"].get("Events", ())
}
QUEUES = {
    resource["Properties"]["JobQueueName"]["Fn::Sub"].replace("${NamePrefix}", STACK)
    for resource in template("infra/batch.yaml")["Resources"].values()
    if resource["Type"] == "AWS::Batch::JobQueue"
}


def answer(operation: str, parameters: dict[str, Any], sample: Any) -> Any:
    """The sample, with what the stack has: names that it does not have are refused."""
    if operation == "cloudformation describe-stacks":
        outputs = [{"OutputKey": key, "OutputValue": f"the-{key}"} for key in _outputs()]
        return {"Stacks": [{**sample["Stacks"][0], "Outputs": outputs}]}
    if operation == "cloudformation describe-stack-resource":
        name = parameters["LogicalResourceId"]
        if name not in RESOURCES.keys() | OF_EVENTS:
            raise CannotRun(f"the stack has no {name}")
    if parameters.get("StackName", STACK) != STACK:
        raise CannotRun(f"make deploy makes no {parameters['StackName']}")
    if operation.startswith("batch") and parameters.get("jobQueue", STACK + "-cpu") not in QUEUES:
        raise CannotRun(f"there is no queue {parameters['jobQueue']}")
    if parameters.get("AlarmName", f"{STACK}-ApiErrors") not in {f"{STACK}-{n}" for n in alarms()}:
        raise CannotRun(f"there is no alarm {parameters['AlarmName']}")
    return sample


def _outputs() -> list[str]:
    return list(ROOT_TEMPLATE["Outputs"])


@pytest.mark.parametrize("name", SECTIONS)
def test_the_commands_of_a_section_run_as_written(name: str, tmp_path: Path) -> None:
    run(SHELL + SECTIONS[name], tmp_path, answer)


@pytest.mark.parametrize(
    "wrong",
    [
        "aws sqs purge-queues --queue-url a",
        "aws sqs purge-queue",
        "aws sqs purge-queue --queue a",
        'aws sqs purge-queue --queue-url "$(id NoSuchQueue)"',
        'aws logs tail "$(output NoSuchOutput)"',
        "aws batch list-jobs --job-queue $STACK-gpus",
        "aws batch list-jobs --job-queue $STACK-gpu --job-status LOST",
        "aws batch list-jobs --job-queue $STACK-gpu --query 'jobs[].jobId'",
        "aws lambda get-function --function-name f --qualifier",
        "aws dynamodb wait table-gone --table-name t",
        "false",
    ],
)
def test_what_aws_would_refuse_is_found(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(CannotRun):
        run(SHELL + wrong, tmp_path, answer)


def test_the_stand_in_prints_as_the_command_line_does() -> None:
    printed = command(
        [
            *("batch", "list-jobs", "--job-queue", f"{STACK}-gpu", "--output", "text"),
            *("--query", "jobSummaryList[].[jobId,jobName]"),
        ],
        lambda *_: {"jobSummaryList": [{"jobId": n, "jobName": "x"} for n in "ab"]},
    )
    assert printed == "a\tx\nb\tx"


def test_restored_items_come_back_and_newer_ones_stay(aws: AwsClients, tmp_path: Path) -> None:
    name = "live"
    for table in (name, f"{name}-restored"):
        properties = table_properties()
        aws.dynamodb.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **properties)
    run(SHELL + SECTIONS["Restore the table"], tmp_path, answer)

    def put(table: str, key: str, value: str) -> None:
        item = {"PK": key, "SK": "-", "value": value}
        aws.dynamodb.put_item(TableName=table, Item=item)

    for key in ("VOICE#OWNER#lost", "VOICE#OWNER#kept", "TASK#deleted"):
        put(f"{name}-restored", key, "old")
    put(name, "VOICE#OWNER#kept", "new")
    code = compile((tmp_path / "code.py").read_text(), "code.py", "exec")
    with patch.object(sys, "argv", ["-", name, "VOICE#OWNER#"]):
        exec(code, {})
    items = aws.dynamodb.scan(TableName=name)["Items"]
    assert {item["PK"]: item["value"] for item in items} == {
        "VOICE#OWNER#lost": "old",
        "VOICE#OWNER#kept": "new",
    }
