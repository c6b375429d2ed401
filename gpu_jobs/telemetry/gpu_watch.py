"""How busy the GPUs are while a task runs, where there are GPUs and NVIDIA's library to ask.

NVML answers for the devices that the container was given. Its utilisation is the share of the last
sample period (1/6 s to 1 s, by device) in which a kernel ran (NVML API reference,
`nvmlUtilization_t`): 100 % says busy, not well used.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Any, Final, Self

from dh_core.cloud.metrics import GPU_MEMORY_PEAK, GPU_UTILISATION, Metric

logger = logging.getLogger(__name__)

_INTERVAL_SECONDS: Final = 1.0
_MEGABYTE: Final = 1_000_000


class GpuWatch:
    """Looks at all visible GPUs once a second, for the length of a `with` block."""

    def __init__(self, gpu_count: int) -> None:
        """Without GPUs nothing is loaded and nothing is watched."""
        self._gpu_count = gpu_count
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._busy: list[float] = []
        self._peak_bytes = 0

    def __enter__(self) -> Self:
        if self._gpu_count:
            nvml = _nvml()
            if nvml is not None:
                self._thread = threading.Thread(
                    target=self._look_on, args=(nvml,), name="gpu-watch", daemon=True
                )
                self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def values(self) -> dict[Metric, float]:
        """The mean over time and GPUs, and the most memory that one GPU held; empty if unknown."""
        if not self._busy:
            return {}
        return {
            GPU_UTILISATION: sum(self._busy) / len(self._busy),
            GPU_MEMORY_PEAK: self._peak_bytes / _MEGABYTE,
        }

    def _look_on(self, nvml: Any) -> None:
        try:
            count = nvml.nvmlDeviceGetCount()
            devices = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
            while True:
                for device in devices:
                    self._busy.append(float(nvml.nvmlDeviceGetUtilizationRates(device).gpu))
                    used = int(nvml.nvmlDeviceGetMemoryInfo(device).used)
                    self._peak_bytes = max(self._peak_bytes, used)
                if self._done.wait(_INTERVAL_SECONDS):
                    return
        except nvml.NVMLError as error:
            # The work goes on without being watched.
            logger.warning("the GPUs are not watched: %s", error)


def _nvml() -> Any | None:
    """NVML, initialised; None where it is not installed or finds no driver."""
    try:
        import pynvml  # noqa: PLC0415 - in the GPU image only
    except ImportError:
        logger.warning("the GPUs are not watched: nvidia-ml-py is not installed")
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        logger.warning("the GPUs are not watched: %s", error)
        return None
    return pynvml
