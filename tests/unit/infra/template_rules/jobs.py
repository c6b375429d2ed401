"""What does the work: job definitions, queues, environments and the machines below them."""

from __future__ import annotations

from typing import Any

from tests.unit.infra.template_rules.model import (
    Resource,
    Rule,
    Templates,
    branches,
    resources,
)

_EC2_KINDS = {"EC2", "SPOT"}
_SPOT_KINDS = {"SPOT", "FARGATE_SPOT"}
_SPOT_TASK_LOST = "Your Spot Task was interrupted*"


def _definitions(templates: Templates) -> list[Resource]:
    return list(resources(templates, "AWS::Batch::JobDefinition"))


def _environment(definition: Resource) -> dict[str, Any]:
    return {
        e["Name"]: e["Value"] for e in definition.properties["ContainerProperties"]["Environment"]
    }


def jobs_run_without_privileges(templates: Templates) -> list[str]:
    """Not as root, with a root file system that cannot be written, and one folder that can."""
    found = []
    for definition in _definitions(templates):
        container = definition.properties["ContainerProperties"]
        if str(container.get("User", "0")).split(":")[0] in {"0", "root"}:
            found.append(definition.breach("runs as root"))
        if container.get("Privileged") is not False:
            found.append(definition.breach("is privileged"))
        if container.get("ReadonlyRootFilesystem") is not True:
            found.append(definition.breach("may write to its root file system"))
        writable = {
            m["ContainerPath"] for m in container.get("MountPoints", []) if not m["ReadOnly"]
        }
        for name in ("WORK_DIR", "TMPDIR", "HOME"):
            value = str(_environment(definition).get(name, ""))
            if not any(f"{value}/".startswith(f"{path}/") for path in writable):
                found.append(definition.breach(f"cannot write to {name}"))
    return found


def jobs_are_bounded_and_retried(templates: Templates) -> list[str]:
    """A time limit; another try for lost machines and exit status 75, for nothing else."""
    found = []
    for definition in _definitions(templates):
        if not definition.properties.get("Timeout", {}).get("AttemptDurationSeconds"):
            found.append(definition.breach("has no time limit"))
        rules = definition.properties.get("RetryStrategy", {}).get("EvaluateOnExit", [])
        retried = {v for rule in rules if rule["Action"] == "RETRY" for v in rule.values()}
        wanted = {"Host EC2*", "75"}
        if definition.properties["PlatformCapabilities"] == ["FARGATE"]:
            wanted.add(_SPOT_TASK_LOST)
        found += [definition.breach(f"is not retried on {r}") for r in sorted(wanted - retried)]
        if len(rules) > 5 or rules[-1:] != [{"OnReason": "*", "Action": "EXIT"}]:
            found.append(definition.breach("is retried on whatever else happens"))
    return found


def jobs_know_their_region_and_log_group(templates: Templates) -> list[str]:
    """On EC2 nothing else tells botocore the region."""
    found = []
    for definition in _definitions(templates):
        if _environment(definition).get("AWS_DEFAULT_REGION") != {"Ref": "AWS::Region"}:
            found.append(definition.breach("does not know its region"))
        log = definition.properties["ContainerProperties"].get("LogConfiguration", {})
        group = log.get("Options", {}).get("awslogs-group")
        if group not in [{"Ref": g.name} for g in resources(templates, "AWS::Logs::LogGroup")]:
            found.append(definition.breach("logs to no group of ours"))
    return found


def environments_scale_to_zero(templates: Templates) -> list[str]:
    """Nothing runs when nothing is to do, and a parameter says how much may."""
    found = []
    for environment in resources(templates, "AWS::Batch::ComputeEnvironment"):
        compute = environment.properties["ComputeResources"]
        if compute["Type"] in _EC2_KINDS and compute.get("MinvCpus") != 0:
            found.append(environment.breach("keeps machines that nobody needs"))
        if "Ref" not in str(compute.get("MaxvCpus")):
            found.append(environment.breach("has a ceiling that no parameter moves"))
        if "ServiceRole" in environment.properties:
            found.append(environment.breach("does without Batch's service-linked role"))
    return found


def spot_comes_first(templates: Templates) -> list[str]:
    """Each job queue tries Spot, and has capacity on demand behind it."""
    found = []
    for queue in resources(templates, "AWS::Batch::JobQueue"):
        order = [
            branch
            for entry in queue.properties["ComputeEnvironmentOrder"]
            for branch in branches(entry)
            if "Order" in branch
        ]
        order.sort(key=lambda entry: entry["Order"])
        names = [entry["ComputeEnvironment"]["Ref"] for entry in order]
        kinds = [
            templates[queue.file]["Resources"][name]["Properties"]["ComputeResources"]["Type"]
            for name in names
        ]
        if [kind in _SPOT_KINDS for kind in kinds] != [True, False]:
            found.append(queue.breach(f"uses {', '.join(kinds)}, in this order"))
    return found


def parts_of_long_videos_give_way(templates: Templates) -> list[str]:
    """Each compute has a second queue, of a lower priority, on the same machines."""
    queues = {
        q.properties["JobQueueName"]["Fn::Sub"]: q
        for q in resources(templates, "AWS::Batch::JobQueue")
    }
    found = []
    for compute in ("${NamePrefix}-gpu", "${NamePrefix}-cpu"):
        tasks, parts = queues[compute], queues[f"{compute}-segments"]
        if tasks.properties["Priority"] <= parts.properties["Priority"]:
            found.append(parts.breach("is served before whole tasks"))
        if (
            tasks.properties["ComputeEnvironmentOrder"]
            != parts.properties["ComputeEnvironmentOrder"]
        ):
            found.append(parts.breach("does not share the tasks' machines"))
    return found


def instances_need_imdsv2(templates: Templates) -> list[str]:
    """Of the launch template that every EC2 environment uses."""
    found = []
    for template in resources(templates, "AWS::EC2::LaunchTemplate"):
        options = template.properties["LaunchTemplateData"].get("MetadataOptions", {})
        if options.get("HttpTokens") != "required" or options.get("HttpPutResponseHopLimit") != 1:
            found.append(template.breach("hands out metadata too easily"))
    for environment in resources(templates, "AWS::Batch::ComputeEnvironment"):
        compute = environment.properties["ComputeResources"]
        if compute["Type"] in _EC2_KINDS and "LaunchTemplate" not in compute:
            found.append(environment.breach("starts instances without the launch template"))
    return found


def nothing_listens_to_the_internet(templates: Templates) -> list[str]:
    """No security group lets strangers in."""
    return [
        group.breach("lets everybody in")
        for group in resources(
            templates, "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"
        )
        for rule in group.properties.get("SecurityGroupIngress", [group.properties])
        if rule.get("CidrIp") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0"
    ]


def queues_end_jobs_that_fit_nowhere(templates: Templates) -> list[str]:
    """Else the first one that no machine can hold blocks all behind it."""
    wanted = {
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    }
    return [
        queue.breach("waits for ever for a job that fits nowhere")
        for queue in resources(templates, "AWS::Batch::JobQueue")
        if wanted != {a["Reason"] for a in queue.properties.get("JobStateTimeLimitActions", ())}
    ]


RULES: tuple[Rule, ...] = (
    queues_end_jobs_that_fit_nowhere,
    jobs_run_without_privileges,
    jobs_are_bounded_and_retried,
    jobs_know_their_region_and_log_group,
    environments_scale_to_zero,
    spot_comes_first,
    parts_of_long_videos_give_way,
    instances_need_imdsv2,
    nothing_listens_to_the_internet,
)
