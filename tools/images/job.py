"""One real task, carried by an image's own Python against the embedded cloud.

The model files are published to the local bucket first, so that the worker fetches them as it
would on AWS.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3

from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import Table, TaskStore
from dh_core.store.tasks.records import NewTask, TaskRecord
from dh_core.tasks.states import Phase
from gpu_jobs.weights.bucket import BucketWeights
from infra.local.batch.jobs import substitute
from infra.local.cloud import template as templates
from infra.local.cloud.process import Ministack
from infra.local.cloud.provision import provision
from infra.local.data_dir import DataDir
from infra.local.environment.process import process_environment, without_aws
from tools.weights.publish import publish_set

ROOT = Path(__file__).resolve().parents[2]
TEXT = "您好，这句话是在镜像里说的。Hello from the image."
JOB_SECONDS = 300


class JobFailed(Exception):
    """The task did not complete; the message holds the end of the worker's log."""


def batch_command(compute: str) -> list[str]:
    """The command of the job definition of a compute (`Gpu` or `Cpu`) in infra/batch.yaml."""
    resources = templates.load(ROOT / "infra" / "batch.yaml")["Resources"]
    command: list[str] = resources[f"{compute}JobDefinition"]["Properties"]["ContainerProperties"][
        "Command"
    ]
    return command


def run_voice_tasks(
    environment: Mapping[str, str], data: Path, weights: Path, say: Callable[[str], None]
) -> None:
    """Two voice tasks, one after the other: with empty and with filled weights folder.

    `environment` is the image's, whole; `data` an empty folder for the cloud, `weights` holds the
    default set. Raises JobFailed.
    """
    (data / "cwd").mkdir(parents=True)
    with DataDir(data / "cloud") as folder:
        cloud = Ministack(folder)
        cloud.start()
        try:
            base = without_aws() | cloud.credentials | {"AWS_ENDPOINT_URL": cloud.url}
            with process_environment(base):
                template = templates.load(ROOT / "template.yaml")
                stack = provision(boto3.client("cloudformation"), template)
                names = stack.function_environment()
                uri = f"s3://{names['BUCKET_NAME']}/weights"
                publish_set(weights, BucketWeights.at(uri), lambda _: None)
                own = {name: base[name] for name in base if name.startswith("AWS_")}
                own |= {name: names[name] for name in ("TABLE_NAME", "BUCKET_NAME")}
                for state in ("empty", "filled"):
                    started = time.monotonic()
                    task = _submit(TaskStore(Table(names["TABLE_NAME"])))
                    log = _carry(task, {**environment, **own, "WEIGHTS_URI": uri}, data / "cwd")
                    seconds = time.monotonic() - started
                    _check(TaskStore(Table(names["TABLE_NAME"])), task)
                    fetched = re.findall(r"fetched \S+: [\d.]+ MB in [\d.]+ s", log)
                    say(f"voice task, weights folder {state}: {seconds:.1f} s {fetched}")
                    if bool(fetched) != (state == "empty"):
                        raise JobFailed(f"with the weights folder {state} it fetched {fetched}")
        finally:
            cloud.stop()


def _submit(tasks: TaskStore) -> TaskRecord:
    new = NewTask(
        owner="image-check",
        spec=VoiceSpec(text=TEXT),
        digest="image-check",
        missing=(),
        lease_seconds=600,
        retention_seconds=3600,
    )
    return tasks.dispatch(tasks.create(new).task.task_id, 600)


def _carry(task: TaskRecord, environment: Mapping[str, str], cwd: Path) -> str:
    """Run the worker to its end; answers with its log."""
    parameters = {"task_id": task.task_id, "attempt": str(task.attempt)}
    argv = [substitute(argument, parameters) for argument in batch_command("Cpu")]
    done = subprocess.run(  # noqa: S603 - the image's own command
        ["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in environment.items()), *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=JOB_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise JobFailed(f"exit status {done.returncode}:\n{done.stderr[-3000:]}")
    if any(cwd.iterdir()):
        raise JobFailed(f"the worker wrote into its working directory: {list(cwd.iterdir())}")
    return done.stdout + done.stderr


def _check(tasks: TaskStore, task: TaskRecord) -> None:
    done = tasks.get(task.task_id)
    if done is None or done.phase is not Phase.COMPLETED or done.result is None:
        raise JobFailed(f"the task is {done.phase if done else 'gone'}")
    if "audio" not in done.result["files"]:
        raise JobFailed("the task has no sound")
