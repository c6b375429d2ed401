"""Rights that depend on a setting, and that every service is judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_core.cloud import clients as aws
from dh_core.settings import DispatchSettings
from dh_core.specs.task_types.extract_audio import ExtractAudioSpec
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import TaskRecord
from functions.dispatch.clients.batch_jobs import BatchJobs
from infra.local.cloud import template as templates
from tests.unit.functions.dispatch.dispatcher import Dispatcher
from tests.unit.policies.calls import calls
from tests.unit.policies.roles import JOB_ROLE, ROOT, STACK, refusal


def test_jobs_of_both_lanes_have_the_same_rights() -> None:
    """Which lane carries a task is a setting, `SpeakingCompute`."""
    batch = templates.load(ROOT / "infra" / "batch.yaml")["Resources"]
    definitions = [r for r in batch.values() if r["Type"] == "AWS::Batch::JobDefinition"]
    roles = [d["Properties"]["ContainerProperties"]["JobRoleArn"] for d in definitions]
    assert roles == [{"Fn::GetAtt": [JOB_ROLE, "Arn"]}] * 2


@pytest.fixture(params=["gpu", "cpu"])
def settings(request: pytest.FixtureRequest, dispatcher: Dispatcher) -> DispatchSettings:
    """With the queues and definitions that the template gives the dispatcher."""
    root = templates.load(ROOT / "template.yaml")
    variables = root["Globals"]["Function"]["Environment"]["Variables"]
    resolver = templates.Resolver({"AWS::StackName": STACK, "SpeakingCompute": request.param}, {})
    names = {
        name.lower(): resolver.resolve(value)
        for name, value in variables.items()
        if name.startswith(("JOB_QUEUE_", "JOB_DEFINITION_"))
    }
    return dispatcher.deps.settings.model_copy(update=names)


@pytest.fixture
def asked(settings: DispatchSettings) -> Iterator[tuple[BatchJobs, list[tuple[str, Any]]]]:
    """Batch behind boto3's own client, and what was asked of it."""
    seen: list[tuple[str, Any]] = []
    client = aws.client("batch")

    def note(params: Any, model: Any, **_: Any) -> None:
        seen.append((model.name, params))

    def answer(**_: Any) -> Any:
        found = {"jobId": "job-1", "jobs": [{"status": "RUNNABLE"}]}
        return type("Answer", (), {"status_code": 200})(), found

    client.meta.events.register("provide-client-params.batch", note)
    client.meta.events.register("before-call.batch", answer)
    yield BatchJobs(settings, client=client), seen


@pytest.mark.parametrize("spec", [VoiceSpec(text="你好"), ExtractAudioSpec(video_file="a.mp4")])
def test_the_dispatcher_may_submit_and_end_jobs_of_every_lane(
    dispatcher: Dispatcher, asked: Any, spec: Any
) -> None:
    batch, seen = asked
    task: TaskRecord = dispatcher.create(spec)
    batch.submit(task)
    batch.submit_assistance(task, 3)
    batch.terminate("job-1", "nobody wants it")
    batch.client.cancel_job(jobId="job-1", reason="nobody wants it")
    assert {operation for operation, _ in seen} == {"SubmitJob", "TerminateJob", "CancelJob"}
    for operation, parameters in seen:
        for call in calls("batch", operation, parameters):
            assert refusal("TasksFunction", call) is None


def test_the_sweep_may_ask_whether_a_job_waits(asked: Any) -> None:
    batch, seen = asked
    assert batch.is_waiting("job-1")
    ((operation, parameters),) = seen
    for call in calls("batch", operation, parameters):
        assert refusal("SweepFunction", call) is None


def test_every_service_that_we_make_clients_of_is_judged() -> None:
    """A new one must be told to `calls`, or no role is held to it."""
    sources = [ROOT / "layers", ROOT / "functions", ROOT / "gpu_jobs"]
    texts = [path.read_text() for folder in sources for path in Path(folder).rglob("*.py")]
    made = {
        line.partition('aws.client("')[2].partition('"')[0]
        for text in texts
        for line in text.splitlines()
        if 'aws.client("' in line
    }
    assert made == {"s3", "sqs", "secretsmanager", "batch"}
    assert not any("boto3.client(" in text for text in texts if "def _guarded" not in text)
