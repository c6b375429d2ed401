"""Toward a person's voice: mix the timbre of known voices, move the pitch.

The reference's speaker embedding is written as a combination of the embeddings of Kokoro's voices;
the same weights mix the timbre halves of their styles. A mix lies nearer to the mean voice than any
voice does, and sounds like nobody: it is moved out along its own direction until it is as
distinct as a voice is. The prosody half is the mean of Mandarin voices of similar pitch: of
Mandarin ones, because other languages' voices speak it with flat tones; a mean, because single
voices have habits that listeners stumble over. The result is an adapted voice, not a copy of the
person's. What was tried and measured: README.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dh_core.errors import SilentAudio
from gpu_jobs.audio.pitch import median_f0
from gpu_jobs.engines.speech.speaker.ge2e import SpeakerEncoder
from gpu_jobs.engines.speech.speaker.reference_checks import NO_VOICE, usable_speech

BANK = Path(__file__).with_name("voice_bank.npz")
AVOIDED_VOICES = frozenset({"zf_xiaoni"})
"""Left out of the bank: a third of its Mandarin is misheard."""

HIGH_PROSODY: Final = ("zf_xiaobei", "zf_xiaoxiao", "zf_xiaoyi")
LOW_PROSODY: Final = ("zm_yunjian", "zm_yunxi", "zm_yunyang")
"""Mandarin voices whose prosodies are averaged. zm_yunxia is a boy's, higher than most women's."""

CLEAR_TIMBRES: Final = {
    HIGH_PROSODY: ("zf_xiaobei", "af_heart"),
    LOW_PROSODY: ("zm_yunyang", "am_michael"),
}
"""With a prosody, the timbres that make it clear: a Mandarin one, and one that the model learnt
from hours of English instead of minutes of Mandarin."""

F0_SCALE_RANGE = (0.6, 1.6)

_TIMBRE_HALF, _PROSODY_HALF = slice(None, 128), slice(128, None)
_RIDGE = 0.5
"""Small enough for weights below 0, which reach voices outside of the bank's hull; larger, and the
mix tends to the mean voice."""

_DISTINCTNESS = 0.8
"""Distance of a mix's style from the mean style; 1 is what the model's own voices have on average.
Farther out a voice is more like the person's, and harder to understand."""

_CLEARNESS = 0.3
"""Share of the timbres that are understood best. It costs likeness too."""

_FARTHEST = 2.0
"""Nor is any mix moved out farther than by this factor: near the mean its direction is noise."""

_TYPICAL_LENGTH = 60
"""Row of the styles by which distances are measured: a sentence of 61 symbols."""

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
    """How to make a voice: timbre and prosody weights by voice name, pitch factor.

    The weights of each sum to 1; single ones of `timbre` may be below 0.
    """

    timbre: dict[str, float]
    prosody: dict[str, float]
    f0_scale: float


def describe(reference: NDArray[np.float32], encoder: SpeakerEncoder) -> Speaker:
    """Listen to 16 kHz mono audio; raises SilentAudio or ReferenceTooShort."""
    voice = usable_speech(reference)
    f0 = median_f0(voice)
    if f0 is None:
        raise SilentAudio(NO_VOICE)
    return Speaker(encoder.embed(voice), f0)


def choose(speaker: Speaker, bank: Bank, styles: Mapping[str, NDArray[np.float32]]) -> Recipe:
    """The mix of bank voices that comes nearest to the speaker; `styles` holds every one of them.

    Prosody from the Mandarin women or men, whichever have the larger mean of cosine minus 0.3 times
    the absolute log pitch ratio.
    """
    place = {name: number for number, name in enumerate(bank.names)}
    groups = {group: [place[name] for name in group] for group in (HIGH_PROSODY, LOW_PROSODY)}
    apart = np.log(speaker.f0 / bank.f0)
    score = bank.embeddings @ speaker.embedding - _PITCH_WEIGHT * np.abs(apart)
    nearest = max(groups, key=lambda group: float(score[groups[group]].mean()))
    f0_scale = float(np.clip(np.exp(apart[groups[nearest]].mean()), *F0_SCALE_RANGE))

    weights = _ridge(speaker.embedding, bank.embeddings)
    weights = _moved_out(weights, np.stack([styles[n][_TYPICAL_LENGTH] for n in bank.names]))
    clear = equal(CLEAR_TIMBRES[nearest])
    timbre = {
        name: round((1 - _CLEARNESS) * float(weight) + _CLEARNESS * clear.get(name, 0.0), 5)
        for name, weight in zip(bank.names, weights, strict=True)
    }
    return Recipe(timbre, equal(nearest), f0_scale)


def equal(names: Sequence[str]) -> dict[str, float]:
    """The same weight for every voice."""
    return dict.fromkeys(names, 1 / len(names))


def _ridge(wanted: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weights (V,) of sum 1 that combine `known` (V, 256) to the direction of `wanted` (256,).

    Ridge regression. All voices' embeddings point roughly one way (cosines of 0.3 and more), so the
    sum is well above 0 before it is made 1: 0.7 to 1.03 for 223 recorded persons.
    """
    rows = known.astype(np.float64)
    gram = rows @ rows.T + _RIDGE**2 * np.eye(len(rows))
    weights = np.linalg.solve(gram, rows @ wanted)
    mixed: NDArray[np.float64] = np.asarray(weights / weights.sum(), np.float64)
    return mixed


def _moved_out(weights: NDArray[np.float64], styles: NDArray[np.float32]) -> NDArray[np.float64]:
    """Weights (V,) of sum 1 that mix `styles` (V, 256) in the same direction from the mean style,
    but as far from it as voices are."""
    centred = styles[:, _TIMBRE_HALF] - styles[:, _TIMBRE_HALF].mean(axis=0)
    typical = float(np.linalg.norm(centred, axis=1).mean())
    distance = float(np.linalg.norm(weights @ centred))
    factor = np.clip(_DISTINCTNESS * typical / max(distance, 1e-9), 1.0, _FARTHEST)
    middle = 1 / len(weights)
    moved: NDArray[np.float64] = middle + factor * (weights - middle)
    return moved


def mix(recipe: Recipe, styles: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Style (510, 256) of a recipe: its timbre half and its prosody half, each mixed."""
    timbre, prosody = (
        sum(weight * styles[name][:, half] for name, weight in weights.items())
        for weights, half in ((recipe.timbre, _TIMBRE_HALF), (recipe.prosody, _PROSODY_HALF))
    )
    return np.concatenate([timbre, prosody], axis=1, dtype=np.float32)


@cache
def load_bank() -> Bank:
    """The bank shipped with this package, made by `build_bank`."""
    with np.load(BANK) as bank:
        names = tuple(str(name) for name in bank["names"])
        return Bank(names, bank["embeddings"].astype(np.float32), bank["f0"])
