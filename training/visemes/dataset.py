"""Utterances as what the network hears and what it should say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter1d

from gpu_jobs.audio import mel, speech_features
from gpu_jobs.audio.speech import Phoneme
from gpu_jobs.audio.speech_features import GRID_HZ, FloatArray
from gpu_jobs.engines.visemes.curves import viseme_curves
from training.visemes import augment
from training.visemes.synthesise import Utterance

_SPEED = 0.15  # largest change, in natural logarithms
_SPREADING, _USUAL_OPENING = 0.2, 0.3  # of the width by the opening, and around which
_WIDTH_DELAY, _WIDTH_SIGMA = 0.02, 0.03  # s
_CODED = 0.5  # of the utterances
_SESSION = 25  # utterances that share a codec's file


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """`cepstra` (N, 20) and `targets` (N, 4) at 100 Hz: opening, width, speaking, closed."""

    cepstra: FloatArray
    targets: FloatArray


def targets_of(phonemes: Sequence[Phoneme], clean: FloatArray) -> FloatArray:
    """The lips' curves (N, 4) on the feature grid of the clean speech.

    Three things that symbols do not carry and tracked faces show: louder syllables open wider; the
    corners go apart as the jaw falls; and they follow it, slowly.
    """
    times = np.arange(1 + len(clean) // mel.STEP) / GRID_HZ
    curves = viseme_curves(phonemes, times)
    stress = 0.65 + 0.5 * speech_features.loudness(clean, times)
    opening = np.clip(curves.opening * stress, 0, 1)
    late = viseme_curves(phonemes, times - _WIDTH_DELAY).width
    width = late + _SPREADING * (opening - _USUAL_OPENING) * curves.speaking
    slow = gaussian_filter1d(width, _WIDTH_SIGMA * GRID_HZ)
    return np.stack([opening, slow, curves.speaking, curves.closed], 1).astype(np.float32)


def clean_example(utterance: Utterance) -> Example:
    """An utterance as it was spoken."""
    return Example(
        speech_features.cepstra(utterance.samples),
        targets_of(utterance.phonemes, utterance.samples),
    )


def augmented_examples(utterances: Sequence[Utterance], rng: Generator) -> list[Example]:
    """Each utterance once, in another throat, room and microphone, half of them through a codec."""
    sounds, targets = [], []
    for utterance in utterances:
        factor = float(np.exp(rng.uniform(-_SPEED, _SPEED)))
        sound = augment.at_speed(utterance.samples, factor)
        moved = [Phoneme(p.symbol, p.start / factor, p.end / factor) for p in utterance.phonemes]
        targets.append(targets_of(moved, sound))
        sounds.append(augment.recorded(sound, rng))
    for first in range(0, len(sounds), _SESSION):
        coded = [
            index
            for index in range(first, min(first + _SESSION, len(sounds)))
            if rng.random() < _CODED
        ]
        codec = str(rng.choice(list(augment.CODECS)))
        decoded = augment.through_codec([sounds[index] for index in coded], codec) if coded else []
        for index, sound in zip(coded, decoded, strict=True):
            sounds[index] = sound
    return [
        Example(speech_features.cepstra(sound), target)
        for sound, target in zip(sounds, targets, strict=True)
    ]
