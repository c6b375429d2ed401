"""What a day asks of the services around the jobs, held against what they give at most.

Demand is that of each ten seconds, from the simulated day and from what a task was measured to cost
in the table (table_load.json, written by `python -m tests.load --write`). What exceeds a limit
waits, first come first served, so each limit has a worst delay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from dh_core.store.counters import SHARDS
from dh_core.store.owners import usage
from dh_core.store.tasks.records import LEASE_SHARDS, RUN_SHARDS
from dh_core.store.webhooks import records
from simulation.scale_model.day import Outcome
from simulation.scale_model.lane import NEVER
from simulation.scale_model.workload import DAY, TYPES

LOADS: Final = (1_000, 100_000, 1_000_000)
"""Tasks a day."""
FOLDER: Final = Path(__file__).resolve().parent
KEPT: Final = FOLDER / "found.json"
"""What the simulation found, for the page: by load and limit."""
STEP: Final = 10.0
"""Seconds: DynamoDB and Batch refuse by the second, clients back off for some."""
MESSAGES_PER_EXECUTION: Final = 10
"""template.yaml: BatchSize of the dispatcher's queues."""
RUN_SECONDS: Final = 43
"""Of the run that table_load.json holds, a minute of video."""

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Limits, seconds of handling, and what tasks cost in the table."""

    limits: dict[str, dict[str, Any]]
    handling: dict[str, float]
    before: dict[str, Any]
    table: dict[str, Any]

    @classmethod
    def read(cls) -> Self:
        document = json.loads((FOLDER / "limits.json").read_text(encoding="utf-8"))
        table = json.loads((FOLDER / "table_load.json").read_text(encoding="utf-8"))
        handling = {name: float(entry["value"]) for name, entry in document["handling"].items()}
        return cls(document["limits"], handling, document["before"], table)

    def running(self, unit: str, text: str = "ordinary") -> float:
        """Units a second of a running task: in its first minute, when it writes most."""
        return float(self.table[text][f"run_of_{RUN_SECONDS}_s"][unit]) / RUN_SECONDS

    def saturating_runs(self, text: str = "ordinary") -> int:
        """Running tasks that fill every shard of their index."""
        limit = float(self.limits["run_shard"]["value"])
        return int(RUN_SHARDS * limit / self.running("GSI2", text))

    def saturating_runs_before(self, text: str = "ordinary") -> int:
        old = self.before[text]
        limit = float(self.limits["run_shard"]["value"])
        return int(old["shards"] * limit / old["index_units_per_second"])


@dataclass(frozen=True, slots=True)
class Day:
    """A simulated day in steps: events a second, and tasks that run."""

    arrivals: Series
    starts: Series
    lost: Series
    """Runs that a reclaim ended."""
    launches: Series
    submissions: Series
    running: Series

    @classmethod
    def of(cls, outcome: Outcome, fanout_seconds: float) -> Self:
        lanes = list(outcome.lanes.values())
        began = np.concatenate([np.asarray(lane.began) for lane in lanes])
        ended = np.concatenate([np.asarray(lane.ended) for lane in lanes])
        losses = np.concatenate([np.frombuffer(bytes(lane.losses), np.uint8) for lane in lanes])
        ran = (began != NEVER) & (ended != NEVER)
        began, ended, losses = began[ran], ended[ran], losses[ran]
        launched = np.concatenate(
            [np.asarray([first for first, _ in lane.spans]) for lane in lanes]
        )
        # The latest end of all bounds the series; a reclaimed run begins again before its end.
        edges = np.arange(0.0, max(DAY, float(ended.max(initial=0.0))) + STEP, STEP)
        again = np.repeat((began + ended) / 2, losses)
        came = np.searchsorted(np.sort(began), edges[1:])
        went = np.searchsorted(np.sort(ended), edges[1:])
        workload = outcome.workload
        arrivals = _rate(workload.arrival, edges)
        is_shared = (workload.kind == TYPES.index("digital_human")) & outcome.scenario.fanout
        is_shared &= workload.output >= fanout_seconds
        helped = _rate(workload.arrival[is_shared], edges)
        return cls(
            arrivals=arrivals,
            starts=_rate(np.concatenate([began, again]), edges),
            lost=_rate(again, edges),
            launches=_rate(launched, edges),
            # A job a task, one for the helpers of a long video, and at most one a lost run.
            submissions=arrivals + helped + _rate(again, edges),
            running=(came - went).astype(np.float64),
        )


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit the busiest step takes, and how long what exceeds it waits, at most."""

    share: float
    delay: float


def demands(day: Day, figures: Figures) -> dict[str, Series]:
    """By limit: what each step asks for, in the limit's unit."""
    handling, task = figures.handling, figures.table["ordinary"]["task"]
    kinds = figures.table["ordinary"]["of_the_task_by_kind"]
    messages = day.arrivals * handling["dispatch_messages_per_task"]
    dispatching = messages * handling["dispatch_seconds"]
    requests = day.arrivals * handling["api_requests_per_task"]
    calling = day.arrivals * handling["callback_share"] * handling["callback_seconds"]
    lost = figures.table["ordinary"]["lost_run"]
    writes = day.arrivals * task["write_units"] + day.running * figures.running("write_units")
    writes = writes + day.lost * lost["write_units"]
    counted = day.arrivals * handling["count_transactions_per_task"]
    reads = day.arrivals * (task["read_units"] + handling["poll_read_units"]) + day.running
    runs = day.starts * kinds["GSI2"]["RUN"] + day.running * figures.running("GSI2")
    return {
        "gateway": requests,
        "dispatcher": dispatching,
        "webhooks": calling,
        "submit_job": day.submissions,
        "fargate_launches": day.launches,
        "lambda": requests * handling["api_seconds"] + dispatching + calling,
        "in_flight": dispatching * MESSAGES_PER_EXECUTION,
        "table_writes": writes,
        "table_reads": reads,
        "run_shard": runs / RUN_SHARDS,
        "lease_shard": day.arrivals * kinds["GSI2"]["TASK"] / LEASE_SHARDS,
        "delivery_shard": day.arrivals * kinds["GSI2"]["DELIVERY"] / records.SHARDS,
        "owner_list": day.arrivals * kinds["GSI1"]["TASK"] + day.lost * lost["GSI1"],
        "owner_requests": requests,
        "owner_at_work": day.arrivals * handling["at_work_transactions_per_task"],
        "owner_usage": day.arrivals * handling["usage_transactions_per_task"] / usage.SHARDS,
        "counter_shard": counted / SHARDS,
    }


def use(demand: Series, limit: float) -> Use:
    """A queue before a server of constant speed."""
    backlog = worst = 0.0
    for asked in demand.tolist():
        backlog = max(0.0, backlog + (asked - limit) * STEP)
        worst = max(worst, backlog)
    return Use(float(demand.max(initial=0.0)) / limit, worst / limit)


def uses(outcome: Outcome, figures: Figures, fanout_seconds: float) -> dict[str, Use]:
    """Of every limit."""
    asked = demands(Day.of(outcome, fanout_seconds), figures)
    return {name: use(asked[name], float(entry["value"])) for name, entry in figures.limits.items()}


def _rate(times: Series, edges: Series) -> Series:
    counts, _ = np.histogram(times, bins=edges)
    return counts / STEP
