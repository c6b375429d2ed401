"""This project's default engine: `ours.py WEIGHTS THREADS VOICE FOLDER`, an empty VOICE for the
default one."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.engines.readers.reader import Sound, Speak, serve
from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.weights.store import WeightStore


def ours() -> Speak:
    """Kokoro behind the front end of this project."""
    weights, threads, name = sys.argv[1:4]
    engine = SPEECH.load("kokoro", WeightStore(Path(weights)), int(threads))
    voice = engine.built_in_voice(name) if name else engine.default_voice()

    def ignore(_fraction: float) -> None:
        """Nobody watches the progress here."""

    def speak(text: str) -> Sound:
        speech = engine.synthesise(text, voice, ignore)
        return speech.samples, speech.sample_rate

    return speak


if __name__ == "__main__":
    serve(ours)
