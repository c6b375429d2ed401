"""Curves drawn; needs `bench/requirements.txt`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from bench.measuring.figures import Curve

_COLUMNS = 3
_SPREAD = 20
"""From this ratio of its largest to its smallest x on, an axis is logarithmic."""


def draw(curves: Mapping[str, Curve], target: Path) -> None:
    """One small plot each, as an SVG or PNG. Raises ImportError without matplotlib."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (optional package)

    rows = math.ceil(len(curves) / _COLUMNS)
    figure = Figure(figsize=(4 * _COLUMNS, 3 * rows), layout="constrained")
    for place, (name, curve) in enumerate(curves.items(), start=1):
        axes = figure.add_subplot(rows, _COLUMNS, place)
        xs = [x for x, _ in curve.points]
        axes.plot(xs, [y for _, y in curve.points], marker="o")
        if min(xs) > 0 and max(xs) / min(xs) >= _SPREAD:
            axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set(title=name, xlabel=curve.x, ylabel=curve.y)
        axes.grid(alpha=0.3)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)
