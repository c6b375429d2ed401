"""A simulated day of this service, with and without keep-alive and fan-out.

    python -m simulation.scale_sim [--tasks 1000000] [--seed 1] [--plot FILE] [--sensitivity]
    python -m simulation.scale_sim --limits [--plot FILE]

Discrete events, seeded: the same numbers on every machine; only the last line depends on the
clock. Prints Markdown tables: docs/cost-and-scale.md explains them. `--plot` needs matplotlib
(bench/requirements.txt). A million tasks take a few seconds a scenario on one core.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from simulation.scale_model import plot
from simulation.scale_model.day import SCENARIOS, Outcome, Scenario, simulate
from simulation.scale_model.figures import GPU_ENGINES, Assumptions, ServiceTimes
from simulation.scale_model.limits.demands import KEPT, LOADS, Figures, uses
from simulation.scale_model.tables import (
    comparison,
    limits_table,
    sensitivity,
    where_it_went,
)
from simulation.scale_model.workload import draw
from tools.prices import prices

OTHERS = (
    Scenario("both, published GPU engines", keep_alive=True, fanout=True),
    Scenario("both, speaking on CPU", keep_alive=True, fanout=True, speaking_compute="cpu"),
)


FEWER = 10
"""The sensitivity takes this part of the tasks: shares and prices hardly depend on the number."""


def main() -> None:
    """Simulate, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, metavar="FILE")
    parser.add_argument("--sensitivity", action="store_true")
    parser.add_argument("--limits", action="store_true", help=f"also write {KEPT.name}")
    arguments = parser.parse_args()
    began = time.process_time()
    assumptions = Assumptions.read(prices.read().values())
    workload = draw(arguments.tasks, assumptions.workload, ServiceTimes.read(), arguments.seed)
    outcomes = [simulate(workload, assumptions, one, arguments.seed) for one in SCENARIOS]
    others = _others(arguments.tasks, assumptions, arguments.seed)
    print(f"{arguments.tasks:,} tasks, seed {arguments.seed}\n")
    print(comparison([*outcomes, *others], assumptions.fanout_seconds), end="\n\n")
    print(where_it_went([*outcomes, *others]), end="\n\n")
    if arguments.sensitivity:
        fewer = max(1, arguments.tasks // FEWER)
        part = draw(fewer, assumptions.workload, ServiceTimes.read(), arguments.seed)
        print(f"Other assumptions, {fewer:,} tasks, keep-alive and fan-out:\n")
        print(sensitivity(part, assumptions, arguments.seed), end="\n\n")
    if arguments.limits:
        print(_limits(assumptions, arguments.seed), end="\n\n")
    if arguments.plot is not None:
        found = json.loads(KEPT.read_text(encoding="utf-8"))
        plot.draw(outcomes, assumptions.fanout_seconds, found, arguments.plot)
    print(f"simulated in {time.process_time() - began:.0f} s of processor time")


def _others(tasks: int, assumptions: Assumptions, seed: int) -> list[Outcome]:
    published, on_cpu = OTHERS
    by_gpu = draw(tasks, assumptions.workload, ServiceTimes.read(GPU_ENGINES), seed)
    default = draw(tasks, assumptions.workload, ServiceTimes.read(), seed)
    return [
        simulate(by_gpu, assumptions, published, seed),
        simulate(default, assumptions, on_cpu, seed),
    ]


def _limits(assumptions: Assumptions, seed: int) -> str:
    """What each load takes of every limit, as the stack is set up: all on Fargate Spot."""
    figures = Figures.read()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for tasks in LOADS:
        day = draw(tasks, assumptions.workload, ServiceTimes.read(), seed)
        outcome = simulate(day, assumptions, OTHERS[1], seed)
        taken = uses(outcome, figures, assumptions.fanout_seconds)
        found[str(tasks)] = {name: asdict(one) for name, one in taken.items()}
    rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 5))
    KEPT.write_text(f"{json.dumps(rounded, indent=2)}\n", encoding="utf-8")
    return limits_table(figures, rounded)


if __name__ == "__main__":
    main()
