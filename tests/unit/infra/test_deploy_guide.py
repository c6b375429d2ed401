"""docs/deploy.md: its commands can be run, as far as that shows without an account."""

import email
import os
import re
import shlex
import subprocess
import tomllib
from functools import cache

import pytest
import yaml
from botocore.loaders import Loader

from tests.unit.infra.template_rules.model import ROOT, load_all

GUIDE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.M | re.S)
SCRIPT = "\n".join(BLOCKS)
TEMPLATES = load_all()
PARAMETERS = TEMPLATES["template.yaml"]["Parameters"]
ENVIRONMENTS = ("dev", "prod")

# What the AWS command line adds to the operations of the API, and what it takes with every one.
CUSTOM = {
    ("cloudformation", "deploy"),
    ("ecr", "get-login-password"),
    ("logs", "tail"),
    ("s3", "cp"),
    ("s3", "rm"),
}
MODEL_NAMES = {"s3api": "s3"}
EVERYWHERE = {"query", "output", "region", "max-items"}
COMMAND = re.compile(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)(.*?)(?=$|\||\)|;|>)", re.M)


def commands():
    """(service, operation, names of its options) of every `aws` command."""
    text = SCRIPT.replace("\\\n", " ")
    # What stands in quotes may hold anything; options do not.
    text = re.sub(r"'[^']*'|(?<=--query )\"[^\"]*\"|(?<=pattern )\"(?:[^\"\\]|\\.)*\"", "X", text)
    for service, operation, rest in COMMAND.findall(text):
        yield service, operation, re.findall(r"(?<!\S)--([a-z0-9-]+)", rest)


@cache
def operations(service):
    """Options by operation, as the command line spells them."""
    model = Loader().load_service_model(MODEL_NAMES.get(service, service), "service-2")
    found = {}
    for name, operation in model["operations"].items():
        members = (
            model["shapes"][operation["input"]["shape"]]["members"] if "input" in operation else {}
        )
        found[kebab(name)] = {
            kebab(member): model["shapes"][m["shape"]] for member, m in members.items()
        }
    return found


def kebab(name):
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1-\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", spaced).lower()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_bash_can_read_the_block(block):
    result = subprocess.run(
        ["bash", "-n"], input=block, capture_output=True, text=True, check=False, timeout=10
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("service", sorted({service for service, _, _ in commands()}))
def test_aws_knows_the_operations_and_their_options(service):
    for _, operation, options in (c for c in commands() if c[0] == service):
        if (service, operation) in CUSTOM or operation == "wait":
            continue
        known = operations(service)
        assert operation in known, f"aws {service} {operation}"
        allowed = known[operation].keys() | EVERYWHERE
        allowed |= {
            f"no-{name}" for name, shape in known[operation].items() if shape["type"] == "boolean"
        }
        assert set(options) <= allowed, f"aws {service} {operation}"


def test_what_is_waited_for_exists():
    waited = re.findall(r"aws ([a-z0-9-]+) wait ([a-z-]+)", SCRIPT)
    assert waited
    for service, condition in waited:
        waiters = Loader().load_service_model(service, "waiters-2")["waiters"]
        assert condition in {kebab(name) for name in waiters}


def test_each_file_that_is_named_exists():
    named = re.findall(r"\b(?:infra|docs|tests|gpu_jobs)/[\w./-]+\w", GUIDE)
    named += re.findall(r"\]\((\w[\w./-]+\.md)\)", GUIDE)
    assert len(named) > 10
    for path in named:
        assert (ROOT / path).exists() or (ROOT / "docs" / path).exists(), path


def test_each_parameter_that_a_command_sets_is_one_of_the_template():
    given = re.findall(r"\b([A-Z][A-Za-z]+)=", "".join(re.findall(r"\"[A-Z]\w+=.*", SCRIPT)))
    given += re.findall(r"`(?:\S+ )*([A-Z][a-z][A-Za-z]+)=", GUIDE)
    assert {"SpeakingCompute", "RequireConsent", "MediaPublicUrl"} <= set(given)
    assert set(given) <= {*PARAMETERS, *TEMPLATES["infra/studio.yaml"]["Parameters"]}


def test_each_output_that_a_command_reads_is_one_of_a_stack():
    outputs = {name for template in TEMPLATES.values() for name in template.get("Outputs", {})}
    asked = re.findall(r"output \"\$(?:STACK|REGISTRY)\" (\w+)", SCRIPT)
    asked += re.findall(r"\b(\w+LogGroupName)\b", SCRIPT)
    assert len(asked) >= 5
    assert set(asked) <= outputs


def test_six_statements_at_most_lie_between_an_engineer_and_the_first_video():
    way = GUIDE.partition("\n## ")[0]
    statements = [line for block in BLOCKS if block in way for line in block.splitlines() if line]
    assert statements == ["export AWS_REGION=us-east-1", "make deploy ENVIRONMENT=dev"]


def test_the_images_are_targets_of_the_dockerfile():
    dockerfile = (ROOT / "gpu_jobs" / "images" / "Dockerfile").read_text(encoding="utf-8")
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.M))
    assert set(re.findall(r"--target ([\w-]+)", GUIDE)) <= stages


