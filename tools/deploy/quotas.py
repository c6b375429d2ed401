"""What the account and its region say against the parameters, asked before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tools.deploy.account import Account, or_none
from tools.deploy.parameters import Values

_UNRESERVED: Final = 100
"""Lambda keeps these for functions that reserve none (AWS Lambda Developer Guide, "Reserved")."""


def region_problems(account: Account, values: Values, reserved: int) -> list[str]:
    """What the region and the account's quotas say against the parameters."""
    problems = []
    if values["EnableBatch"] == "true" and not values["VpcId"]:
        zones = account.client("ec2").describe_availability_zones()["AvailabilityZones"]
        if len(zones) < int(values["AvailabilityZones"]):
            problems.append(
                f"AvailabilityZones={values['AvailabilityZones']} cannot work: "
                f"{account.region} has {len(zones)}; use 2."
            )
    if reserved:
        limits = account.client("lambda").get_account_settings()["AccountLimit"]
        most = limits["ConcurrentExecutions"] - _UNRESERVED
        if reserved > most:
            problems.append(
                f"ApiConcurrency={values['ApiConcurrency']} and DispatchConcurrency="
                f"{values['DispatchConcurrency']} reserve {reserved} executions, and the account "
                f"can reserve {max(0, most)}: use -1 for both, or raise its quota L-B99A9384."
            )
    return problems


def machine_problems(account: Account, types: Iterable[str], job: Mapping[str, int]) -> list[str]:
    """What EC2 says against running one job on machines of these types."""
    found = []
    client = account.client("ec2")
    for name in types:
        described = or_none(lambda: client.describe_instance_types(InstanceTypes=[name]))  # noqa: B023 - called at once
        facts = (described or {}).get("InstanceTypes", [])
        found += machine_faults(name, facts[0] if facts else None, job)
    return found


def machine_faults(name: str, facts: Mapping[str, Any] | None, job: Mapping[str, int]) -> list[str]:
    """`job` has `vcpus` and `memory` (MiB). Pure."""
    if facts is None:
        return [f"GpuInstanceTypes names {name!r}, which this region does not have."]
    problems = []
    if "x86_64" not in facts["ProcessorInfo"]["SupportedArchitectures"]:
        problems.append("is not x86_64, as the images are")
    makers = {gpu["Manufacturer"] for gpu in facts.get("GpuInfo", {}).get("Gpus", ())}
    if "NVIDIA" not in makers:
        problems.append("has no NVIDIA GPU")
    vcpus, memory = facts["VCpuInfo"]["DefaultVCpus"], facts["MemoryInfo"]["SizeInMiB"]
    if vcpus < job["vcpus"]:
        problems.append(f"has {vcpus} vCPUs, and GpuJobVcpus is {job['vcpus']}")
    # What the system and ECS keep for themselves: 16 GiB leave about 15,000 MiB.
    most = memory - max(1024, memory // 16)
    if most < job["memory"]:
        problems.append(f"leaves about {most} MiB, and GpuJobMemoryMiB is {job['memory']}")
    return [f"GpuInstanceTypes names {name}, which {problem}." for problem in problems]
