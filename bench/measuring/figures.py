"""The form in which a bench gives its figures, as `bench.compare` reads them."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

PACKAGES: Final = ("onnxruntime", "numpy", "opencv-python-headless", "av", "ai-edge-litert")


@dataclass(frozen=True, slots=True)
class Curve:
    """How something grows: `points` are pairs of x and y, both with a name that bears the unit."""

    x: str
    y: str
    points: list[tuple[float, float]]


@dataclass(slots=True)
class Figures:
    """What was measured: by name, ratios of which less is better, and curves."""

    ratios: dict[str, float] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` wrote."""
        document = json.loads(path.read_text())
        curves = {
            name: Curve(one["x"], one["y"], [(x, y) for x, y in one["points"]])
            for name, one in document["curves"].items()
        }
        return cls(document["ratios"], curves)

    def write(self, path: Path) -> None:
        """With the facts of this machine."""
        document = {
            "machine": machine(),
            "ratios": self.ratios,
            "curves": {
                name: {"x": curve.x, "y": curve.y, "points": curve.points}
                for name, curve in self.curves.items()
            },
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")

    def add(self, part: str, other: Figures) -> None:
        """Another bench's, under its name."""
        self.ratios |= {f"{part}: {name}": value for name, value in other.ratios.items()}
        self.curves |= {f"{part}: {name}": curve for name, curve in other.curves.items()}


def machine() -> dict[str, Any]:
    """What the figures depend on, beside the code."""
    return {
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
