"""Curves drawn; needs `bench/requirements.txt`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from bench.measuring.figures import Curve

_COLUMNS = 3
_SPREAD = 20
"""From this ratio of its largest to its smallest value on, an axis is logarithmic."""


def draw(curves: Mapping[str, Curve], target: Path) -> None:
    """One small plot each, as an SVG or PNG. Raises ImportError without matplotlib."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (optional package)

    rows = math.ceil(len(curves) / _COLUMNS)
    figure = Figure(figsize=(4 * _COLUMNS, 3 * rows), layout="constrained")
    for place, (name, curve) in enumerate(curves.items(), start=1):
        axes = figure.add_subplot(rows, _COLUMNS, place)
        xs = [x for x, _ in curve.points]
        ys = [y for _, y in curve.points]
        axes.plot(xs, ys, marker="o")
        if _is_wide(xs):
            axes.set_xscale("log")
        # What grows in proportion is a straight line on two such axes, and a cliff on one.
        if _is_wide(xs) and _is_wide(ys):
            axes.set_yscale("log")
        else:
            axes.set_ylim(0, 1.1 * max(ys) or None)
        axes.set(title=name, xlabel=curve.x, ylabel=curve.y)
        axes.grid(alpha=0.3)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)


def _is_wide(values: list[float]) -> bool:
    return min(values) > 0 and max(values) / min(values) >= _SPREAD
