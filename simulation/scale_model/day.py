"""A day on both lanes, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dh_core.specs.task_types import SPECS
from dh_core.tasks.lanes import LANES
from dh_core.tasks.lanes import Lane as LaneName
from simulation.scale_model.figures import Assumptions
from simulation.scale_model.lane import COMPLETED, FAILED, NEVER, Lane
from simulation.scale_model.workload import TYPES, Workload

LANE_OF = tuple(SPECS[name].lane for name in TYPES)
"""The lane of each of TYPES, as the dispatcher reads it."""
FANOUT_WIDTH = 4
"""Workers that share a long video, its own among them."""
SEGMENTS_PER_THRESHOLD = 4
"""A video just long enough to be shared has so many segments."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is switched on."""

    name: str
    keep_alive: bool = False
    fanout: bool = False
    speaking_compute: str = "gpu"
    """As template.yaml's SpeakingCompute: `cpu` is enough for the default engines."""

    def compute_of(self, lane: LaneName) -> str:
        """What runs a lane; as in template.yaml."""
        return self.speaking_compute if lane == "speaking" else "cpu"


SCENARIOS = (
    Scenario("neither"),
    Scenario("keep-alive", keep_alive=True),
    Scenario("fan-out", fanout=True),
    Scenario("keep-alive and fan-out", keep_alive=True, fanout=True),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario's day. `wait`: seconds until a task's first run claims it; `whole`: until its
    end. Both have one entry a task, NaN where it never came to that."""

    scenario: Scenario
    workload: Workload
    wait: NDArray[np.float64]
    whole: NDArray[np.float64]
    lanes: dict[LaneName, Lane]

    @property
    def completed(self) -> int:
        return sum(lane.state.count(COMPLETED) for lane in self.lanes.values())

    @property
    def failed(self) -> int:
        return sum(lane.state.count(FAILED) for lane in self.lanes.values())

    @property
    def dollars(self) -> float:
        return sum(lane.ledger.dollars(lane.figures) for lane in self.lanes.values())

    @property
    def utilisation(self) -> float:
        """Share of the paid worker seconds that went into results."""
        return self.share_of("useful")

    def share_of(self, part: str) -> float:
        """Of the paid worker seconds: "useful", "loading", "booting", "idle" or "lost"."""
        ledgers = [lane.ledger for lane in self.lanes.values()]
        seconds: float = sum(getattr(one, part) for one in ledgers)
        return seconds / sum(one.billed for one in ledgers)

    def dollars_per_minute(self, task_type: str) -> float:
        """Of finished sound or video of a type; a lane's cost is shared by useful seconds."""
        index = TYPES.index(task_type)
        lane = self.lanes[LANE_OF[index]]
        minutes = float(self.workload.output[self.workload.kind == index].sum()) / 60.0
        share = lane.busy[index] / sum(lane.busy)
        return lane.ledger.dollars(lane.figures) * share / minutes

    def percentile(self, of: str, q: float, *, longer_than: float | None = None) -> float:
        """`of`: "wait" or "whole", over all tasks or the talking videos of so many seconds."""
        values = self.wait if of == "wait" else self.whole
        if longer_than is not None:
            is_long = self.workload.kind == TYPES.index("digital_human")
            values = values[is_long & (self.workload.output >= longer_than)]
        return float(np.nanpercentile(values, q))


def simulate(
    workload: Workload, assumptions: Assumptions, scenario: Scenario, seed: int
) -> Outcome:
    """Run the day's tasks on both lanes."""
    wait = np.full(len(workload), np.nan)
    whole = np.full(len(workload), np.nan)
    lanes: dict[LaneName, Lane] = {}
    for number, name in enumerate(LANES):
        here = np.asarray([lane == name for lane in LANE_OF])
        chosen = np.flatnonzero(here[workload.kind])
        lane = _lane(workload, assumptions, scenario, name, chosen, seed * 2 + number)
        lane.run()
        began, ended = np.asarray(lane.began), np.asarray(lane.ended)
        arrival = workload.arrival[chosen]
        wait[chosen] = np.where(began != NEVER, began - arrival, np.nan)
        whole[chosen] = np.where(ended != NEVER, ended - arrival, np.nan)
        lanes[name] = lane
    return Outcome(scenario, workload, wait, whole, lanes)


def _lane(
    workload: Workload,
    assumptions: Assumptions,
    scenario: Scenario,
    name: LaneName,
    chosen: NDArray[np.int64],
    seed: int,
) -> Lane:
    kind, body = workload.kind[chosen], workload.body[chosen]
    work = workload.head[chosen] + body + workload.around
    shared: dict[int, tuple[float, float]] = {}
    if scenario.fanout:
        is_long = kind == TYPES.index("digital_human")
        is_long &= workload.output[chosen] >= assumptions.fanout_seconds
        work = work + np.where(is_long, workload.join, 0.0)
        segment = assumptions.fanout_seconds / SEGMENTS_PER_THRESHOLD / workload.output[chosen]
        shared = {
            int(task): (float(body[task]), float(body[task] * segment[task]))
            for task in np.flatnonzero(is_long)
        }
    return Lane(
        assumptions.computes[scenario.compute_of(name)],
        assumptions.recovery,
        arrival=workload.arrival[chosen].tolist(),
        work=work.tolist(),
        kind=kind.tolist(),
        load=workload.load,
        start=workload.start,
        keep_alive=assumptions.keep_alive_seconds if scenario.keep_alive else 0.0,
        shared=shared,
        width=FANOUT_WIDTH,
        around=workload.around,
        seed=seed,
    )
