"""Who may do what: identity policies, trust, and what opens too far."""

from __future__ import annotations

import re
from typing import Any

from tests.unit.infra.template_rules.model import (
    Resource,
    Rule,
    Templates,
    as_list,
    resources,
    statements,
    strings,
)

NO_NARROWER_RESOURCE = {
    # "Actions, resources, and condition keys" of each service in AWS's Service Authorization
    # Reference lists no resource type for these.
    "batch:DescribeJobs",
    "ecr:GetAuthorizationToken",
}
KEY_ACTIONS = {
    # A key that its account may not administer is lost (AWS KMS Developer Guide, "Default key
    # policy"); GenerateDataKey and GenerateDataKeyWithoutPlaintext go together.
    "kms:*",
    "kms:GenerateDataKey*",
}
MANAGED_POLICIES = {
    # Of the role that deploys; infra/pipeline.yaml says what that means.
    "PowerUserAccess",
    # What Batch asks for; infra/batch.yaml says why no narrower one of our own.
    "service-role/AmazonEC2ContainerServiceforEC2Role",
}
ROLE_SERVICES = {
    "JobRole": "ecs-tasks.amazonaws.com",
    "ExecutionRole": "ecs-tasks.amazonaws.com",
    "InstanceRole": {"Fn::Sub": "ec2.${AWS::URLSuffix}"},
    "FlowLogRole": "vpc-flow-logs.amazonaws.com",
    "BuildRole": "codebuild.amazonaws.com",
    "ReleaseRole": {"Fn::Sub": "codedeploy.${AWS::Region}.${AWS::URLSuffix}"},
}
_OTHERWISE_IN_CHINA = {"codedeploy", "ec2", "elasticmapreduce", "logs"}
"""Principals that end as hosts do there: AWS CDK, region-info/lib/default.ts."""
_CHINESE_ENDPOINTS = ("batch", "ecr.api", "ecr.dkr", "execute-api", "lambda", "monitoring", "sqs")
"""Of the interface endpoints with another prefix there, those that jobs reach or may come to: AWS
CDK, aws-ec2/lib/vpc-endpoint.ts."""
OUR_ACCOUNT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
_SECTIONS = ("Globals", "Conditions", "Mappings", "Resources", "Outputs")
_NARROW = re.compile(r"/(\$\{\w+\}|[a-z-]+)/\*$|/[a-z]+\.[a-z]+$")


def no_wildcard_actions(templates: Templates) -> list[str]:
    """An Allow names its actions in full."""
    return [
        statement.breach(f"allows {action}")
        for statement in statements(templates)
        if statement.allows
        for action in statement.actions
        if "*" in action
        and not (statement.resource.type == "AWS::KMS::Key" and action in KEY_ACTIONS)
    ]


def no_wildcard_resources(templates: Templates) -> list[str]:
    """An Allow names what it opens, unless AWS offers nothing narrower."""
    return [
        statement.breach(f"allows {', '.join(statement.actions)} on everything")
        for statement in statements(templates)
        if statement.allows and statement.kind == "identity"
        if not statement.targets or "*" in statement.targets
        if not set(statement.actions) <= NO_NARROWER_RESOURCE
    ]


def no_whole_bucket(templates: Templates) -> list[str]:
    """Objects are opened by prefix or name, never those of a whole bucket."""
    return [
        statement.breach(f"opens {target}")
        for statement in statements(templates)
        if statement.allows
        and any(a.startswith("s3:") and "Object" in a for a in statement.actions)
        for target in strings(statement.targets)
        if not _NARROW.search(target)
    ]


def no_principal_but_services(templates: Templates) -> list[str]:
    """What others may use is opened to named services only, each on behalf of our account."""
    found = []
    for statement in statements(templates):
        if not statement.allows or statement.kind != "resource":
            continue
        principal = statement.body.get("Principal")
        if statement.resource.type == "AWS::KMS::Key" and principal == {"AWS": OUR_ACCOUNT}:
            continue
        if not isinstance(principal, dict) or set(principal) != {"Service"}:
            found.append(statement.breach(f"is open to {principal}"))
        condition = str(statement.body.get("Condition", ""))
        if "aws:SourceArn" not in condition and "aws:SourceAccount" not in condition:
            found.append(statement.breach("does not say on whose behalf (aws:SourceArn)"))
    return found


def roles_are_assumed_by_their_service_only(templates: Templates) -> list[str]:
    """Each role trusts one service, the one that it is for."""
    found = []
    for role in resources(templates, "AWS::IAM::Role"):
        for body in role.properties["AssumeRolePolicyDocument"]["Statement"]:
            if "Federated" in body["Principal"]:
                found += _trusts_more_than_one_repository(role, body)
                continue
            trusted = as_list(body["Principal"].get("Service", []))
            if [ROLE_SERVICES.get(role.name)] != trusted or set(body["Principal"]) != {"Service"}:
                found.append(role.breach(f"may be assumed by {body['Principal']}"))
            if as_list(body["Action"]) != ["sts:AssumeRole"]:
                found.append(role.breach(f"is entered by {body['Action']}"))
    return found


