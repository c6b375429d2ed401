"""Speak for an hour in many voices and keep the time of every sound. Resumable.

    python -m training.visemes.synthesise [--minutes 65] [--threads 1]

Each utterance is one file in `.cache/visemes`, named by its number, which also seeds it: what is
there already is not spoken again, and a second machine makes the same sentences.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from dh_core.errors import UnspeakableText
from gpu_jobs.audio.speech import Phoneme, Speech
from gpu_jobs.audio.speech_features import FloatArray
from gpu_jobs.engines.speech.kokoro.adapt import AVOIDED_VOICES
from gpu_jobs.engines.speech.kokoro.engine import SAMPLE_RATE, KokoroEngine, Voice
from gpu_jobs.engines.speech.kokoro.graph import DURATIONS, F0_SCALE
from gpu_jobs.engines.speech.phonemes.front_end import Group, to_groups
from gpu_jobs.engines.speech.phonemes.timing import end_with_the_sound, phonemes_of
from gpu_jobs.weights.store import WeightStore
from training.visemes import sentences

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache/visemes"
RATE = 16_000
_SHARES = {"mandarin": 0.48, "english": 0.42, "babble": 0.10}
_PACE = (0.8, 1.3)
_PITCH = 0.25  # largest change, in natural logarithms


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Spoken `samples` (N,) float32 at 16 kHz, when which sound was, and who spoke."""

    samples: FloatArray
    phonemes: tuple[Phoneme, ...]
    voice: str
    language: str


class PacedKokoro(KokoroEngine):
    """The speech engine, at another speed: `pace` 1.2 is a fifth faster. Nothing is trimmed."""

    def speak_at(self, group: Group, voice: Voice, pace: float) -> Speech:
        """One group of symbols with all the silence around it."""
        tokens = [0, *(self._vocabulary[symbol] for symbol in group.symbols), 0]
        inputs = {
            "tokens": np.array([tokens], dtype=np.int64),
            "style": voice.style[len(group.symbols) - 1][None],
            "speed": np.array([pace], dtype=np.float32),
            F0_SCALE: np.array([voice.f0_scale], dtype=np.float32),
        }
        samples, frames = self._session.run(["audio", DURATIONS], inputs)
        samples = samples.reshape(-1)
        phonemes = phonemes_of(group.symbols, frames.reshape(-1).astype(np.int64))
        return Speech(
            samples, SAMPLE_RATE, tuple(end_with_the_sound(phonemes, samples, SAMPLE_RATE))
        )

    def groups(self, language: str, rng: random.Random) -> list[Group]:
        """A random sentence as what the model reads."""
        if language == "babble":
            return [Group("".join(c for c in sentences.babble(rng) if c in self._vocabulary), 0.0)]
        text = sentences.mandarin(rng) if language == "mandarin" else sentences.english(rng)
        return to_groups(text, self._vocabulary)


def voices_of(language: str, names: list[str]) -> list[str]:
    """Whose voices may speak a language: Mandarin only its own, English any European one."""
    initials = {"mandarin": "z", "english": "abefip"}.get(language, "abefipz")
    return [name for name in names if name[0] in initials and name not in AVOIDED_VOICES]


def speak(engine: PacedKokoro, number: int) -> Iterator[Utterance]:
    """The utterances of one number: usually one. The number decides everything."""
    rng = random.Random(number)  # noqa: S311  # not for secrets
    language = rng.choices(list(_SHARES), list(_SHARES.values()))[0]
    name = rng.choice(voices_of(language, engine.voice_names()))
    voice = replace(engine.voice(name), f0_scale=math.exp(rng.uniform(-_PITCH, _PITCH)))
    pace = rng.uniform(*_PACE)
    for group in engine.groups(language, rng):
        spoken = engine.speak_at(group, voice, pace)
        samples = soxr.resample(spoken.samples, SAMPLE_RATE, RATE).astype(np.float32)
        yield Utterance(samples, spoken.phonemes, name, language)


def store(utterance: Utterance, path: Path) -> None:
    """Write one utterance so that an interrupted run leaves no half of it."""
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez(
            file,
            samples=np.round(np.clip(utterance.samples, -1, 1) * 32767).astype(np.int16),
            symbols=np.array([phoneme.symbol for phoneme in utterance.phonemes]),
            times=np.array([(p.start, p.end) for p in utterance.phonemes], np.float32),
            voice=utterance.voice,
            language=utterance.language,
        )
    partial.rename(path)


def read(path: Path) -> Utterance:
    """An utterance that `store` wrote."""
    with np.load(path) as kept:
        phonemes = zip(kept["symbols"], kept["times"].tolist(), strict=True)
        return Utterance(
            kept["samples"].astype(np.float32) / 32767,
            tuple(Phoneme(str(symbol), start, end) for symbol, (start, end) in phonemes),
            str(kept["voice"]),
            str(kept["language"]),
        )


def main() -> None:
    """Speak until the cache holds the asked minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=65.0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    engine = PacedKokoro(WeightStore(ROOT / ".weights"), arguments.threads)
    engine.setup()
    seconds = 0.0
    for number in itertools.count():
        if not list(CACHE.glob(f"{number:05}-*.npz")):
            try:
                for part, utterance in enumerate(speak(engine, number)):
                    store(utterance, CACHE / f"{number:05}-{part}.npz")
            except UnspeakableText:
                continue
        seconds += sum(len(read(path).samples) for path in CACHE.glob(f"{number:05}-*.npz")) / RATE
        if number % 20 == 0:
            print(f"{number + 1} sentences, {seconds / 60:.1f} minutes", flush=True)
        if seconds >= 60 * arguments.minutes:
            return


if __name__ == "__main__":
    main()
