"""Toward a person's voice: mix the timbre of known voices, move the pitch.

The reference's speaker embedding is written as a non-negative combination of the embeddings of
Kokoro's voices; the same weights mix the timbre halves of their styles. The prosody half comes from
one Mandarin voice of similar timbre and pitch, because other languages' voices speak Mandarin with
flat tones. The result is an adapted voice, not a copy of the person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from dh_core.errors import SilentAudio
from gpu_jobs.engines.speech.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.pitch import median_f0
from gpu_jobs.engines.speech.reference_checks import NO_VOICE, usable_speech

BANK = Path(__file__).with_name("voice_bank.npz")
AVOIDED_VOICES = frozenset({"zf_xiaoni"})
"""Left out of the bank: a third of its Mandarin is misheard."""

MANDARIN_PREFIX = "z"
F0_SCALE_RANGE = (0.6, 1.6)

_TIMBRE = 128
_SPARSITY = 0.15
_PITCH_WEIGHT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """What is known of the model's voices: embeddings (V, 256) of unit norm, median F0 (V,), Hz."""

    names: tuple[str, ...]
    embeddings: NDArray[np.float32]
    f0: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """What is heard of a person: embedding (256,) of unit norm, median F0 in Hz."""

    embedding: NDArray[np.float32]
    f0: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make a voice: timbre weights by voice name (sum 1), prosody voice, pitch factor."""

    timbre: dict[str, float]
    prosody: str
    f0_scale: float


def describe(reference: NDArray[np.float32], encoder: SpeakerEncoder) -> Speaker:
    """Listen to 16 kHz mono audio; raises SilentAudio or ReferenceTooShort."""
    voice = usable_speech(reference)
    f0 = median_f0(voice)
    if f0 is None:
        raise SilentAudio(NO_VOICE)
    return Speaker(encoder.embed(voice), f0)


def choose(speaker: Speaker, bank: Bank) -> Recipe:
    """The mix of bank voices that comes nearest to the speaker.

    Non-negative least squares with a small ridge over unit embeddings; prosody from the Mandarin
    voice with the largest cosine minus 0.3 times the absolute log pitch ratio.
    """
    count = len(bank.names)
    system = np.vstack([bank.embeddings.T, _SPARSITY * np.eye(count)])
    wanted = np.concatenate([speaker.embedding, np.zeros(count)])
    weights, _residual = nnls(system, wanted)
    weights /= weights.sum()
    timbre = {name: float(w) for name, w in zip(bank.names, weights, strict=True) if w > 0}

    score = bank.embeddings @ speaker.embedding
    score = score - _PITCH_WEIGHT * np.abs(np.log(speaker.f0 / bank.f0))
    mandarin = [i for i, name in enumerate(bank.names) if name.startswith(MANDARIN_PREFIX)]
    best = max(mandarin, key=lambda i: float(score[i]))
    f0_scale = float(np.clip(speaker.f0 / bank.f0[best], *F0_SCALE_RANGE))
    return Recipe(timbre, bank.names[best], f0_scale)


def mix(recipe: Recipe, styles: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Style (510, 256) of a recipe: mixed timbre half, the prosody voice's own second half."""
    style = styles[recipe.prosody].copy()
    style[:, :_TIMBRE] = sum(w * styles[name][:, :_TIMBRE] for name, w in recipe.timbre.items())
    return style


@cache
def load_bank() -> Bank:
    """The bank shipped with this package, made by `build_bank`."""
    with np.load(BANK) as bank:
        names = tuple(str(name) for name in bank["names"])
        return Bank(names, bank["embeddings"].astype(np.float32), bank["f0"])
