"""What a finished minute costs: measured seconds times dated prices. Pure arithmetic, in dollars.

A job's seconds come from simulation/scale_model/service_times.json, machines from assumptions.json
beside it, prices from tools/prices/prices.json, requests from usage_per_task.json, and what a task
costs in the table from table_load.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.scale_model.day import LANE_OF, Scenario
from simulation.scale_model.figures import CPU_ENGINES, GPU_ENGINES, Assumptions, ServiceTimes
from simulation.scale_model.limits.demands import Figures
from simulation.scale_model.workload import TYPES
from tools.prices.prices import PriceTable

_FOLDER = Path(__file__).resolve().parent
MINUTE = 60.0
ROWS = (
    ("voice", CPU_ENGINES, "gpu"),
    ("digital_human", CPU_ENGINES, "gpu"),
    ("compose", CPU_ENGINES, "gpu"),
    ("template", CPU_ENGINES, "gpu"),
    ("extract_audio", CPU_ENGINES, "gpu"),
    ("voice", CPU_ENGINES, "cpu"),
    ("digital_human", CPU_ENGINES, "cpu"),
    ("compose", CPU_ENGINES, "cpu"),
    ("voice", GPU_ENGINES, "gpu"),
    ("digital_human", GPU_ENGINES, "gpu"),
)
"""Type, engines, and SpeakingCompute where it is not gpu."""


@dataclass(frozen=True, slots=True)
class Row:
    """A finished minute of one type, made as one task. `work`, `cold`: seconds of a warm worker,
    and what a new container adds. Dollars of the job with a warm worker on Spot, a new container on
    Spot, a new container on demand; and of the requests to the table."""

    task_type: str
    engines: str
    compute: str
    work: float
    cold: float
    warm_spot: float
    cold_spot: float
    cold_on_demand: float
    table: float


@dataclass(frozen=True, slots=True)
class CostModel:
    """All figures read once."""

    prices: PriceTable
    assumptions: Assumptions
    usage: Mapping[str, float]
    table: Figures

    @classmethod
    def read(cls, prices: PriceTable) -> CostModel:
        document = read_document("usage_per_task.json")
        usage = {
            name: float(entry["value"])
            for name, entry in document.items()
            if isinstance(entry, dict)
        }
        return cls(prices, Assumptions.read(prices.values()), usage, Figures.read())

    def rows(self) -> list[Row]:
        """Every type with every engine that can make it."""
        return [self._row(*row) for row in ROWS]

    def _row(self, task_type: str, engines: str, speaking_compute: str) -> Row:
        times = ServiceTimes.read(engines)
        scenario = Scenario("as it is priced", speaking_compute=speaking_compute)
        compute = scenario.compute_of(LANE_OF[TYPES.index(task_type)])
        machines = self.assumptions.computes[compute]
        work = work_seconds(task_type, times, self.assumptions.workload)
        cold = times.start + times.load(task_type)
        spot, on_demand = machines.spot_price / 3600.0, machines.on_demand_price / 3600.0
        return Row(
            task_type,
            engines,
            compute,
            work,
            cold,
            work * spot,
            (work + cold) * spot,
            (work + cold) * on_demand,
            self.table_dollars(work),
        )

    def table_dollars(self, busy_seconds: float) -> float:
        """Of the requests to the table for a task that runs so long."""
        task, figures = self.table.table["ordinary"]["task"], self.table
        writes: float = task["write_units"] + figures.running("write_units") * busy_seconds
        reads: float = task["read_units"] + figures.handling["poll_read_units"] + busy_seconds
        price = self.prices
        return writes * price["dynamodb.write_unit"] + reads * price["dynamodb.read_unit"]

    def around_a_video(self, busy_seconds: float, seconds: float = MINUTE) -> dict[str, float]:
        """What a video of `seconds` costs beside the job, which runs for `busy_seconds`."""
        used, price = self.usage, self.prices
        result_gb = used["video_mbit_per_second"] * seconds / 8.0 / 1000.0
        stored = (result_gb + used["upload_gb"]) * used["retention_months"]
        requests = used["api_requests"] * (
            price["api_gateway.http_request"] + price["lambda.request"]
        )
        functions = used["dispatch_calls"] * price["lambda.request"]
        functions += (used["api_gb_seconds"] + used["dispatch_gb_seconds"]) * price[
            "lambda.gb_second"
        ]
        return {
            "delivery": result_gb * price["transfer.out_gb"],
            "storage": stored * price["s3.storage_gb"],
            "table": self.table_dollars(busy_seconds),
            "gateway and functions": requests + functions,
            "bucket requests": used["s3_puts"] * price["s3.put"]
            + used["s3_gets"] * price["s3.get"],
            "queues": used["sqs_requests"] * price["sqs.request"],
            "logs": used["log_gb"] * price["cloudwatch.logs_gb"],
        }

    def start_of_a_machine(self) -> float:
        """A GPU worker that comes for one task only: boot, image and idle time, on Spot."""
        gpu = self.assumptions.computes["gpu"]
        seconds = gpu.provision + gpu.image_pull + gpu.idle_seconds
        return seconds * gpu.spot_price / 3600.0


def work_seconds(task_type: str, times: ServiceTimes, workload: Mapping[str, Any]) -> float:
    """Seconds of a warm worker for a task whose result is a minute long."""
    value = times.values
    if task_type == "template":
        return MINUTE * value["template.per_preview_second"] + times.around
    if task_type == "extract_audio":
        return MINUTE * value["extract_audio.per_second"] + times.around
    seconds = MINUTE * times.speak + times.around
    if task_type == "digital_human":
        unprepared = 1.0 - workload["prepared_share"]
        seconds += unprepared * workload["sample_seconds"] * value["prepare.per_sample_second"]
        seconds += MINUTE * times.render(workload["frames_per_second"])
    if task_type == "compose":
        seconds += MINUTE / value["compose.times_real_time"]
    return seconds


def standing_lines(prices: PriceTable) -> list[tuple[str, float, str]]:
    """A month without a request: what, dollars, why so much."""
    document = read_document("standing_costs.json")
    return [
        (line["what"], line["amount"] * prices[line["price"]], line["why"])
        for line in document["lines"]
    ]


def endpoint_month(prices: PriceTable) -> float:
    """One interface endpoint, in the zones of standing_costs.json, for a month."""
    entry = read_document("standing_costs.json")["endpoints"]
    month: float = entry["hours"] * entry["zones"] * prices[entry["price"]]
    return month


def read_document(name: str) -> dict[str, Any]:
    """A JSON file beside this module."""
    document: dict[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return document
