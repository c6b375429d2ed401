from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dh_core.settings import DispatchSettings
from functions.dispatch.batch.jobs import BatchJobs
from functions.dispatch.deps import Dependencies
from tests.unit.functions.dispatch.dispatcher import Dispatcher, FakeBatchClient

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


@pytest.fixture
def dispatcher(moto_cloud: MotoCloud) -> Dispatcher:
    settings = DispatchSettings(
        table_name=moto_cloud.table.name,
        bucket_name=moto_cloud.media.bucket,
        task_queue_url=moto_cloud.queue_url,
        job_queue_gpu="gpu-queue",
        job_queue_cpu="cpu-queue",
        job_queue_gpu_segments="gpu-segments",
        job_queue_cpu_segments="cpu-segments",
        job_definition_gpu="gpu-job",
        job_definition_cpu="cpu-job",
    )
    client = FakeBatchClient()
    deps = Dependencies(settings)
    deps.__dict__["batch"] = BatchJobs(settings, client=client)
    return Dispatcher(deps, client, moto_cloud)
