"""`SpeakingLane=cpu`: the tasks of the GPU lane on the CPU lane's machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("lane", ["gpu", "cpu"])
def test_the_dispatcher_submits_to_queues_and_definitions_of_the_lane(root, batch, lane) -> None:
    variables = root["Globals"]["Function"]["Environment"]["Variables"]
    resolver = templates.Resolver({"AWS::StackName": STACK, "SpeakingLane": lane}, {})
    names = batch_jobs.parameters(batch, prefix=STACK)
    queues = batch_jobs.job_queues(batch, names)
    definitions = batch_jobs.job_definitions(batch, names)
    assert resolver.resolve(variables["JOB_QUEUE_GPU"]) == f"{STACK}-{lane}"
    assert resolver.resolve(variables["JOB_QUEUE_GPU"]) in queues
    assert resolver.resolve(variables["JOB_QUEUE_GPU_SEGMENTS"]) in queues
    assert resolver.resolve(variables["JOB_DEFINITION_GPU"]) in definitions


@pytest.mark.parametrize("name", ["WAITING_GPU_QUEUE_URL", "LINGER_SECONDS_GPU", "FANOUT_SECONDS"])
def test_workers_linger_and_share_out_there_as_they_do_on_gpus(batch, name) -> None:
    on_gpu, on_cpu = (environment(batch, f"{lane}JobDefinition") for lane in ("Gpu", "Cpu"))
    assert on_cpu[name] == on_gpu[name]


def test_no_gpu_image_is_asked_for_but_gpu_engines_are_refused(root) -> None:
    images = root["Rules"]["BatchNeedsImages"]["Assertions"][0]["Assert"]["Fn::Or"]
    assert {"Fn::Equals": [{"Ref": "SpeakingLane"}, "cpu"]} in images
    refused = root["Rules"]["GpuEnginesNeedGpus"]
    assert refused["RuleCondition"] == {"Fn::Equals": [{"Ref": "SpeakingLane"}, "cpu"]}
    assert refused["Assertions"][0]["Assert"]["Fn::And"] == [
        {"Fn::Equals": [{"Ref": "SpeechEngine"}, "kokoro"]},
        {"Fn::Equals": [{"Ref": "LipsyncEngine"}, "retrieval"]},
    ]
