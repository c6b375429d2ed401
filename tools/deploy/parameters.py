"""The parameters of a deployment, and what cannot work about them: said before anything is made.

What a template can say itself stands there (AllowedValues, AllowedPattern, Rules) and is read from
it, so that the console refuses the same. Here is the rest: what needs arithmetic. Pure.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.local.cloud import template as templates
from infra.local.cloud.template import Template

ROOT: Final = Path(__file__).resolve().parents[2]
ENVIRONMENTS: Final = ("dev", "prod")
ENVIRONMENT_BYTES: Final = 4096
"""Names and values of a function's variables together (AWS Lambda Developer Guide, "Quotas")."""
_REFERENCE_BYTES: Final = 160
"""What a reference to a resource may become at most: a queue's address, with room to spare."""
_SUBNETS_PER_VPC: Final = 16
_SUBNET_BITS: Final = 8
"""`infra/network.yaml` cuts a VPC into sixteen subnets of 256 addresses, and takes three."""
_DELETIONS: Final = 2
"""Executions of the tasks' function that only deletions may take."""
_RESERVING: Final = {"ReserveApi": "ApiConcurrency", "ReserveDispatch": "DispatchConcurrency"}

Values = dict[str, str]


class BadParameters(Exception):
    """The parameters cannot work; `problems` says which, with their values and what would."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def root_template() -> Template:
    return templates.load(ROOT / "template.yaml")


def environment_values(environment: str) -> Values:
    """What infra/environments says of an environment."""
    path = ROOT / "infra" / "environments" / f"{environment}.yaml"
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: str(value) for name, value in read.items()}


def with_defaults(template: Template, given: Mapping[str, str]) -> Values:
    """Every parameter's value as CloudFormation will see it."""
    defaults = {name: str(v) for name, v in templates.parameter_defaults(template).items()}
    return {**defaults, **given}


def problems(template: Template, given: Mapping[str, str]) -> list[str]:
    """A sentence for each thing that cannot work, with the value and what would. Pure."""
    known = template["Parameters"]
    unknown = [_unknown(name, known) for name in given if name not in known]
    values = with_defaults(template, {k: v for k, v in given.items() if k in known})
    single = [
        found
        for name, value in values.items()
        if (found := _of_one(name, value, known[name])) is not None
    ]
    if unknown or single:
        # What follows compares values, and would only repeat this.
        return [*unknown, *single]
    return [
        *_rules(template, values),
        *_network(values),
        *_machines(values),
        *_concurrency(values),
        *_media_host(values),
        *_environment_sizes(template, values),
    ]


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "docs/deploy.md lists all."
    return f"{name} is not a parameter; {hint}"


def _of_one(name: str, value: str, declared: Mapping[str, Any]) -> str | None:
    """What the parameter's own declaration says against a value."""
    allowed = [str(one) for one in declared.get("AllowedValues", ())]
    if allowed:
        return None if value in allowed else _wrong(name, value, f"use {_any_of(allowed)}")
    if declared["Type"] == "Number":
        return _of_number(name, value, declared)
    pattern = declared.get("AllowedPattern")
    if pattern and not re.search(pattern, value):
        return _wrong(name, value, declared.get("ConstraintDescription", declared["Description"]))
    least, most = declared.get("MinLength", 0), declared.get("MaxLength", 4096)
    if not least <= len(value) <= most:
        return f"{name} has {len(value)} characters; use {least} to {most}."
    return None


def _of_number(name: str, value: str, declared: Mapping[str, Any]) -> str | None:
    low, high = declared.get("MinValue", float("-inf")), declared.get("MaxValue", float("inf"))
    if not re.fullmatch(r"-?\d+", value):
        return _wrong(name, value, "use a whole number")
    if not low <= int(value) <= high:
        return _wrong(
            name, value, f"use {low} or more" if int(value) < low else f"use up to {high}"
        )
    return None


def _wrong(name: str, value: str, instead: str) -> str:
    return f"{name}={value!r} cannot work: {instead.rstrip('.')}."


def _any_of(values: list[str]) -> str:
    return " or ".join((", ".join(values[:-1]), values[-1])) if len(values) > 1 else values[0]


# ---- the template's own rules --------------------------------------------------------------------
def _rules(template: Template, values: Values) -> Iterator[str]:
    for rule in template.get("Rules", {}).values():
        if _holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}), values):
            for assertion in rule["Assertions"]:
                if not _holds(assertion["Assert"], values):
                    used = sorted(_mentioned([rule, assertion], values))
                    shown = ", ".join(f"{name}={values[name]!r}" for name in used)
                    yield f"{assertion['AssertDescription']} (now {shown})"


def _mentioned(node: Any, values: Values) -> set[str]:
    if isinstance(node, dict):
        own = {node["Ref"]} if node.get("Ref") in values else set()
        return own.union(*(_mentioned(one, values) for one in node.values()))
    if isinstance(node, list):
        return set().union(*(_mentioned(one, values) for one in node))
    return set()


