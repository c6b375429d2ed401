"""The model is given the voice as its own package would give it, and is kept from rambling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gpu_jobs.engines.speech.voxcpm2.generator import SpeechGenerator

RATE = 16_000
PATCH_SECONDS = 0.16


@pytest.fixture(scope="module")
def generator(intact: Path) -> SpeechGenerator:
    from gpu_jobs.engines.speech.voxcpm2.checkpoint import load_model
    from gpu_jobs.engines.speech.voxcpm2.generator import SpeechGenerator

    return SpeechGenerator(load_model(intact, torch.device("cpu"), torch.float32))


@pytest.fixture(scope="module")
def reference() -> NDArray[np.float32]:
    """Two seconds and a bit of a hum."""
    times = np.arange(2 * RATE + 123) / RATE
    return (0.3 * np.sin(2 * np.pi * 150 * times)).astype(np.float32)


def test_the_voice_is_what_the_package_makes_of_a_file(
    generator: SpeechGenerator, reference: NDArray[np.float32], tmp_path: Path
) -> None:
    wav = str(tmp_path / "reference.wav")
    soundfile.write(wav, reference, RATE, subtype="FLOAT")
    ours = generator.prompt(reference, "大家好")
    theirs = generator._model.build_prompt_cache(
        prompt_text="大家好", prompt_wav_path=wav, reference_wav_path=wav
    )
    assert ours.keys() == theirs.keys()
    assert (ours["mode"], ours["prompt_text"]) == (theirs["mode"], theirs["prompt_text"])
    for name in ("ref_audio_feat", "audio_feat"):
        torch.testing.assert_close(ours[name], theirs[name])


def test_without_its_text_a_recording_is_a_reference_only(
    generator: SpeechGenerator, reference: NDArray[np.float32]
) -> None:
    prompt = generator.prompt(reference)
    assert prompt["mode"] == "reference"
    assert prompt["ref_audio_feat"].shape == (13, 4, 8)  # whole patches of 160 ms, four latents


def test_a_passage_is_48_khz_sound_in_whole_patches(
    generator: SpeechGenerator, reference: NDArray[np.float32]
) -> None:
    sound = generator.generate("大家好，今天天气很好", generator.prompt(reference), 1.0)
    assert generator.sample_rate == 48_000
    assert sound.dtype == np.float32 and sound.ndim == 1 and np.isfinite(sound).all()
    assert len(sound) % (48_000 * PATCH_SECONDS) == 0


def test_half_precision_speaks_as_well(intact: Path, reference: NDArray[np.float32]) -> None:
    from gpu_jobs.engines.speech.voxcpm2.checkpoint import load_model
    from gpu_jobs.engines.speech.voxcpm2.generator import SpeechGenerator

    half = SpeechGenerator(load_model(intact, torch.device("cpu"), torch.bfloat16))
    sound = half.generate("大家好", half.prompt(reference, "今天天气很好"), 1.0)
    assert len(sound) == 4 * PATCH_SECONDS * 48_000
    assert np.isfinite(sound).all() and sound.any()


def test_generation_is_stopped_when_it_takes_far_longer_than_expected(
    generator: SpeechGenerator, reference: NDArray[np.float32]
) -> None:
    with torch.no_grad():
        before = generator._model.stop_head.weight.clone()
        generator._model.stop_head.weight.zero_()  # never votes for stopping
    try:
        sound = generator.generate("大家好" * 10, generator.prompt(reference), 1.0)
    finally:
        with torch.no_grad():
            generator._model.stop_head.weight.copy_(before)
    assert 1.0 < len(sound) / 48_000 <= 2.5 + 13 * PATCH_SECONDS


def test_the_same_passage_sounds_the_same_again(
    generator: SpeechGenerator, reference: NDArray[np.float32]
) -> None:
    prompt = generator.prompt(reference)

    def speak() -> NDArray[np.float32]:
        with generator.repeatable():
            return generator.generate("大家好", prompt, 1.0)

    first, other = speak(), generator.generate("大家好", prompt, 1.0)
    np.testing.assert_array_equal(speak(), first)
    assert len(other) != len(first) or not np.array_equal(other, first)