def test_the_guide_lists_every_parameter_with_its_default():
    section = GUIDE.split("\n## Parameters\n")[1].split("\n## ")[0]
    cells = [line.split("|")[2] for line in section.splitlines() if line.startswith("| ")][1:]
    listed = re.findall(r"`(\w+)(?:=([^`]*))?`", "".join(cells))
    wanted = [(name, str(one.get("Default", ""))) for name, one in PARAMETERS.items()]
    assert sorted(listed) == sorted(wanted)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_described_in_one_or_two_short_sentences(name):
    described = PARAMETERS[name]["Description"].split()
    assert 3 <= len(described) <= 25
    assert described[-1].endswith(".")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_sets_known_parameters_to_allowed_values(environment):
    path = ROOT / "infra" / "environments" / f"{environment}.yaml"
    for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        assert name in PARAMETERS
        allowed = PARAMETERS[name].get("AllowedValues", [value])
        assert value in allowed, name
        assert (PARAMETERS[name]["Type"] == "Number") == isinstance(value, int), name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_sam_deploys_an_environment_with_its_own_file(environment):
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    deploy = config[environment]["deploy"]["parameters"]
    assert deploy["stack_name"] == f"digital-human-{environment}"
    assert deploy["parameter_overrides"] == [f"file://infra/environments/{environment}.yaml"]
    assert set(deploy["capabilities"]) == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}


def test_production_leaves_lambda_a_hundred_executions_of_its_usual_quota():
    values = yaml.safe_load((ROOT / "infra" / "environments" / "prod.yaml").read_text())
    functions = TEMPLATES["template.yaml"]["Resources"].values()
    reserved = [
        f["Properties"]["ReservedConcurrentExecutions"]["Fn::If"][1]
        for f in functions
        if f["Type"] == "AWS::Serverless::Function"
    ]
    total = sum(values[r["Ref"]] if isinstance(r, dict) else r for r in reserved)
    assert total <= 1000 - 100
    assert f"reserves {total}" in GUIDE


@pytest.fixture
def setup_script():
    """What a new GPU instance runs: the one part of its launch template's user data."""
    launch = TEMPLATES["infra/batch.yaml"]["Resources"]["LaunchTemplate"]["Properties"]
    text = launch["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    (part,) = email.message_from_string(text).get_payload()
    assert part.get_content_type() == "text/x-shellscript"
    return part.get_payload()


def test_an_instance_without_its_own_disk_still_gets_the_jobs_folder(setup_script, tmp_path):
    """The script runs, its system commands replaced by ones that write down what they were told."""
    assert setup_script.startswith("#!/bin/bash\n")
    for path in ("/etc/", "/scratch", "/dev/disk/"):
        setup_script = setup_script.replace(f" {path}", f" {tmp_path}{path}")
    tools, log = tmp_path / "bin", tmp_path / "log"
    for folder in (tools, tmp_path / "etc/ecs", tmp_path / "etc/tmpfiles.d"):
        folder.mkdir(parents=True)
    for name in ("iptables", "mkfs.xfs", "mount", "install"):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {shlex.quote(str(log))}\n')
        (tools / name).chmod(0o755)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-c", setup_script], env=environment, check=True, timeout=10)
    firewall, folders = log.read_text().splitlines()
    assert firewall.startswith("iptables -I OUTPUT -d 169.254.169.254")
    assert folders.startswith("install -d -m 0700 -o 10001 -g 10001")
    assert "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached" in (tmp_path / "etc/ecs/ecs.config").read_text()
    assert (tmp_path / "scratch").is_dir()
