"""Which compute runs a lane is decided in template.yaml alone, and either can run any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_core.tasks.lanes import LANES
from infra.local.batch import jobs as batch_jobs
from infra.local.cloud import template as templates

ROOT = Path(__file__).resolve().parents[3]
STACK = "app"


@pytest.fixture(scope="module")
def root() -> templates.Template:
    return templates.load(ROOT / "template.yaml")


@pytest.fixture(scope="module")
def batch() -> templates.Template:
    return templates.load(ROOT / "infra" / "batch.yaml")


def environment(batch: templates.Template, definition: str) -> dict[str, Any]:
    container = batch["Resources"][definition]["Properties"]["ContainerProperties"]
    return {item["Name"]: item["Value"] for item in container["Environment"]}


@pytest.mark.parametrize("compute", ["gpu", "cpu"])
def test_the_dispatcher_submits_to_the_compute_of_the_lane(root, batch, compute) -> None:
    variables = root["Globals"]["Function"]["Environment"]["Variables"]
    resolver = templates.Resolver({"AWS::StackName": STACK, "SpeakingCompute": compute}, {})
    names = batch_jobs.parameters(batch, prefix=STACK)
    queues = batch_jobs.job_queues(batch, names)
    definitions = batch_jobs.job_definitions(batch, names)
    assert resolver.resolve(variables["JOB_QUEUE_SPEAKING"]) == f"{STACK}-{compute}"
    assert resolver.resolve(variables["JOB_QUEUE_EDITING"]) == f"{STACK}-cpu"
    for lane in (lane.upper() for lane in LANES):
        assert resolver.resolve(variables[f"JOB_QUEUE_{lane}"]) in queues
        assert resolver.resolve(variables[f"JOB_QUEUE_{lane}_SEGMENTS"]) in queues
        assert resolver.resolve(variables[f"JOB_DEFINITION_{lane}"]) in definitions


def test_nothing_below_the_root_template_ties_a_lane_to_a_compute(batch) -> None:
    on_gpu, on_cpu = (environment(batch, f"{compute}JobDefinition") for compute in ("Gpu", "Cpu"))
    assert on_gpu.keys() == on_cpu.keys()
    apart = {name for name in on_gpu if on_gpu[name] != on_cpu[name]}
    assert apart == {"THREADS"}
    for lane in (lane.upper() for lane in LANES):
        assert {f"WAITING_{lane}_QUEUE_URL", f"KEEP_ALIVE_SECONDS_{lane}"} <= on_cpu.keys()


def test_no_gpu_image_is_asked_for_but_gpu_engines_are_refused(root) -> None:
    images = root["Rules"]["BatchNeedsImages"]["Assertions"][0]["Assert"]["Fn::Or"]
    assert {"Fn::Equals": [{"Ref": "SpeakingCompute"}, "cpu"]} in images
    refused = root["Rules"]["GpuEnginesNeedGpus"]
    assert refused["RuleCondition"] == {"Fn::Equals": [{"Ref": "SpeakingCompute"}, "cpu"]}
    assert refused["Assertions"][0]["Assert"]["Fn::And"] == [
        {"Fn::Equals": [{"Ref": "SpeechEngine"}, "kokoro"]},
        {"Fn::Equals": [{"Ref": "LipsyncEngine"}, "retrieval"]},
    ]
