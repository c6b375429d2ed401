"""The same acoustic model as its authors' package reads for it: misaki alone, no espeak.

`plain_kokoro.py WEIGHTS THREADS FOLDER`
"""

from __future__ import annotations

import sys
from pathlib import Path

from misaki import zh

from bench.engines.readers.reader import Sound, Speak, serve
from gpu_jobs.engines.speech.kokoro.engine import KokoroEngine
from gpu_jobs.engines.speech.phonemes.front_end import Group
from gpu_jobs.weights.store import WeightStore


def plain_kokoro() -> Speak:
    """Symbols that the model does not know are left out."""
    weights, threads = sys.argv[1:3]
    engine = KokoroEngine(WeightStore(Path(weights)), int(threads))
    engine.setup()
    reader = zh.ZHG2P()
    vocabulary = set(engine.vocabulary)

    def speak(text: str) -> Sound:
        symbols, _tokens = reader(text)
        known = "".join(symbol for symbol in symbols if symbol in vocabulary)
        speech = engine.speak(Group(known[:500], 0.0), engine.default_voice())
        return speech.samples, speech.sample_rate

    return speak


if __name__ == "__main__":
    serve(plain_kokoro)
