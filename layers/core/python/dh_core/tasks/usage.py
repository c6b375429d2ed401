"""What work has cost and made: the measures that are kept per task, and per owner and day. Pure.

Whole numbers, because they are summed by the table, attempt after attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over attempts. An attempt that fails costs time and makes nothing."""

    attempts: int = 0
    cpu_ms: int = 0
    """Processor time of the job and its children, over all cores."""
    gpu_ms: int = 0
    """Wall time for which a GPU was held, times the number of GPUs; 0 on a machine without."""
    output_ms: int = 0
    """Duration of what was made, sound or video."""
    video_ms: int = 0
    """Of that, the duration of videos: what the daily quota counts."""
    output_bytes: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            }
        )

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        """From a table's item, which may hold more, or less."""
        return cls(**{field.name: int(item.get(field.name, 0)) for field in fields(cls)})

    def nonzero(self) -> dict[str, int]:
        """What is to be added somewhere; adding 0 costs as much as adding something."""
        return {name: value for name, value in asdict(self).items() if value}
