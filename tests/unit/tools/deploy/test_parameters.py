"""A parameter that cannot work is refused before anything is made, with what would work."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tools.deploy.parameters import (
    ENVIRONMENTS,
    environment_bytes,
    environment_values,
    problems,
    reserved_concurrency,
    root_template,
    with_defaults,
)
from tools.deploy.quotas import machine_faults, region_problems

TEMPLATE = root_template()
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/1"
SSO = {"AuthExternalIssuer": "a", "AuthExternalAudience": "b", "AuthExternalKeys": "k" * 1200}
FOUR = {"CpuJobVcpus": "4", "CpuJobMemoryMiB": "8192"}
ON_GPU = {"SpeakingCompute": "gpu", "GpuImageUri": "another image"}
GIVEN = {"AuthSecretsId": "keys", "CpuImageUri": "an image"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_environments_can_be_deployed(environment: str) -> None:
    assert problems(TEMPLATE, {**GIVEN, **environment_values(environment)}) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"VpcCdr": "10.0.0.0/16"}, "did you mean VpcCidr?"),
        ({"Zzz": "1"}, "docs/deploy.md lists all"),
        ({"VpcCidr": "10.20.0.0/24"}, "between /16 and /20"),
        ({"VpcCidr": "300.1.0.0/16"}, "such as 10.20.0.0/16"),
        ({"VpcCidr": "10.20.5.0/20"}, "use 10.20.0.0/20"),
        ({"VpcCidr": "8.8.0.0/16"}, "public"),
        ({"CpuJobVcpus": "4"}, "CpuJobMemoryMiB 8192 or 16384"),
        ({"CpuJobMemoryMiB": "2048"}, "CpuJobMemoryMiB='2048', CpuJobVcpus='2'"),
        ({"CpuJobVcpus": "3"}, "use 1, 2, 4 or 8"),
        ({"RetentionDays": "2"}, "RetentionDays='2' cannot work: use 3 or more"),
        ({"RetentionDays": "9999"}, "use up to 3650"),
        ({"RetentionDays": "a month"}, "use a whole number"),
        ({"MediaPublicUrl": "ftp://media"}, "MediaPublicUrl='ftp://media'"),
        ({"SpeechEngine": "voxcpm"}, "SpeakingCompute cpu is for the engines kokoro"),
        ({"AuthSecretsId": ""}, "AuthMode token needs AuthSecretsId"),
        ({"VpcId": "vpc-1"}, "VpcId needs SubnetIds"),
        ({"VpcId": "the usual one"}, "an id such as vpc-0a1b2c3d"),
        ({"CpuSpotMaxVcpus": "2", **FOUR}, "CpuSpotMaxVcpus='2' cannot work: a job takes 4"),
        ({"CpuOnDemandMaxVcpus": "2", **FOUR}, "CpuOnDemandMaxVcpus='2'"),
        (
            {**ON_GPU, "GpuJobVcpus": "8", "GpuOnDemandMaxVcpus": "0", "GpuSpotMaxVcpus": "4"},
            "use that",
        ),
        ({**ON_GPU, "SpeechEngine": "voxcpm"}, "which a T4 lacks"),
        ({"DispatchConcurrency": "11"}, "QueueConcurrency wants 12 of it"),
        ({"DispatchConcurrency": "20", "WebhookConcurrency": "40"}, "WebhookConcurrency wants 40"),
        (
            {"AuthSecretsId": "arn:aws:secretsmanager:b"},
            "the secret's name, not its ARN",
        ),
        ({"ApiCertificateArn": "mine"}, "aws acm request-certificate"),
        ({"MediaCertificateArn": CERTIFICATE.replace("us-east-1", "eu-west-1")}, "of us-east-1"),
        ({"MediaCertificateArn": CERTIFICATE, "MediaPublicUrl": "http://m.example"}, "https only"),
        ({"MediaIamCertificateId": "ASCA1", "MediaPublicUrl": "http://m.example"}, "https only"),
        ({"AuthExternalIssuer": "https://sso"}, "AuthExternalAudience and AuthExternalKeys go"),
        ({"AlarmEmail": "nobody"}, "an address such as"),
        ({"ModerationWords": "好" * 401}, "401 characters; use 0 to 400"),
        ({"ModerationWords": "好" * 400, **SSO}, "Lambda takes 4096"),
    ],
)
def test_what_cannot_work_is_named_with_its_value_and_what_would(
    given: dict[str, str], said: str
) -> None:
    (problem,) = problems(TEMPLATE, {**GIVEN, **given})
    assert said in problem


def test_the_variables_of_every_function_fit_with_the_defaults() -> None:
    values = with_defaults(TEMPLATE, GIVEN)
    assert environment_bytes(TEMPLATE, values, "ApiFunction") < 3000


class Region:
    """An account's answers on two zones and on what Lambda allows."""

    region = "us-west-1"

    def __init__(self, executions: int) -> None:
        self.executions = executions

    def client(self, service: str) -> Any:
        answers = {
            "describe_availability_zones": {"AvailabilityZones": [{}, {}]},
            "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": self.executions}},
        }
        return SimpleNamespace(**{name: lambda a=answer: a for name, answer in answers.items()})


def test_what_the_account_and_its_region_do_not_have_is_refused() -> None:
    prod = with_defaults(TEMPLATE, environment_values("prod"))
    reserved = reserved_concurrency(TEMPLATE, prod)
    zones, quota = region_problems(Region(100), prod, reserved)  # type: ignore[arg-type] # acts as an Account
    assert zones == "AvailabilityZones=3 cannot work: us-west-1 has 2; use 2."
    assert f"reserve {reserved} executions, and the account can reserve 0: use -1" in quota
    dev = with_defaults(TEMPLATE, environment_values("dev"))
    assert reserved_concurrency(TEMPLATE, dev) == 0
    assert region_problems(Region(100), dev, 0) == []  # type: ignore[arg-type] # acts as an Account


JOB = {"vcpus": 4, "memory": 14336}
XLARGE = {
    "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
    "VCpuInfo": {"DefaultVCpus": 4},
    "MemoryInfo": {"SizeInMiB": 16384},
    "GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA"}]},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GpuInfo": {"Gpus": [{"Manufacturer": "AMD"}]}}, "has no NVIDIA GPU"),
        ({"GpuInfo": {}}, "has no NVIDIA GPU"),
        ({"VCpuInfo": {"DefaultVCpus": 2}}, "has 2 vCPUs, and GpuJobVcpus is 4"),
        ({"MemoryInfo": {"SizeInMiB": 8192}}, "leaves about 7168 MiB"),
        ({"ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}, "is not x86_64"),
    ],
)
def test_a_machine_that_cannot_hold_a_job_is_refused(change: dict[str, object], said: str) -> None:
    assert machine_faults("g4dn.xlarge", XLARGE, JOB) == []
    (fault,) = machine_faults("other", {**XLARGE, **change}, JOB)
    assert said in fault


def test_a_machine_that_the_region_lacks_is_refused() -> None:
    (fault,) = machine_faults("g99.xlarge", None, JOB)
    assert "g99.xlarge" in fault
