"""A process that reads sentences aloud, so that each engine's memory is its own.

`run` starts one: the sentences lie in a folder, the sound comes back there. The engine's module
calls `serve`, and may live in another Python environment than this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measuring.peak_memory import PeakMemory

Sound = tuple[NDArray[np.float32], int]
"""Mono samples and their rate."""

Speak = Callable[[str], Sound]

_TEXTS, _REPORT = "texts.json", "spoken.json"
_WARM_UP = "你好。"


@dataclass(frozen=True)
class Spoken:
    """One sentence: samples, their rate, and the seconds that it took."""

    samples: NDArray[np.float32]
    sample_rate: int
    spent: float

    @property
    def duration(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True)
class Reading:
    """What an engine said, and the peak of its process's memory in kB."""

    spoken: tuple[Spoken, ...]
    memory: int

    @property
    def real_time_factor(self) -> float:
        """Processing time over length of speech; loading and a first sentence apart."""
        return sum(one.spent for one in self.spoken) / sum(one.duration for one in self.spoken)


def run(command: Sequence[str], texts: Sequence[str]) -> Reading:
    """Let `command`, a module that calls `serve`, read texts aloud.

    Raises subprocess.CalledProcessError.
    """
    with tempfile.TemporaryDirectory(prefix="reading-") as name:
        folder = Path(name)
        (folder / _TEXTS).write_text(json.dumps(texts), encoding="utf-8")
        process = subprocess.Popen([*command, name], stdout=subprocess.DEVNULL)
        with PeakMemory(process.pid) as memory:
            if process.wait() != 0:
                raise subprocess.CalledProcessError(process.returncode, command)
        report = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
        spoken = (
            Spoken(np.load(folder / f"{number}.npy"), *one) for number, one in enumerate(report)
        )
        return Reading(tuple(spoken), memory.peak)


def serve(load: Callable[[], Speak]) -> None:
    """Read the texts of the folder that the last argument names."""
    folder = Path(sys.argv[-1])
    speak = load()
    speak(_WARM_UP)
    report = []
    for number, text in enumerate(json.loads((folder / _TEXTS).read_text(encoding="utf-8"))):
        started = time.perf_counter()
        samples, rate = speak(text)
        report.append((rate, time.perf_counter() - started))
        np.save(folder / f"{number}.npy", np.asarray(samples, np.float32))
    (folder / _REPORT).write_text(json.dumps(report), encoding="utf-8")