def _holds(node: Any, values: Values) -> bool:
    """A rule's condition. Raises KeyError for a function that the templates do not use."""
    ((function, arguments),) = node.items()
    if function == "Fn::Not":
        return not _holds(arguments[0], values)
    if function == "Fn::And":
        return all(_holds(one, values) for one in arguments)
    if function == "Fn::Or":
        return any(_holds(one, values) for one in arguments)
    if function == "Fn::Equals":
        return len({_value(one, values) for one in arguments}) == 1
    if function == "Fn::Contains":
        wanted = _value(arguments[1], values)
        return wanted in [_value(one, values) for one in arguments[0]]
    if function == "Fn::EachMemberEquals":
        members = _value(arguments[0], values).split(",")
        return all(one.strip() == _value(arguments[1], values) for one in members)
    raise KeyError(f"{function} is not understood here")


def _value(node: Any, values: Values) -> str:
    return values[node["Ref"]] if isinstance(node, dict) else str(node)


# ---- what needs arithmetic -----------------------------------------------------------------------
def _network(values: Values) -> Iterator[str]:
    if values["VpcId"]:
        return
    cidr = values["VpcCidr"]
    network = ipaddress.ip_network(cidr, strict=False)
    if str(network) != cidr:
        yield _wrong("VpcCidr", cidr, f"its host bits are not zero; use {network}")
    elif not network.is_private:
        yield _wrong("VpcCidr", cidr, "those addresses are public; use some of 10.0.0.0/8")
    room = network.num_addresses // 2**_SUBNET_BITS
    if room < _SUBNETS_PER_VPC:
        yield _wrong("VpcCidr", cidr, "sixteen subnets of 256 addresses must fit; use a /16 to /20")


def _machines(values: Values) -> Iterator[str]:
    """A ceiling that is no ceiling of 0 holds one job at least, or none ever starts."""
    if values["EnableBatch"] == "false":
        return
    for lane in {"cpu", values["SpeakingCompute"]}:
        job = f"{lane.title()}JobVcpus"
        for kind in ("Spot", "OnDemand"):
            name = f"{lane.title()}{kind}MaxVcpus"
            if 0 < int(values[name]) < int(values[job]):
                instead = f"a job takes {values[job]} ({job}); use that or more"
                yield _wrong(name, values[name], instead)
    types = values["GpuInstanceTypes"]
    speaks = values["SpeakingCompute"] == "gpu" and values["SpeechEngine"] == "voxcpm"
    if speaks and "g4dn." in types:
        instead = "voxcpm wants bfloat16, which a T4 lacks; use g6.xlarge,g5.xlarge"
        yield _wrong("GpuInstanceTypes", types, instead)


def _concurrency(values: Values) -> Iterator[str]:
    """SQS would hand messages to functions that may not run, and they would become dead letters."""
    reserved = int(values["DispatchConcurrency"])
    queues = {"QueueConcurrency": _DELETIONS, "WebhookConcurrency": 0}
    for name, others in queues.items():
        wanted = int(values[name]) + others
        if 0 < reserved < wanted:
            instead = f"{name} wants {wanted} of it; use that or more, or -1"
            yield _wrong("DispatchConcurrency", values["DispatchConcurrency"], instead)
            return


def reserved_concurrency(template: Template, values: Values) -> int:
    """Executions that the functions take out of the account's for themselves."""
    found = 0
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            condition, amount, _ = resource["Properties"]["ReservedConcurrentExecutions"]["Fn::If"]
            chosen = int(values[_RESERVING[condition]])
            if chosen >= 0:
                found += chosen if isinstance(amount, dict) else amount
    return found


def _media_host(values: Values) -> Iterator[str]:
    has_host = values["MediaCertificateArn"] or values["MediaIamCertificateId"]
    if has_host and not re.fullmatch(r"https://[a-z0-9.-]+", values["MediaPublicUrl"]):
        instead = "CloudFront answers at https only; use https and a host, such as https://media.example.com"
        yield _wrong("MediaPublicUrl", values["MediaPublicUrl"], instead)


def environment_bytes(template: Template, values: Values, function: str) -> int:
    """About how long the variables of a function are together."""
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = template["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
    return sum(len(name) + _length(value, values) for name, value in {**shared, **own}.items())


def _length(node: Any, values: Values) -> int:
    if isinstance(node, dict):
        return len(values.get(node.get("Ref", ""), "x" * _REFERENCE_BYTES).encode())
    return len(str(node).encode())


def _environment_sizes(template: Template, values: Values) -> Iterator[str]:
    functions = [n for n, r in template["Resources"].items() if "Serverless::Function" in r["Type"]]
    for name in functions:
        found = environment_bytes(template, values, name)
        if found > ENVIRONMENT_BYTES:
            long = sorted(values, key=lambda one: -len(values[one]))[:2]
            yield (
                f"{name} would have {found} bytes of variables, and Lambda takes "
                f"{ENVIRONMENT_BYTES}: shorten {_any_of(long)}."
            )
            return
