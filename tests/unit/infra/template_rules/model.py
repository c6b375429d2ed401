"""Templates as the rules see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.cloud import template as loader

ROOT = Path(__file__).resolve().parents[4]

Templates = dict[str, dict[str, Any]]
"""By path below the root. Intrinsic functions are spelled out."""

Rule = Callable[[Templates], list[str]]

ROOT_TEMPLATE = "template.yaml"


def load_all() -> Templates:
    """template.yaml and every infra/*.yaml."""
    paths = [ROOT / ROOT_TEMPLATE, *sorted((ROOT / "infra").glob("*.yaml"))]
    return {str(path.relative_to(ROOT)): loader.load(path) for path in paths}


@dataclass(frozen=True)
class Resource:
    """One resource and where it stands."""

    file: str
    name: str
    body: dict[str, Any]

    @property
    def type(self) -> str:
        return self.body["Type"]

    @property
    def properties(self) -> dict[str, Any]:
        return self.body.get("Properties", {})

    def breach(self, what: str) -> str:
        return f"{self.file}:{self.name} {what}"


_RESOURCE_POLICIES = ("BucketPolicy", "QueuePolicy", "TopicPolicy")


def resources(templates: Templates, *types: str) -> Iterator[Resource]:
    """Every resource of these types, or of any."""
    for file, template in templates.items():
        for name, body in template["Resources"].items():
            if not types or body["Type"] in types:
                yield Resource(file, name, body)


def branches(value: Any) -> Iterator[Any]:
    """What an `If` may give; any other value is its own only branch."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        for branch in value["Fn::If"][1:]:
            yield from branches(branch)
    else:
        yield value


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def strings(value: Any) -> Iterator[str]:
    """Every text in a value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


@dataclass(frozen=True)
class Statement:
    """One statement of a policy and the resource that it stands in."""

    resource: Resource
    body: dict[str, Any]
    kind: str
    """identity, resource (of a bucket, queue, topic or key) or trust."""

    @property
    def allows(self) -> bool:
        return self.body["Effect"] == "Allow"

    @property
    def actions(self) -> list[str]:
        return as_list(self.body["Action"])

    @property
    def targets(self) -> list[Any]:
        return as_list(self.body.get("Resource", []))

    def breach(self, what: str) -> str:
        return self.resource.breach(f"{self.body.get('Sid', 'a statement')}: {what}")


def statements(templates: Templates) -> Iterator[Statement]:
    """Every policy statement of every template."""
    for resource in resources(templates):
        properties = resource.properties
        own = "resource" if resource.type.endswith(_RESOURCE_POLICIES) else "identity"
        documents = [(properties.get("PolicyDocument"), own)]
        documents.append((properties.get("KeyPolicy"), "resource"))
        documents.append((properties.get("AssumeRolePolicyDocument"), "trust"))
        for policy in properties.get("Policies", []):
            if isinstance(policy, dict):
                # A role nests its documents, a SAM function writes the statements directly.
                documents.append((policy.get("PolicyDocument", policy), "identity"))
        for document, kind in documents:
            for body in (document or {}).get("Statement", []):
                yield Statement(resource, body, kind)
