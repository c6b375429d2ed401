"""A task that runs on moto's cloud and may be helped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dh_core.specs.task_types.digital_human import DigitalHumanSpec
from dh_core.store import Claim, NewTask, SegmentStore
from gpu_jobs.fanout.coordinator import FanOut, TaskHelpers
from gpu_jobs.jobs.cancellation import CancellationToken

if TYPE_CHECKING:
    from tests.conftest import MotoCloud


def running_task(cloud: MotoCloud) -> Claim:
    spec = DigitalHumanSpec(speech_audio="speech.wav", sample_video="person.mp4")
    new = NewTask(
        owner="owner",
        spec=spec,
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=3600,
    )
    task_id = cloud.tasks.create(new).task.task_id
    cloud.tasks.dispatch(task_id, 60)
    return cloud.tasks.start(task_id, 1, 1, 60)


def segments_of(cloud: MotoCloud) -> SegmentStore:
    return SegmentStore(cloud.table, cloud.clock)


def helpers_of(cloud: MotoCloud, claim: Claim, token: CancellationToken) -> TaskHelpers:
    fan_out = FanOut(5.0, segments_of(cloud), cloud.tasks, cloud.media, cloud.queue)
    return fan_out.for_task(claim, token)


def token() -> CancellationToken:
    return CancellationToken(on_stop=lambda: None, on_grace_over=lambda _: None)


def targets(folder: Path, count: int) -> list[Path]:
    return [folder / f"segment-{number}.mp4" for number in range(count)]
