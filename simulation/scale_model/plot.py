"""Five panels: the day, how long tasks wait, how soon long videos are done, what is paid for, and
what each load takes of every limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.scale_model.day import Outcome
from simulation.scale_model.limits.demands import Figures
from simulation.scale_model.workload import DAY

_STEP = 300.0
_PARTS = (
    ("useful", "work", "#2a7f62"),
    ("loading", "start, model load", "#e0a526"),
    ("booting", "boot, image pull", "#c8553d"),
    ("idle", "idle", "#b8bcc2"),
)
_COLOURS = ("#6b7280", "#1f6fb2", "#d1782c", "#2a7f62")
_QUANTILES = (50, 90, 99)


def draw(
    outcomes: Sequence[Outcome], long_seconds: float, found: Mapping[str, Any], path: Path
) -> None:
    """Write the picture. `outcomes`: the four scenarios of one day; `found`: limits by load."""
    import matplotlib as mpl  # noqa: PLC0415 - only who wants the picture needs it

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure, panels = plt.subplot_mosaic(
        [["day", "waits"], ["long", "paid"], ["limits", "limits"]], figsize=(11, 11.8), dpi=110
    )
    day, waits, long, paid = (panels[name] for name in ("day", "waits", "long", "paid"))
    _day(day, outcomes)
    _waits(waits, outcomes)
    _long(long, outcomes, long_seconds)
    _paid(paid, outcomes)
    _limits(panels["limits"], found)
    count = len(outcomes[0].workload)
    figure.suptitle(
        f"A simulated day of {count:,} tasks (seeded; assumptions in simulation/scale_model)"
    )
    figure.tight_layout(h_pad=2.0, w_pad=2.5)
    figure.savefig(path)
    plt.close(figure)


def workers_over_the_day(outcome: Outcome, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Workers of both lanes at each of `edges`."""
    spans = np.asarray([span for lane in outcome.lanes.values() for span in lane.spans])
    came = np.searchsorted(np.sort(spans[:, 0]), edges, side="right")
    went = np.searchsorted(np.sort(spans[:, 1]), edges, side="right")
    return (came - went).astype(np.float64)


def _day(axes: Any, outcomes: Sequence[Outcome]) -> None:
    edges = np.arange(0.0, DAY + _STEP, _STEP)
    hours = edges / 3600.0
    for outcome, colour in zip(outcomes, _COLOURS, strict=True):
        axes.plot(
            hours,
            workers_over_the_day(outcome, edges),
            color=colour,
            lw=1.3,
            label=outcome.scenario.name,
        )
    axes.set(title="Workers, both lanes", xlabel="hour of the day", ylabel="workers")
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3))
    arrivals = axes.twinx()
    counts, _ = np.histogram(outcomes[0].workload.arrival, bins=edges)
    arrivals.fill_between(hours[:-1], counts / _STEP, color="#d9dde3", step="post", lw=0)
    arrivals.set_ylabel("tasks arriving per second (grey)")
    arrivals.set_ylim(0, counts.max() / _STEP * 1.6)
    axes.set_zorder(arrivals.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.set_ylim(0)
    axes.legend(loc="upper left", frameon=False)


def _waits(axes: Any, outcomes: Sequence[Outcome]) -> None:
    shares = np.linspace(0, 100, 801)
    for outcome, colour in zip(outcomes, _COLOURS, strict=True):
        waits = np.nanpercentile(outcome.wait, shares)
        axes.plot(np.maximum(waits, 0.5), shares, color=colour, lw=1.6, label=outcome.scenario.name)
    axes.set_xscale("log")
    ticks = [1, 3, 10, 30, 100, 300]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set(
        title="Queue time: creation until a worker claims the task",
        xlabel="seconds (logarithmic)",
        ylabel="% of tasks that wait at most so long",
    )
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", frameon=False)


def _long(axes: Any, outcomes: Sequence[Outcome], long_seconds: float) -> None:
    width = 0.8 / len(outcomes)
    for number, (outcome, colour) in enumerate(zip(outcomes, _COLOURS, strict=True)):
        values = [outcome.percentile("whole", q, longer_than=long_seconds) for q in _QUANTILES]
        places = np.arange(len(_QUANTILES)) + (number - (len(outcomes) - 1) / 2) * width
        bars = axes.bar(places, values, width * 0.92, color=colour, label=outcome.scenario.name)
        axes.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
    axes.set_xticks(range(len(_QUANTILES)), ["median", "90 % within", "99 % within"])
    axes.set(
        title=f"Talking videos of {long_seconds:.0f} s and more: creation until done",
        ylabel="seconds",
    )
    axes.margins(y=0.12)
    axes.legend(loc="upper left", frameon=False)


def _paid(axes: Any, outcomes: Sequence[Outcome]) -> None:
    left = np.zeros(len(outcomes))
    places = np.arange(len(outcomes))[::-1]
    for part, label, colour in _PARTS:
        shares = np.asarray([100 * outcome.share_of(part) for outcome in outcomes])
        bars = axes.barh(places, shares, left=left, height=0.62, color=colour, label=label)
        axes.bar_label(
            bars,
            labels=[f"{share:.0f} %" if share >= 4 else "" for share in shares],
            label_type="center",
            fontsize=8,
        )
        left += shares
    names = [f"{one.scenario.name}\n${one.dollars:,.0f} a day" for one in outcomes]
    axes.set_yticks(places, names)
    axes.set(title="What the paid worker seconds go into", xlabel="% of paid worker seconds")
    axes.set_xlim(0, 100)
    axes.legend(loc="upper center", bbox_to_anchor=(0.42, -0.16), ncols=4, frameon=False)


def _limits(axes: Any, found: Mapping[str, Any]) -> None:
    """Each limit a line, from the smallest load to where it is reached."""
    entries = Figures.read().limits
    loads = sorted(map(int, found))
    most = found[str(loads[-1])]
    order = sorted(entries, key=lambda name: -most[name]["share"])
    colours = {"parameter": "#1f6fb2", "quota": "#e0a526", "fixed": "#c8553d"}
    end = 1e9
    for number, name in enumerate(order, 1):
        shares = [100 * found[str(load)][name]["share"] for load in loads]
        colour = colours[entries[name]["kind"]]
        axes.plot([*loads, end], [*shares, shares[-1] * end / loads[-1]], color=colour, lw=1.3)
        reached = loads[-1] / most[name]["share"]
        axes.plot(reached, 100, "o", color=colour, ms=4)
        # Neighbours stand above and below the line by turns.
        axes.annotate(
            str(number),
            (reached, 100),
            xytext=(0, 5 if number % 2 else -13),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axhline(100, color="black", lw=0.8)
    axes.set(
        title="What the busiest ten seconds take of each limit, the first to be reached first",
        xlabel="tasks a day (beyond a million: extended in proportion)",
        ylabel="% of the limit",
        xlim=(1e3, end),
        ylim=(0.01, 300),
    )
    axes.grid(alpha=0.25)
    for number, name in enumerate(order, 1):
        axes.text(
            1.02,
            1.05 - 0.07 * number,
            f"{number}. {entries[name]['what']} ({entries[name]['kind']})",
            color=colours[entries[name]["kind"]],
            transform=axes.transAxes,
            va="top",
            fontsize=8,
        )
