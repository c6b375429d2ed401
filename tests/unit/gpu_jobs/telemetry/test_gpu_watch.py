from __future__ import annotations

import sys
from types import ModuleType

import pytest

from dh_core.cloud.metrics import GPU_MEMORY_PEAK, GPU_UTILISATION
from gpu_jobs.telemetry.gpu_watch import GpuWatch
from tests.unit.observability.flows import nvml


class NoDriver(Exception):
    """What NVML raises on a machine without NVIDIA's driver."""


def test_a_gpu_is_watched_while_the_block_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    with GpuWatch(1) as watch:
        pass
    assert watch.values() == {GPU_UTILISATION: 40.0, GPU_MEMORY_PEAK: 3000.0}


def test_without_a_driver_the_work_goes_on_and_nothing_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = ModuleType("pynvml")

    def no_driver() -> None:
        raise NoDriver

    library.__dict__.update(nvmlInit=no_driver, NVMLError=NoDriver)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    with GpuWatch(1) as watch:
        pass
    assert watch.values() == {}


def test_a_job_without_gpus_is_not_watched() -> None:
    with GpuWatch(0) as watch:
        pass
    assert watch.values() == {}
