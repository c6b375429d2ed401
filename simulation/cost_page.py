"""Writes docs/cost-and-scale.md from prices and seconds: `python -m simulation.cost_page`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from simulation.cost_model import (
    MINUTE,
    CostModel,
    Row,
    endpoint_month,
    read_document,
    standing_lines,
)
from simulation.scale_model.figures import GPU_ENGINES
from simulation.scale_model.limits.conflicts import refused_share
from simulation.scale_model.limits.demands import KEPT, LOADS, Figures
from simulation.scale_model.tables import limits_table, table
from tools.prices import prices as price_file

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cost-and-scale.md"
TEXT = Path(__file__).with_name("cost_and_scale.template.md")
_VIDEO_SECONDS = 30.0
_SHOWN_UNTIL = 6.2e6
"""Tasks a day: six times what the page promises."""


def render() -> str:
    """The whole page: its text with the tables in place of {names}."""
    prices = price_file.read()
    model = CostModel.read(prices)
    rows = model.rows()
    fixed = standing_lines(prices)
    video = next(row for row in rows if row.task_type == "digital_human")
    around = model.around_a_video(video.work)
    parts = {
        "region": prices.region,
        "collected": prices.collected,
        "machines": _machines(model),
        "minutes": _minutes(rows),
        "example": _example(model, video),
        "around": _around(around, video),
        "standing_sum": f"{sum(dollars for _, dollars, _ in fixed):.2f}",
        "endpoint": f"{endpoint_month(prices):.2f}",
        "alone": f"{model.start_of_a_machine():.3f}",
        "limits": _limits(),
        "saturation": _saturation(),
        "repeated": _repeated(),
        "lost": str(Figures.read().table["ordinary"]["lost_run"]["write_units"]),
        "months": _months(model, video, sum(one for _, one, _ in fixed)),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{" + name + "}", part)
    return text


def _machines(model: CostModel) -> str:
    return "; ".join(
        f"{name} ${one.spot_price:.4f} on Spot, ${one.on_demand_price:.4f} on demand"
        for name, one in model.assumptions.computes.items()
    )


def _minutes(rows: Iterable[Row]) -> str:
    cells = [
        [
            f"`{row.task_type}`",
            "GPU" if row.engines == GPU_ENGINES else "default",
            row.compute,
            f"{row.work:.1f}",
            f"{row.cold:.1f}",
            f"{row.warm_spot:.5f}",
            f"{row.cold_spot:.5f}",
            f"{row.cold_on_demand:.5f}",
            f"{row.warm_spot + row.table:.5f}",
        ]
        for row in rows
    ]
    head = (
        "task",
        "engines",
        "compute",
        "work, s",
        "load, s",
        "$ warm, Spot",
        "$ cold, Spot",
        "$ cold, on demand",
        "$ warm, with table",
    )
    return table(head, cells)


def _example(model: CostModel, row: Row) -> str:
    machines = model.assumptions.computes[row.compute]
    return f"{row.work:.1f} s × ${machines.spot_price:.4f} / 3,600 s = ${row.warm_spot:.5f}"


def _around(around: dict[str, float], row: Row) -> str:
    """The parts, the largest first; those under a hundredth are one."""
    total = sum(around.values()) + row.warm_spot
    parts = {"the job, warm, on Spot": row.warm_spot, **around}
    large = {name: dollars for name, dollars in parts.items() if dollars >= total / 100}
    lines = sorted(large.items(), key=lambda line: -line[1])
    lines.append(("requests, logs, queues", total - sum(large.values())))
    cells = [[name, f"{dollars:.6f}", f"{dollars / total:.1%}"] for name, dollars in lines]
    return table(("part", "$", "share"), [*cells, ["**sum**", f"{total:.6f}", ""]])


def _limits() -> str:
    found = json.loads(KEPT.read_text(encoding="utf-8"))
    return limits_table(Figures.read(), found, until=_SHOWN_UNTIL)


def _repeated() -> str:
    """The share of tries that meet another on a counter, when a million tasks are busiest."""
    found = json.loads(KEPT.read_text(encoding="utf-8"))[str(LOADS[-1])]["counter_shard"]["share"]
    figures = Figures.read()
    carried = found * float(figures.limits["counter_shard"]["value"])
    return f"{refused_share(carried, figures.handling['transaction_seconds']):.0%}"


def _saturation() -> str:
    """Write units and running tasks, before and now."""
    figures = Figures.read()
    rows = [
        [
            text,
            f"{figures.before[text]['task']} → {figures.table[text]['task']['write_units']}",
            f"{figures.before[text]['running_hour']:,} → "
            f"{figures.table[text]['running_hour']['write_units']:,}",
            f"{figures.saturating_runs_before(text):,} → {figures.saturating_runs(text):,}",
        ]
        for text in figures.before
        if text != "why"
    ]
    return table(
        ("text", "a task", "an hour of running", "running tasks that fill the index"), rows
    )


def _months(model: CostModel, row: Row, fixed: float) -> str:
    """Videos of half a minute, at the utilisation that the simulation found for that number."""
    cells = []
    use = read_document("fleet_use.json")["utilisation"]
    share = _VIDEO_SECONDS / MINUTE
    around = sum(model.around_a_video(row.work * share, _VIDEO_SECONDS).values())
    for count in (100, 10_000, 1_000_000):
        compute = count * share * row.warm_spot / use[str(count)]
        beside = count * around
        total = fixed + compute + beside
        cells.append(
            [
                f"{count:,}",
                f"{use[str(count)]:.0%}",
                f"{fixed:,.0f}",
                f"{compute:,.0f}",
                f"{beside:,.0f}",
                f"**{total:,.0f}**",
                f"{total / count:.4f}",
            ]
        )
    head = (
        "videos a month",
        "workers in use",
        "standing, $",
        "jobs, $",
        "beside them, $",
        "sum, $",
        "$ a video",
    )
    return table(head, cells)


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
