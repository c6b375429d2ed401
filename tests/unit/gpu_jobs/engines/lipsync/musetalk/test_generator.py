"""The networks' inputs and outputs against hand-computed values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gpu_jobs.engines.lipsync.musetalk.generator import (
    FaceGenerator,
    position_codes,
    precision,
    without_lower_half,
)
from gpu_jobs.engines.lipsync.musetalk.reference_latents import ReferenceLatents

CPU = torch.device("cpu")
# Processors sum convolutions in different orders; the latents themselves spread by 0.04.
ROUNDING = 2e-3


@pytest.fixture(scope="module")
def generator(models) -> FaceGenerator:
    return FaceGenerator(models.unet, models.vae, device=CPU, batch_size=2)


def faces(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 256, 256, 3), dtype=np.uint8)


def test_position_codes_are_the_published_sinusoids() -> None:
    codes = position_codes(384)
    assert codes.shape == (50, 384)
    assert codes[0, :4].tolist() == [0, 1, 0, 1]
    assert codes[1, 0].item() == pytest.approx(math.sin(1))
    assert codes[1, 1].item() == pytest.approx(math.cos(1))
    assert codes[7, 2].item() == pytest.approx(math.sin(7 / 10_000 ** (2 / 384)), abs=1e-5)
    assert codes[49, 383].item() == pytest.approx(math.cos(49 / 10_000 ** (382 / 384)), abs=1e-5)


def test_the_lower_half_is_black_and_the_upper_half_untouched() -> None:
    picture = torch.rand(1, 3, 256, 256)
    hidden = without_lower_half(picture)
    assert (hidden[:, :, 128:] == -1).all()
    assert torch.equal(hidden[:, :, :128], picture[:, :, :128])


def test_the_unet_sees_the_hidden_face_then_the_whole_one_scaled(generator, models) -> None:
    crops = faces(1)
    latents = generator.encode(crops)
    assert latents.shape == (1, 8, 32, 32)
    rgb = torch.from_numpy(crops[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255 * 2 - 1
    black = rgb.clone()
    black[:, :, 128:] = -1
    with torch.inference_mode():
        hidden = models.vae.encode(black).latent_dist.mean * 0.18215
        whole = models.vae.encode(rgb).latent_dist.mean * 0.18215
    torch.testing.assert_close(latents[:, :4], hidden, atol=ROUNDING, rtol=0)
    torch.testing.assert_close(latents[:, 4:], whole, atol=ROUNDING, rtol=0)
    assert (hidden - whole).abs().max() > 20 * ROUNDING


def test_a_face_is_one_step_at_timestep_zero_decoded_to_bgr(generator, models) -> None:
    latents, windows = torch.randn(2, 8, 32, 32), torch.randn(2, 50, 16)
    made = generator.generate(latents, windows).wait()
    with torch.inference_mode():
        sound = windows + position_codes(16)
        predicted = models.unet(latents, torch.tensor([0]), encoder_hidden_states=sound).sample
        rgb = models.vae.decode(predicted / 0.18215).sample
    expected = ((rgb / 2 + 0.5).clamp(0, 1) * 255).round().permute(0, 2, 3, 1).numpy()[..., ::-1]
    assert made.shape == (2, 256, 256, 3) and made.dtype == np.uint8
    assert np.abs(made.astype(int) - expected).max() <= 1


def test_the_sound_changes_the_face(generator) -> None:
    latents = generator.encode(faces(1))
    one = generator.generate(latents, torch.zeros(1, 50, 16)).wait()
    other = generator.generate(latents, 5 * torch.randn(1, 50, 16)).wait()
    assert (one != other).any()


def test_a_batch_gives_the_same_faces_as_one_at_a_time(generator) -> None:
    latents, windows = generator.encode(faces(3)), torch.randn(3, 50, 16)
    together = generator.generate(latents, windows).wait()
    alone = [generator.generate(latents[i : i + 1], windows[i : i + 1]).wait()[0] for i in range(3)]
    assert np.abs(together.astype(int) - np.stack(alone)).max() <= 1


def test_compiled_networks_see_one_batch_size_only(models, monkeypatch) -> None:
    sizes: list[int] = []

    def compile_(network, *, dynamic: bool):
        assert not dynamic

        def call(first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
            sizes.append(len(first))
            return network(first, *others)

        return call

    monkeypatch.setattr(torch, "compile", compile_)
    compiled = FaceGenerator(models.unet, models.vae, device=CPU, batch_size=3, compiled=True)
    for count in (3, 1):
        latents = compiled.encode(faces(count))
        made = compiled.generate(latents, torch.zeros(count, 50, 16)).wait()
        assert len(latents) == len(made) == count
    assert sizes == [3, 3, 3, 3]


def test_half_precision_only_where_there_is_cuda() -> None:
    assert precision(torch.device("cuda")) == torch.float16
    assert precision(CPU) == torch.float32


class CountingGenerator:
    """Encodes a face to its first pixel value."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, crops: np.ndarray) -> torch.Tensor:
        self.encoded += len(crops)
        return torch.from_numpy(crops[:, 0, 0, :1].astype(np.float32))


def crop_of(index: int) -> np.ndarray:
    return np.full((256, 256, 3), index, np.uint8)


def test_a_frame_that_comes_again_is_not_encoded_again() -> None:
    generator = CountingGenerator()
    latents = ReferenceLatents(generator)
    assert latents([1, 2, 1], {1: crop_of(1), 2: crop_of(2)}).ravel().tolist() == [1, 2, 1]
    assert latents([2, 1], {}).ravel().tolist() == [2, 1]
    assert generator.encoded == 2


def test_beyond_its_limit_the_cache_keeps_no_more() -> None:
    generator = CountingGenerator()
    latents = ReferenceLatents(generator, limit=1)
    crops = {index: crop_of(index) for index in (1, 2)}
    latents([1, 2], crops)
    assert 1 in latents and 2 not in latents
    assert latents([2, 1], {2: crops[2]}).ravel().tolist() == [2, 1]
