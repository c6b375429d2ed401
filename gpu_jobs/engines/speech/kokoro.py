"""Kokoro-82M: text to Mandarin and English speech with the time of every sound.

Model: https://huggingface.co/hexgrad/Kokoro-82M (Apache-2.0), int8 ONNX. A voice is a style of 256
numbers for each input length: the first half carries timbre, the second prosody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from gpu_jobs.engines.speech import adapt as adaptation
from gpu_jobs.engines.speech.front_end import Group, to_groups
from gpu_jobs.engines.speech.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.graph import DURATIONS, F0_SCALE
from gpu_jobs.engines.speech.mastering import master
from gpu_jobs.engines.speech.timing import audible_range, end_with_the_sound, phonemes_of
from gpu_jobs.timeline import Phoneme, Speech
from gpu_jobs.weights import WeightStore

SAMPLE_RATE = 24_000
DEFAULT_VOICE = "zf_xiaobei"
MARGIN_SECONDS = 0.06
"""Kept before the first and after the last audible moment of a group."""

_FADE_SECONDS = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A voice to speak with: `style` (510, 256) float32 by input length, and a pitch factor."""

    name: str
    style: NDArray[np.float32]
    f0_scale: float = 1.0


class KokoroEngine:
    """See `SpeechEngine`. About 0.5 GB of memory; one instance serves one thread at a time."""

    def __init__(self, weights: WeightStore, threads: int = 2) -> None:
        self._weights = weights
        self._threads = threads
        self._session: Any = None
        self._vocabulary: dict[str, int] = {}
        self._styles: dict[str, NDArray[np.float32]] = {}

    def setup(self) -> None:
        """Load model, vocabulary and voices (1-2 s); raises WeightsMissing."""
        if self._session is not None:
            return
        vocabulary = self._weights.path("kokoro-vocab.json").read_text(encoding="utf-8")
        self._vocabulary = json.loads(vocabulary)["vocab"]
        with np.load(self._weights.path("kokoro-voices.npz")) as styles:
            self._styles = {name: styles[name] for name in styles.files}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        model = self._weights.path("kokoro.onnx")
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def encoder(self) -> SpeakerEncoder:
        """The speaker encoder that `adapt` listens with, loaded on first use."""
        return SpeakerEncoder(self._weights.path("ge2e.npz"))

    def voice_names(self) -> list[str]:
        """The model's own voices; the first letter is the language, `z` for Mandarin."""
        self.setup()
        return sorted(self._styles)

    def voice(self, name: str) -> Voice:
        """One of the model's own voices, as it is; raises KeyError for an unknown name."""
        self.setup()
        return Voice(name, self._styles[name])

    def default_voice(self) -> Voice:
        """The Mandarin voice used when there is no reference."""
        return self.voice(DEFAULT_VOICE)

    def adapt(self, reference: NDArray[np.float32], text: str | None = None) -> Voice:
        """A voice toward the speaker of `reference` (16 kHz mono, 3 s of voice or more).

        An adapted voice, not a clone: timbre is mixed from the model's voices and pitch is moved
        to the reference's; what is said in it is of no use here. Raises SilentAudio or
        ReferenceTooShort.
        """
        self.setup()
        target = adaptation.describe(reference, self.encoder)
        recipe = adaptation.choose(target, adaptation.load_bank())
        style = adaptation.mix(recipe, self._styles)
        return Voice(f"adapted from {recipe.prosody}", style, recipe.f0_scale)

    def synthesise(self, text: str, voice: Voice, report: Callable[[float], None]) -> Speech:
        """Speak `text`; raises UnspeakableText, and whatever `report` raises."""
        self.setup()
        groups = to_groups(text, self._vocabulary)
        pieces: list[NDArray[np.float32]] = []
        phonemes: list[Phoneme] = []
        length = 0
        for number, group in enumerate(groups, 1):
            spoken = self.speak(group, voice)
            phonemes += shift(spoken.phonemes, length / SAMPLE_RATE)
            pause = 0.0 if number == len(groups) else group.pause
            silence = np.zeros(round(pause * SAMPLE_RATE), dtype=np.float32)
            pieces += [spoken.samples, silence]
            length += len(spoken.samples) + len(silence)
            report(number / len(groups))
        return Speech(master(np.concatenate(pieces), SAMPLE_RATE), SAMPLE_RATE, tuple(phonemes))

    def speak(self, group: Group, voice: Voice) -> Speech:
        """Run the model on one group and cut the silence around it; not mastered."""
        tokens = [0, *(self._vocabulary[symbol] for symbol in group.symbols), 0]
        inputs = {
            "tokens": np.array([tokens], dtype=np.int64),
            "style": voice.style[len(group.symbols) - 1][None],
            "speed": np.ones(1, dtype=np.float32),
            F0_SCALE: np.array([voice.f0_scale], dtype=np.float32),
        }
        samples, frames = self._session.run(["audio", DURATIONS], inputs)
        samples = samples.reshape(-1)
        phonemes = phonemes_of(group.symbols, frames.reshape(-1).astype(np.int64))
        return _trim(samples, end_with_the_sound(phonemes, samples, SAMPLE_RATE))


def shift(phonemes: tuple[Phoneme, ...], seconds: float) -> list[Phoneme]:
    """The same phonemes, later by `seconds`."""
    return [Phoneme(p.symbol, p.start + seconds, p.end + seconds) for p in phonemes]


def _trim(samples: NDArray[np.float32], phonemes: list[Phoneme]) -> Speech:
    """Cut to what is heard plus a margin, fade the cuts, move the phonemes along."""
    first, last = audible_range(samples, SAMPLE_RATE)
    start = max(0, round((min(first, phonemes[0].start) - MARGIN_SECONDS) * SAMPLE_RATE))
    stop = round((max(last, phonemes[-1].end) + MARGIN_SECONDS) * SAMPLE_RATE)
    cut = samples[start:stop].copy()
    ramp = np.linspace(0, 1, round(_FADE_SECONDS * SAMPLE_RATE), dtype=np.float32)
    cut[: len(ramp)] *= ramp
    cut[-len(ramp) :] *= ramp[::-1]
    return Speech(cut, SAMPLE_RATE, tuple(shift(tuple(phonemes), -start / SAMPLE_RATE)))
