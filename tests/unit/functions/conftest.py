from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dh_core.settings import DispatchSettings
from functions.dispatch.clients.batch_jobs import BatchJobs
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
        job_queue_speaking="speaking-queue",
        job_queue_editing="editing-queue",
        job_queue_speaking_segments="speaking-segments",
        job_queue_editing_segments="editing-segments",
        job_definition_speaking="speaking-job",
        job_definition_editing="editing-job",
    )
    client = FakeBatchClient()
    deps = Dependencies(settings)
    deps.__dict__["batch"] = BatchJobs(settings, client=client)
    return Dispatcher(deps, client, moto_cloud)
