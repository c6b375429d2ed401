"""The table of voices tells good sound from bad, and what was chosen from what confirms it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from eval.speech_judge.quality import Quality
from eval.speech_judge.sentences import SENTENCES
from eval.voices import part_of_the_sentences
from gpu_jobs.media.ffmpeg import read_audio

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "functions/api/voice_samples/zf_xiaobei.mp3"
RATE = 24_000


def test_noise_costs_quality_and_loudness_does_not() -> None:
    voice = read_audio(SAMPLE, RATE, max_seconds=4)
    noise = np.random.default_rng(0).normal(0, 0.02, len(voice)).astype(np.float32)
    clean, quiet, noisy = (Quality.of((sound, RATE)) for sound in (voice, voice / 8, voice + noise))
    assert clean.overall > noisy.overall + 0.5
    assert clean.background > noisy.background + 1
    assert quiet.overall == pytest.approx(clean.overall, abs=0.02)


def test_parts_share_no_sentence_and_leave_none_out() -> None:
    parts = [part_of_the_sentences(f"{first}/3") for first in (1, 2, 3)]
    whole = [text for texts in SENTENCES.values() for text in texts]
    assert sorted(itertools.chain(*parts)) == sorted(whole)
    assert len(set(whole)) == len(whole)
