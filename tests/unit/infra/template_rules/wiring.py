"""Parameters, and how the templates hang together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.unit.infra.template_rules.model import (
    ROOT,
    ROOT_TEMPLATE,
    Resource,
    Rule,
    Templates,
    resources,
)

STANDALONE = {
    # Images must be there before a job definition names them.
    "infra/registry.yaml",
    # Its role deploys the others.
    "infra/pipeline.yaml",
    # It takes the API's address, and goes without touching the API.
    "infra/studio.yaml",
}

_REASON_WORDS = 4


def _names_used(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            yield value["Ref"]
        for item in value.values():
            yield from _names_used(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names_used(item)
    elif isinstance(value, str):
        yield from re.findall(r"\$\{(\w+)\}", value)


def parameters_are_described(templates: Templates) -> list[str]:
    """The description is what the console shows, and docs/deploy.md leaves to it."""
    return [
        f"{file}:{name} has no description"
        for file, template in templates.items()
        for name, parameter in template.get("Parameters", {}).items()
        if not parameter.get("Description", "").strip()
    ]


def parameters_are_used(templates: Templates) -> list[str]:
    """None is left over."""
    found = []
    for file, template in templates.items():
        used = set(_names_used({k: v for k, v in template.items() if k != "Parameters"}))
        found += [
            f"{file}:{n} is not used" for n in template.get("Parameters", {}) if n not in used
        ]
    return found


def _nested(templates: Templates) -> list[Resource]:
    return list(resources(templates, "AWS::CloudFormation::Stack"))


def every_template_is_deployed(templates: Templates) -> list[str]:
    """Each file is nested somewhere, or is one of the few that stand alone."""
    nested = {stack.properties["TemplateURL"] for stack in _nested(templates)}
    found = [f"{url}: is no file" for url in sorted(nested) if not (ROOT / url).is_file()]
    lonely = set(templates) - nested - STANDALONE - {ROOT_TEMPLATE}
    return found + [f"{file}: is nested nowhere" for file in sorted(lonely)]


def nested_stacks_get_all_their_parameters(templates: Templates) -> list[str]:
    """Else a parameter of the root would be documented, taken, and ignored."""
    found = []
    for stack in _nested(templates):
        given = set(stack.properties.get("Parameters", {}))
        declared = set(templates[stack.properties["TemplateURL"]].get("Parameters", {}))
        found += [stack.breach(f"is not given {name}") for name in sorted(declared - given)]
        found += [stack.breach(f"does not know {name}") for name in sorted(given - declared)]
    return found


def a_parameter_means_the_same_everywhere(templates: Templates) -> list[str]:
    """One that is handed down under its own name has one default and one set of values."""
    found = []
    for stack in _nested(templates):
        outer = templates[stack.file]["Parameters"]
        inner = templates[stack.properties["TemplateURL"]].get("Parameters", {})
        for name in sorted(outer.keys() & inner.keys()):
            for trait in ("Default", "MinValue", "MaxValue", "AllowedValues"):
                if trait in inner[name] and inner[name][trait] != outer[name].get(trait):
                    found.append(stack.breach(f"has another {trait} of {name}"))
    return found


def templates_have_a_version(templates: Templates) -> list[str]:
    """The format's, and every policy's: without it a policy variable would be plain text."""
    found = [
        f"{file}: has no format version"
        for file, template in templates.items()
        if str(template.get("AWSTemplateFormatVersion")) != "2010-09-09"
    ]
    for resource in resources(templates):
        properties = resource.properties
        documents = [properties.get("PolicyDocument"), properties.get("AssumeRolePolicyDocument")]
        documents += [
            policy.get("PolicyDocument")
            for policy in properties.get("Policies", [])
            if isinstance(policy, dict)
        ]
        found += [
            resource.breach("has a policy of an older language")
            for document in documents
            if document and _as_object(document).get("Version") != "2012-10-17"
        ]
    return found


def _as_object(document: dict[str, Any]) -> dict[str, Any]:
    """A log group's policy is written as text."""
    text = document.get("Fn::Sub")
    read: dict[str, Any] = json.loads(text) if text else document
    return read


def suppressions_have_reasons(templates: Templates) -> list[str]:
    """What checkov is told to pass over (`make scan`), and why, beside the resource."""
    found = []
    for resource in resources(templates):
        for one in resource.body.get("Metadata", {}).get("checkov", {}).get("skip", ()):
            if len(one.get("comment", "").split()) < _REASON_WORDS:
                found.append(resource.breach(f"does not say why it passes over {one.get('id')}"))
    return found


RULES: tuple[Rule, ...] = (
    parameters_are_described,
    parameters_are_used,
    every_template_is_deployed,
    nested_stacks_get_all_their_parameters,
    a_parameter_means_the_same_everywhere,
    suppressions_have_reasons,
    templates_have_a_version,
)
