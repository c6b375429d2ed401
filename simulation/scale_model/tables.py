"""The outcome as Markdown, and what other assumptions would make of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simulation.scale_model.day import Outcome, Scenario, simulate
from simulation.scale_model.figures import FOLDER, Assumptions
from simulation.scale_model.limits.demands import Figures
from simulation.scale_model.workload import Workload

_HEAD = (
    "scenario",
    "wait p50",
    "p90",
    "p99",
    "max",
    "long video, done p50",
    "p90",
    "workers, peak",
    "model loads",
    "in use",
    "$ a day",
    "$ a minute of talking video",
    "failed",
)
BOTH = Scenario("keep-alive and fan-out", keep_alive=True, fanout=True)


def comparison(outcomes: Iterable[Outcome], long_seconds: float) -> str:
    """One row a scenario. Seconds, and shares of what is paid for."""
    return table(_HEAD, [_row(outcome, long_seconds) for outcome in outcomes])


def _row(outcome: Outcome, long_seconds: float) -> list[str]:
    waits = [f"{outcome.percentile('wait', q):.0f} s" for q in (50, 90, 99, 100)]
    long = [f"{outcome.percentile('whole', q, longer_than=long_seconds):.0f} s" for q in (50, 90)]
    loads = sum(lane.ledger.model_loads for lane in outcome.lanes.values())
    return [
        outcome.scenario.name,
        *waits,
        *long,
        f"{peak_workers(outcome):,}",
        f"{loads:,}",
        f"{outcome.utilisation:.0%}",
        f"{outcome.dollars:,.0f}",
        f"{outcome.dollars_per_minute('digital_human'):.4f}",
        f"{outcome.failed:,}",
    ]


def peak_workers(outcome: Outcome) -> int:
    """The most workers that were there at once, both lanes together."""
    changes = [
        change
        for lane in outcome.lanes.values()
        for first, last in lane.spans
        for change in ((first, 1), (last, -1))
    ]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def where_it_went(outcomes: Iterable[Outcome]) -> str:
    """Shares of the paid worker seconds."""
    parts = ("useful", "loading", "booting", "idle", "lost")
    rows = [
        [one.scenario.name, *(f"{one.share_of(part):.1%}" for part in parts)] for one in outcomes
    ]
    head = (
        "scenario",
        "work",
        "start and model load",
        "boot and image",
        "idle",
        "lost to reclaims",
    )
    return table(head, rows)


def sensitivity(workload: Workload, assumptions: Assumptions, seed: int) -> str:
    """Both ends of every range, one at a time, with keep-alive and fan-out."""
    ranges = json.loads((FOLDER / "assumptions.json").read_text(encoding="utf-8"))
    rows: list[list[str]] = [_effect("as assumed", workload, assumptions, seed)]
    for name, entry in _ranged(ranges["gpu"]):
        for end in entry["range"]:
            changed = assumptions.with_compute("gpu", **{name: end})
            label = f"GPU, {name.replace('_', ' ')}: {end:g} (taken: {entry['value']:g})"
            rows.append(_effect(label, workload, changed, seed))
    head = ("assumption", "wait p50", "p99", "in use", "$ a minute of talking video", "lost runs")
    return table(head, rows)


def _ranged(compute: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, entry)
        for name, entry in compute.items()
        if isinstance(entry, dict) and "range" in entry
    ]


def _effect(label: str, workload: Workload, assumptions: Assumptions, seed: int) -> list[str]:
    outcome = simulate(workload, assumptions, BOTH, seed)
    return [
        label,
        f"{outcome.percentile('wait', 50):.0f} s",
        f"{outcome.percentile('wait', 99):.0f} s",
        f"{outcome.utilisation:.0%}",
        f"{outcome.dollars_per_minute('digital_human'):.4f}",
        f"{sum(lane.ledger.lost_runs for lane in outcome.lanes.values()):,}",
    ]


def limits_table(
    figures: Figures, found: Mapping[str, Mapping[str, Any]], until: float = math.inf
) -> str:
    """The limits reached by `until` tasks a day, and how much each load takes of them."""
    loads = sorted(found, key=int)
    most = found[loads[-1]]
    rows = []
    for name in sorted(figures.limits, key=lambda name: -most[name]["share"]):
        limit, reached = figures.limits[name], int(loads[-1]) / most[name]["share"]
        if reached > until:
            break
        rows.append(
            [
                limit["what"],
                f"{limit['value']:,}",
                limit["kind"],
                *(f"{found[load][name]['share']:.1%}" for load in loads),
                f"{float(f'{reached:.2g}'):,.0f}",
            ]
        )
    head = ("limit", "value", "set by", *(f"{int(load):,}" for load in loads), "reached at")
    return table(head, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    first, *others = (f"| {' | '.join(line)} |" for line in [head, *rows])
    return "\n".join([first, f"|{'---|' * len(head)}", *others])
