"""What MuseTalk needs to know of a whole speech before any frame of it can be generated."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.engines.lipsync import PlanBroken

VERSION = "musetalk-plan-1"
"""Raise it when the form changes, or what drawing makes of it."""

_FULL_SCALE = 32767


@dataclass(frozen=True, slots=True)
class MuseTalkPlan:
    """`base` (N,): the clip's frame under each; `sound` (M,): 16 kHz, 16 bits, 32 kB a second.

    Whisper hears segments that begin at fixed times, so a range of frames hears what it would
    within the whole.
    """

    base: NDArray[np.int64]
    sound: NDArray[np.int16]

    @classmethod
    def of(cls, base: NDArray[np.int64], samples: NDArray[np.float32]) -> Self:
        """`samples` (M,) in [-1, 1]; others clip."""
        scaled = np.round(np.clip(samples, -1, 1) * _FULL_SCALE)
        return cls(base, scaled.astype(np.int16))

    @property
    def samples(self) -> NDArray[np.float32]:
        """The sound in [-1, 1]; the same wherever the plan is read."""
        return self.sound.astype(np.float32) / np.float32(_FULL_SCALE)

    def __len__(self) -> int:
        return len(self.base)

    def save(self, path: Path) -> None:
        """Write a .npz without loss."""
        with path.open("wb") as file:
            np.savez(file, version=np.array(VERSION), base=self.base, sound=self.sound)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one back, no pickles. Raises PlanBroken."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                if str(arrays["version"]) != VERSION:
                    raise PlanBroken(f"written as {arrays['version']}, read as {VERSION}")
                return cls(arrays["base"], arrays["sound"])
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise PlanBroken(str(error)) from error
