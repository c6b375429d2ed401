"""The figures the model runs on, read from the two JSON files beside this module.

Every entry says where its value comes from: measured (with the command), published (not measured
here) or assumed (with the reason and, where it matters, a range).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).resolve().parent
CPU_ENGINES = "default"
GPU_ENGINES = "gpu"


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Seconds of the parts of a job, with one set of engines."""

    values: Mapping[str, float]
    engines: str = CPU_ENGINES

    @classmethod
    def read(cls, engines: str = CPU_ENGINES) -> Self:
        document = _read("service_times.json")
        entries: dict[str, Any] = {}
        for kind in ("measured", "published", "assumed"):
            entries |= document[kind]
        return cls({name: float(entry["value"]) for name, entry in entries.items()}, engines)

    def load(self, task_type: str) -> float:
        """Seconds until a job's models are in memory; a warm worker has paid them."""
        if self.engines == GPU_ENGINES and task_type in ("voice", "digital_human"):
            return self.values["load.gpu_engines"]
        return self.values[f"load.{task_type}"]

    @property
    def start(self) -> float:
        """Seconds of the container's process before a job is made."""
        return self.values["process_start"]

    @property
    def around(self) -> float:
        """Seconds that every run spends on its files: fetch, label, upload."""
        return self.values["transfer"] + self.values["label"]

    @property
    def speak(self) -> float:
        """Seconds of synthesis for a second of speech."""
        name = "voxcpm" if self.engines == GPU_ENGINES else "voice"
        return self.values[f"{name}.per_speech_second"]

    def render(self, frames_per_second: float) -> float:
        """Seconds of rendering for a second of video."""
        name = "musetalk" if self.engines == GPU_ENGINES else "render"
        return frames_per_second / self.values[f"{name}.frames_per_second"]


@dataclass(frozen=True, slots=True)
class ComputeFigures:
    """One kind of machines. Times in seconds; prices in dollars for a worker's hour."""

    max_workers: int
    scaling_interval: float
    provision: float
    image_pull: float
    placement: float
    idle_seconds: float
    reclaims_per_hour: float
    notice_seconds: float
    stops_at_notice: bool
    on_demand_share: float
    keeps_hosts: bool
    spot_price: float = 0.0
    on_demand_price: float = 0.0

    @classmethod
    def of(cls, entry: Mapping[str, Any], prices: tuple[float, float]) -> Self:
        """From its entry in assumptions.json and its (Spot, on-demand) price."""
        taken = {name: entry[name]["value"] for name in cls.__dataclass_fields__ if name in entry}
        return cls(
            **taken,
            keeps_hosts=entry["host"] == "ec2",
            spot_price=prices[0],
            on_demand_price=prices[1],
        )


@dataclass(frozen=True, slots=True)
class Recovery:
    """What happens to a run that its machine took along. Times in seconds."""

    runs_per_attempt: int
    attempts: int
    noticed_after: float
    silent_share: float
    silent_after: float

    @property
    def runs(self) -> int:
        """Runs that a task may lose before it fails."""
        return self.runs_per_attempt * self.attempts


@dataclass(frozen=True, slots=True)
class Assumptions:
    """assumptions.json: the workload's values as they stand, and the machines'."""

    workload: Mapping[str, Any]
    computes: Mapping[str, ComputeFigures]
    recovery: Recovery
    keep_alive_seconds: float
    fanout_seconds: float

    @classmethod
    def read(cls, prices: Mapping[str, float]) -> Self:
        """`prices`: by the names of tools/prices/prices.json."""
        document = _read("assumptions.json")
        return cls(
            workload={name: entry["value"] for name, entry in document["workload"].items()},
            computes={
                name: ComputeFigures.of(document[name], worker_prices(document[name], prices))
                for name in ("gpu", "cpu")
            },
            recovery=Recovery(
                **{name: entry["value"] for name, entry in document["recovery"].items()}
            ),
            keep_alive_seconds=document["keep_alive_seconds"]["value"],
            fanout_seconds=document["fanout_seconds"]["value"],
        )

    def with_compute(self, compute: str, **changes: Any) -> Assumptions:
        """The same with other figures for one kind of machines."""
        changed = replace(self.computes[compute], **changes)
        return replace(self, computes={**self.computes, compute: changed})


def worker_prices(entry: Mapping[str, Any], prices: Mapping[str, float]) -> tuple[float, float]:
    """Dollars for a worker's hour on Spot and on demand: an EC2 instance or a Fargate task."""
    found: list[float] = []
    for kind in ("spot", "on_demand"):
        if entry["host"] == "ec2":
            shares = entry["instances"]["value"].items()
            found.append(sum(share * prices[f"ec2.{name}.{kind}"] for name, share in shares))
        else:
            vcpus, memory = entry["vcpus"]["value"], entry["memory_gb"]["value"]
            found.append(
                vcpus * prices[f"fargate.vcpu.{kind}"] + memory * prices[f"fargate.gb.{kind}"]
            )
    return found[0], found[1]


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document
