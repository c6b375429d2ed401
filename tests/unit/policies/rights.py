"""Each single right that the templates give a role, and what is left of a role without it.

`python -m tests.unit.policies.rights > tests/unit/policies/rights.tsv` writes the table of all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ministack.core.iam_evaluator import ParsedStatement

from infra.local.cloud import template as templates
from tests.unit.policies.calls import BY_AWS, Call
from tests.unit.policies.roles import JOB_ROLE, ROOT, Policies, allows, policies

_FUNCTIONS: Final = tuple(
    name
    for name, resource in templates.load(ROOT / "template.yaml")["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
)
ROLES: Final = (*_FUNCTIONS, JOB_ROLE, *BY_AWS)


@dataclass(frozen=True)
class Right:
    """The smallest part of an Allow: one action, one resource, one value of a condition."""

    role: str
    action: str
    resource: str
    condition: str
    statement: ParsedStatement

    def covers(self, call: Call) -> bool:
        return allows([[self.statement]], call)

    def __str__(self) -> str:
        return "\t".join((self.role, self.action, _short(self.resource), self.condition)).rstrip()


def rights(role: str) -> Iterator[Right]:
    for document in policies(role):
        for statement in document:
            if statement.effect == "Allow":
                for action in statement.actions:
                    for resource in statement.resources:
                        narrow = replace(statement, actions=[action], resources=[resource])
                        yield from _by_condition(role, narrow)


def _by_condition(role: str, statement: ParsedStatement) -> Iterator[Right]:
    (action,), (resource,) = statement.actions, statement.resources
    for label, conditions in _single_values(statement.conditions) or [("", {})]:
        yield Right(role, action, resource, label, replace(statement, conditions=conditions))


def _single_values(
    conditions: dict[str, dict[str, object]],
) -> list[tuple[str, dict[str, dict[str, object]]]]:
    found = []
    for operator, keys in conditions.items():
        for key, values in keys.items():
            for value in values if isinstance(values, list) else [values]:
                narrowed = {**conditions, operator: {**keys, key: [value]}}
                found.append((f"{key}={value}", narrowed))
    return found


def without_each_statement(role: str) -> Iterator[tuple[str, Policies]]:
    """A role's policies, each time without another statement, and what that one was."""
    documents = policies(role)
    for number, document in enumerate(documents):
        for position, statement in enumerate(document):
            rest = [*document[:position], *document[position + 1 :]]
            name = statement.sid or f"statement {position} of policy {number}"
            yield name, [*documents[:number], rest, *documents[number + 1 :]]


def without_each_refusal(role: str) -> Iterator[tuple[str, Policies]]:
    """A role's policies, each time without another value that a Deny names."""
    documents = policies(role)
    for number, document in enumerate(documents):
        for position, statement in enumerate(document):
            if statement.effect == "Deny":
                for label, fewer in _fewer_values(statement):
                    changed = [*document[:position], fewer, *document[position + 1 :]]
                    yield label, [*documents[:number], changed, *documents[number + 1 :]]


def _fewer_values(statement: ParsedStatement) -> Iterator[tuple[str, ParsedStatement]]:
    for operator, keys in statement.conditions.items():
        for key, values in keys.items():
            for value in values:
                rest = [one for one in values if one != value]
                conditions = {**statement.conditions, operator: {**keys, key: rest}}
                yield f"{statement.sid}: {value}", replace(statement, conditions=conditions)


def _short(arn: str) -> str:
    return arn.partition(":::")[2] or arn.rpartition("000000000000:")[2]


if __name__ == "__main__":
    sys.stdout.writelines(f"{right}\n" for role in ROLES for right in rights(role))
