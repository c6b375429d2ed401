"""Jobs of the local AWS Batch: definitions, retry rules and the records that it answers. Pure.

Shapes and rules follow the AWS Batch API reference (SubmitJob, DescribeJobs, EvaluateOnExit).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from infra.local.cloud.process import ACCOUNT, REGION
from infra.local.cloud.template import Resolver, Template, parameter_defaults

Status = Literal["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"]

HOST_LOST = "Host EC2 (instance i-local) terminated."
CONTAINER_EXITED = "Essential container in task exited"
TIMED_OUT = "Job attempt duration exceeded timeout"


def now_ms() -> int:
    """The time as Batch writes it."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class ExitRule:
    """One entry of `evaluateOnExit`; None matches anything, `*` at the end is a wildcard."""

    action: Literal["RETRY", "EXIT"]
    on_exit_code: str | None = None
    on_status_reason: str | None = None
    on_reason: str | None = None

    def matches(self, exit_code: int | None, status_reason: str, reason: str) -> bool:
        code = "" if exit_code is None else str(exit_code)
        return all(
            pattern is None or fnmatchcase(value.lower(), pattern.lower())
            for pattern, value in (
                (self.on_exit_code, code),
                (self.on_status_reason, status_reason),
                (self.on_reason, reason),
            )
        )


@dataclass(frozen=True)
class JobDefinition:
    """What a job runs and how it is treated."""

    name: str
    command: tuple[str, ...]
    vcpus: float = 1.0
    timeout_seconds: float | None = None
    attempts: int = 1
    rules: tuple[ExitRule, ...] = ()

    @property
    def arn(self) -> str:
        return f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/{self.name}:1"

    def retries(
        self, attempt: int, exit_code: int | None, status_reason: str, reason: str = ""
    ) -> bool:
        """Whether attempt number `attempt` (from 1) is followed by another.

        The first matching rule decides; without a match a failed attempt is retried.
        """
        if attempt >= self.attempts:
            return False
        for rule in self.rules:
            if rule.matches(exit_code, status_reason, reason):
                return rule.action == "RETRY"
        return True


@dataclass
class Job:
    """A submitted job. Times are milliseconds since the epoch, as Batch gives them."""

    name: str
    queue: str
    definition: str
    parameters: dict[str, str] = field(default_factory=dict)
    command: list[str] | None = None
    """Overrides the definition's command."""
    environment: dict[str, str] = field(default_factory=dict)
    timeout_seconds: float | None = None
    array_size: int | None = None
    """Of an array job, which runs nothing itself: its children do."""
    array_index: int | None = None
    """Of a child."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = "SUBMITTED"
    status_reason: str | None = None
    exit_code: int | None = None
    created_at: int = field(default_factory=now_ms)
    started_at: int | None = None
    stopped_at: int | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:batch:{REGION}:{ACCOUNT}:job/{self.id}"

    @property
    def is_over(self) -> bool:
        return self.status in {"SUCCEEDED", "FAILED"}

    def end_attempt(self, exit_code: int | None, status_reason: str) -> None:
        """Record how the running attempt ended."""
        self.exit_code = exit_code
        self.status_reason = status_reason
        self.stopped_at = now_ms()
        container = {} if exit_code is None else {"exitCode": exit_code}
        self.attempts.append(
            {
                "container": container,
                "startedAt": self.started_at or self.stopped_at,
                "stoppedAt": self.stopped_at,
                "statusReason": status_reason,
            }
        )

    def argv(self, definition: JobDefinition) -> list[str]:
        """The command with `Ref::name` replaced by the job's parameters."""
        command = self.command or definition.command
        return [substitute(argument, self.parameters) for argument in command]

    def detail(self, definition: JobDefinition) -> dict[str, Any]:
        """The job as DescribeJobs and the state-change event show it."""
        container: dict[str, Any] = {
            "command": self.argv(definition),
            "environment": [{"name": k, "value": v} for k, v in self.environment.items()],
        }
        if self.exit_code is not None:
            container["exitCode"] = self.exit_code
        optional: dict[str, Any] = {
            "arrayProperties": None if self.array_index is None else {"index": self.array_index},
            "statusReason": self.status_reason,
            "startedAt": self.started_at,
            "stoppedAt": self.stopped_at,
        }
        return {
            "jobArn": self.arn,
            "jobName": self.name,
            "jobId": self.id,
            "jobQueue": queue_arn(self.queue),
            "status": self.status,
            "attempts": self.attempts,
            "createdAt": self.created_at,
            "retryStrategy": {"attempts": definition.attempts},
            "dependsOn": [],
            "jobDefinition": definition.arn,
            "parameters": self.parameters,
            "container": container,
            "tags": {},
        } | {name: value for name, value in optional.items() if value is not None}

    def to_dict(self) -> dict[str, Any]:
        """For the state file; `Job(**d)` reads it back."""
        return asdict(self)


def queue_arn(name: str) -> str:
    """ARN of a job queue."""
    return f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/{name}"


def substitute(argument: str, parameters: Mapping[str, str]) -> str:
    """`Ref::name` by its parameter; Batch leaves an unknown one as it stands."""
    prefix = "Ref::"
    if argument.startswith(prefix):
        return parameters.get(argument.removeprefix(prefix), argument)
    return argument


def parameters(template: Template, *, prefix: str) -> Resolver:
    """Resolves what the job definitions are parametrised with, by the template's defaults."""
    return Resolver(refs={**parameter_defaults(template), "NamePrefix": prefix}, arns={})


def job_queues(template: Template, resolver: Resolver) -> dict[str, int]:
    """The job queues of a template: their priority by their name."""
    queues = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Batch::JobQueue"
    ]
    return {resolver.resolve(queue["JobQueueName"]): queue["Priority"] for queue in queues}


def job_definitions(template: Template, resolver: Resolver) -> dict[str, JobDefinition]:
    """The job definitions of a template, by name."""
    definitions = [
        _definition(resource["Properties"], resolver)
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Batch::JobDefinition"
    ]
    return {definition.name: definition for definition in definitions}


def _definition(properties: dict[str, Any], resolver: Resolver) -> JobDefinition:
    container = properties["ContainerProperties"]
    requirements = resolver.resolve(container["ResourceRequirements"])
    vcpus = [float(entry["Value"]) for entry in requirements if entry["Type"] == "VCPU"]
    strategy = properties.get("RetryStrategy", {})
    return JobDefinition(
        name=resolver.resolve(properties["JobDefinitionName"]),
        command=tuple(container["Command"]),
        vcpus=vcpus[0] if vcpus else 1.0,
        timeout_seconds=resolver.resolve(properties.get("Timeout", {})).get(
            "AttemptDurationSeconds"
        ),
        attempts=strategy.get("Attempts", 1),
        rules=tuple(
            ExitRule(
                action=rule["Action"].upper(),
                on_exit_code=rule.get("OnExitCode"),
                on_status_reason=rule.get("OnStatusReason"),
                on_reason=rule.get("OnReason"),
            )
            for rule in strategy.get("EvaluateOnExit", [])
        ),
    )
