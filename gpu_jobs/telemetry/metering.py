"""Measures what an attempt costs, from its start to the question."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from dh_core.tasks.usage import Usage


class Meter:
    """Runs from its making. Processor time is this process's and its ended children's."""

    def __init__(self, gpu_count: int) -> None:
        self._gpu_count = gpu_count
        self._wall = time.monotonic()
        self._cpu = _cpu_seconds()

    def of(self, result: Mapping[str, Any] | None) -> Usage:
        """The attempt's usage; `result` as the task keeps it (`files`, `data`), if it has one.

        Every job that makes sound or video says in its data how long that is.
        """
        held = (time.monotonic() - self._wall) * self._gpu_count
        files = result["files"] if result else {}
        length = float(result["data"].get("duration", 0.0)) if result and files else 0.0
        return Usage(
            attempts=1,
            cpu_ms=_milliseconds(_cpu_seconds() - self._cpu),
            gpu_ms=_milliseconds(held),
            output_ms=_milliseconds(length),
            video_ms=_milliseconds(length) if "video" in files else 0,
            output_bytes=sum(file["size"] for file in files.values()),
        )


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _milliseconds(seconds: float) -> int:
    return round(max(seconds, 0.0) * 1000)
