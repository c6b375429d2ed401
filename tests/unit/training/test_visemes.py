"""The viseme network's training: sentences, sound, examples, and what is exported."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gpu_jobs.audio.mel import RATE
from gpu_jobs.audio.speech import Phoneme

torch = pytest.importorskip("torch")

from training.visemes import augment, dataset, sentences  # noqa: E402
from training.visemes.fitting import Recipe, fit, predict  # noqa: E402
from training.visemes.network import export  # noqa: E402
from training.visemes.synthesise import Utterance, read, store, voices_of  # noqa: E402


def two_sounds() -> Utterance:
    """A closed hum, then an open one, silence around them."""
    time = np.arange(RATE) / RATE
    hum, open_ = np.sin(2 * np.pi * 150 * time), np.sin(2 * np.pi * 900 * time)
    samples = np.where((time > 0.3) & (time < 0.5), hum, 0) + np.where(
        (time >= 0.5) & (time < 0.8), open_, 0
    )
    phonemes = (Phoneme("m", 0.3, 0.5), Phoneme("a", 0.5, 0.8))
    return Utterance((0.3 * samples).astype(np.float32), phonemes, "zf_test", "mandarin")


@pytest.mark.parametrize("say", [sentences.mandarin, sentences.english, sentences.babble])
def test_the_same_seed_says_the_same_sentence(say):
    assert say(random.Random(3)) == say(random.Random(3)) != say(random.Random(4))


def test_only_mandarin_voices_speak_mandarin():
    names = ["af_heart", "zf_xiaobei", "zf_xiaoni", "ff_siwis"]
    assert voices_of("mandarin", names) == ["zf_xiaobei"]
    assert voices_of("english", names) == ["af_heart", "ff_siwis"]


def test_an_utterance_is_read_as_it_was_stored(tmp_path):
    store(two_sounds(), tmp_path / "one.npz")
    kept = read(tmp_path / "one.npz")
    np.testing.assert_allclose(kept.samples, two_sounds().samples, atol=1e-4)
    assert [p.symbol for p in kept.phonemes] == ["m", "a"]
    assert kept.phonemes[1].end == pytest.approx(0.8)


@pytest.mark.parametrize("codec", augment.CODECS)
def test_a_codec_keeps_the_time_of_every_sound(codec):
    sounds = [two_sounds().samples, two_sounds().samples[: RATE // 2]]
    for before, after in zip(sounds, augment.through_codec(sounds, codec), strict=True):
        assert len(after) == len(before)
        onset = np.flatnonzero(np.abs(after) > 0.1)[0] / RATE
        assert onset == pytest.approx(0.3, abs=0.01)


def test_twice_the_speed_takes_half_the_time():
    assert len(augment.at_speed(two_sounds().samples, 2.0)) == pytest.approx(RATE / 2, abs=2)


def test_an_example_is_closed_in_m_open_in_a_and_shut_in_silence():
    for example in (
        dataset.clean_example(two_sounds()),
        *dataset.augmented_examples([two_sounds()], np.random.default_rng(0)),
    ):
        assert example.cepstra.shape[1] == 20
        assert abs(len(example.cepstra) - len(example.targets)) <= 1
        opening, _, speaking, closed = example.targets.T
        assert opening[0] == speaking[0] == closed[0] == 0
        closing, widest = int(closed.argmax()), int(opening.argmax())
        assert closed[closing] == 1
        assert opening[closing] < 0.05 < 0.4 < opening[widest]
        assert closing < widest


def test_the_exported_network_computes_what_was_trained(tmp_path):
    import onnxruntime

    examples = dataset.augmented_examples([two_sounds()] * 3, np.random.default_rng(1))
    nets = [fit(examples, Recipe(seed=seed, steps=3, width=8)) for seed in (0, 1)]
    export(nets, tmp_path / "net.onnx", license="Apache-2.0")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))
    cepstra = examples[0].cepstra
    (curves,) = session.run(None, {"cepstra": cepstra.T[None]})
    np.testing.assert_allclose(curves[0].T, predict(nets, cepstra), atol=2e-3)