def _trusts_more_than_one_repository(role: Resource, body: dict[str, Any]) -> list[str]:
    """GitHub gives tokens to anybody; what they say of themselves has to be asked for."""
    condition = body.get("Condition", {}).get("StringEquals", {})
    said = {key.rpartition(":")[2]: as_list(value) for key, value in condition.items()}
    jobs = [one["Fn::Sub"] for one in said.get("sub", ())]
    is_bound = bool(jobs) and all(job.startswith("repo:${Repository}:env") for job in jobs)
    if is_bound and said.get("aud") and body["Action"] == "sts:AssumeRoleWithWebIdentity":
        return []
    return [role.breach("may be assumed by jobs of other repositories")]


def only_known_managed_policies(templates: Templates) -> list[str]:
    """Policies that AWS writes are broad; the few in use are listed with their reason."""
    found = []
    for role in resources(templates, "AWS::IAM::Role", "AWS::Serverless::Function"):
        attached = role.properties.get("ManagedPolicyArns", []) + role.properties.get(
            "Policies", []
        )
        own = ("Ref", "PolicyDocument", "Statement")
        for text in strings([one for one in attached if not any(name in one for name in own)]):
            _, found_one, name = text.partition(":policy/")
            if found_one and name not in MANAGED_POLICIES:
                found.append(role.breach(f"has AWS's policy {name}"))
    return found


def jobs_and_dispatchers_leave_credentials_alone(templates: Templates) -> list[str]:
    """Who reads any item of the table, but does not sign callers in, is denied credentials."""
    denying = {
        statement.resource.name
        for statement in statements(templates)
        if not statement.allows and "SHARED_KEY#*" in list(strings(statement.body))
    }
    reading = {
        statement.resource.name
        for statement in statements(templates)
        if statement.allows
        and "dynamodb:GetItem" in statement.actions
        and "Condition" not in statement.body
    }
    found = []
    for holder in resources(templates, "AWS::IAM::Role", "AWS::Serverless::Function"):
        attached = holder.properties.get("ManagedPolicyArns", []) + holder.properties.get(
            "Policies", []
        )
        named = {entry["Ref"] for entry in attached if isinstance(entry, dict) and "Ref" in entry}
        opens = holder.name in reading
        if opens and holder.name != "ApiFunction" and not denying & (named | {holder.name}):
            found.append(holder.breach("can read what the API signs with"))
    return found


def nothing_names_an_account_or_region(templates: Templates) -> list[str]:
    """ARNs and hosts are made from pseudo parameters, so that the templates work everywhere."""
    account = re.compile(r"(?<!\d)\d{12}(?!\d)")
    region = re.compile(r"\b(us|eu|ap|sa|ca|me|af|il|cn)-[a-z]+-\d\b")
    partition = re.compile(r"^arn:aws[a-z-]*:")
    return [
        resource.breach(f"has {text!r} built in")
        for resource in resources(templates)
        for text in strings(resource.properties)
        if account.search(text) or region.search(text) or partition.search(text)
    ]


def hosts_take_their_ending_from_the_region(templates: Templates) -> list[str]:
    """In China they end in amazonaws.com.cn, and so do the principals of a few services."""
    ending = re.compile(r"([^\s\"',]*)\.amazonaws\.com\b")
    return [
        f"{file}:{name} has {host[0]} built in: end it by AWS::URLSuffix"
        for file, template in templates.items()
        for section in _SECTIONS
        for name, part in template.get(section, {}).items()
        for text in strings(part)
        for host in ending.finditer(text)
        if host[1] in _OTHERWISE_IN_CHINA or not re.fullmatch(r"[a-z0-9-]+(\.logs)?", host[1])
    ]


def endpoints_have_their_names_in_china_too(templates: Templates) -> list[str]:
    """Those of some services begin with cn. there."""
    return [
        endpoint.breach(f"has no name in China for {service}")
        for endpoint in resources(templates, "AWS::EC2::VPCEndpoint")
        for name in [endpoint.properties["ServiceName"]]
        for service in _CHINESE_ENDPOINTS
        if any(text.endswith(f".{service}") for text in strings(name))
        and f"cn.com.amazonaws.${{AWS::Region}}.{service}" not in set(strings(name))
    ]


RULES: tuple[Rule, ...] = (
    no_wildcard_actions,
    no_wildcard_resources,
    no_whole_bucket,
    no_principal_but_services,
    roles_are_assumed_by_their_service_only,
    only_known_managed_policies,
    jobs_and_dispatchers_leave_credentials_alone,
    nothing_names_an_account_or_region,
    hosts_take_their_ending_from_the_region,
    endpoints_have_their_names_in_china_too,
)
