"""Reads the CloudFormation templates: what to create, and how the functions are wired.

Pure: a template is a dict in, dicts and small records out. Only the intrinsic functions that the
templates use are understood; another one is an error, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

# What the embedded cloud creates. Functions, gateway and rules are played by this process; the
# bucket's TLS-only policy would refuse every request on loopback, as would those of the queues.
STORED_TYPES = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }
)

_GUARDS = frozenset({"DeletionProtectionEnabled", "VersioningConfiguration"})


class _CloudFormationLoader(yaml.CSafeLoader):
    """In C, ten times as fast as SafeLoader, and reads the short forms (`!Ref`, `!GetAtt`, ...)."""


def _short_form(loader: _CloudFormationLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    key = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {key: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {key: loader.construct_mapping(node, deep=True)}


_CloudFormationLoader.add_multi_constructor("!", _short_form)


def load(path: Path) -> Template:
    """The template with every short form spelled out."""
    with path.open() as file:
        loaded = yaml.load(file, _CloudFormationLoader)  # noqa: S506 — derives from CSafeLoader
    assert isinstance(loaded, dict)
    return loaded


def stored_part(template: Template) -> Template:
    """The same template reduced to the resources that hold data."""
    resources = {
        name: _on_loopback(resource)
        for name, resource in template["Resources"].items()
        if resource["Type"] in STORED_TYPES
    }
    used = {name for name in template["Parameters"] if _mentions(resources, name)}
    return {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        "Parameters": {name: template["Parameters"][name] for name in sorted(used)},
        "Resources": resources,
    }


def _on_loopback(resource: dict[str, Any]) -> dict[str, Any]:
    """Without guards against an operator's slip, for whose old versions disks are too small, and
    without a policy's statements that refuse plain http, which is what loopback speaks.
    """
    properties = {k: v for k, v in resource.get("Properties", {}).items() if k not in _GUARDS}
    document = properties.get("PolicyDocument")
    if document is None:
        return {**resource, "Properties": properties}
    kept = [s for s in document["Statement"] if "aws:SecureTransport" not in str(s)]
    return {
        **resource,
        "Properties": {**properties, "PolicyDocument": {**document, "Statement": kept}},
    }


def _mentions(value: Any, parameter: str) -> bool:
    if isinstance(value, dict):
        if value.get("Ref") == parameter:
            return True
        return any(_mentions(item, parameter) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, parameter) for item in value)
    return isinstance(value, str) and f"${{{parameter}}}" in value


@dataclass(frozen=True)
class Resolver:
    """Replaces intrinsic functions by values.

    `refs` holds what `Ref` answers for parameters, pseudo parameters and created resources;
    `arns` what `GetAtt X.Arn` answers.
    """

    refs: Mapping[str, Any]
    arns: Mapping[str, str]

    def resolve(self, value: Any) -> Any:
        """`value` without intrinsics. Raises KeyError for a name that nothing defines."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return self.refs[argument]
            if key == "Fn::Sub":
                return self._substitute(argument)
            if key == "Fn::GetAtt":
                return self._attribute(*argument)
            if key.startswith("Fn::"):
                raise KeyError(f"intrinsic function {key} is not supported here")
        return {key: self.resolve(item) for key, item in value.items()}

    def _substitute(self, text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda match: self._named(match[1]), text)

    def _named(self, name: str) -> str:
        resource, dot, attribute = name.partition(".")
        return self._attribute(resource, attribute) if dot else str(self.refs[name])

    def _attribute(self, resource: str, attribute: str) -> str:
        if attribute != "Arn":
            raise KeyError(f"attribute {resource}.{attribute} is not supported here")
        return self.arns[resource]


def parameter_defaults(template: Template) -> dict[str, Any]:
    """Values of the parameters when nobody sets them."""
    return {
        name: parameter["Default"]
        for name, parameter in template["Parameters"].items()
        if "Default" in parameter
    }


@dataclass(frozen=True)
class QueueSource:
    """A queue whose messages a function handles."""

    queue: str
    """Logical name of the queue."""
    batch_size: int
    partial_failures: bool


@dataclass(frozen=True)
class FunctionSpec:
    """A function of the template and what triggers it."""

    name: str
    handler: str
    queues: tuple[QueueSource, ...]
    scheduled: bool
    http_routes: tuple[str, ...]
    """As the gateway's keys: `ANY /{proxy+}`."""
    layers: tuple[str, ...]
    """Their logical names, in the order in which they are unpacked over each other."""
    timeout_seconds: int
    memory_mb: int

    @property
    def has_event_sources(self) -> bool:
        """Whether anything but HTTP requests triggers it."""
        return bool(self.queues or self.scheduled)


def functions(template: Template) -> list[FunctionSpec]:
    """Every AWS::Serverless::Function of the template."""
    shared = template["Globals"]["Function"]
    return [
        _function(name, _with_globals(shared, resource["Properties"]))
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _with_globals(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """SAM replaces a global value by the function's own, and joins lists."""
    return {**shared, **own, "Layers": [*shared.get("Layers", []), *own.get("Layers", [])]}


def _function(name: str, properties: dict[str, Any]) -> FunctionSpec:
    events = list(properties.get("Events", {}).values())
    return FunctionSpec(
        name=name,
        handler=properties["Handler"],
        queues=tuple(_queue_source(e["Properties"]) for e in events if e["Type"] == "SQS"),
        scheduled=any(e["Type"] == "Schedule" for e in events),
        http_routes=tuple(
            f"{e['Properties']['Method']} {e['Properties']['Path']}"
            for e in events
            if e["Type"] == "HttpApi"
        ),
        layers=tuple(layer["Ref"] for layer in properties["Layers"]),
        timeout_seconds=properties["Timeout"],
        memory_mb=properties["MemorySize"],
    )


def _queue_source(properties: dict[str, Any]) -> QueueSource:
    return QueueSource(
        queue=properties["Queue"]["Fn::GetAtt"][0],
        batch_size=properties.get("BatchSize", 10),
        partial_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )


@dataclass(frozen=True)
class EventRule:
    """A rule of EventBridge that fills queues."""

    pattern: dict[str, Any]
    """Intrinsics not yet resolved."""
    queues: tuple[str, ...]
    """Their logical names."""


def event_rules(template: Template) -> list[EventRule]:
    """Every AWS::Events::Rule of the template."""
    return [
        EventRule(
            pattern=resource["Properties"]["EventPattern"],
            queues=tuple(t["Arn"]["Fn::GetAtt"][0] for t in resource["Properties"]["Targets"]),
        )
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Events::Rule"
    ]
