"""The person's alpha in the frames of a film."""

from __future__ import annotations

import numpy as np

from gpu_jobs.engines.matting.film import FilmMatter
from gpu_jobs.media.pictures.rectangle import Rectangle

FACE = Rectangle(130, 60, 60, 80)


def picture(shift: int = 0, seed: int = 0) -> np.ndarray:
    """A light figure before a dark wall, with a camera's noise."""
    frame = np.full((240, 320, 3), 50, np.uint8)
    frame[60:, 110 + shift : 210 + shift] = 190
    noise = np.random.default_rng(seed).normal(0, 2, frame.shape)
    return (frame + noise).clip(0, 255).astype(np.uint8)


class Shaky:
    """A segmentation whose border wanders by pixels from frame to frame, as the network's does."""

    def __init__(self) -> None:
        self._seeds = iter(range(1000))

    def __call__(self, part: np.ndarray) -> np.ndarray:
        random = np.random.default_rng(next(self._seeds))
        likely = (part.mean(2) > 120).astype(np.float32)
        rolled = np.roll(likely, int(random.integers(-4, 5)), axis=1)
        return (rolled * random.uniform(0.8, 1.0)).astype(np.float32)


def flicker(alphas: list[np.ndarray]) -> float:
    return float(np.abs(np.diff(np.stack(alphas[4:]), axis=0)).mean())


def test_edges_that_stand_still_stay_where_they_are():
    frames = [picture(seed=seed) for seed in range(16)]
    steady = FilmMatter(Shaky(), FACE)
    shaky = Shaky()
    alphas = [steady(frame) for frame in frames]
    alone = [FilmMatter(shaky, FACE)(frame) for frame in frames]
    assert flicker(alphas) < flicker(alone) / 3
    assert alphas[-1][120:, 130:190].min() > 0.95
    assert alphas[-1][:, :80].max() < 0.05
    assert alphas[-1].shape == (240, 320)


def test_the_alpha_follows_who_moves_and_forgets_what_was_before_a_cut():
    matter = FilmMatter(lambda part: (part.mean(2) > 120).astype(np.float32), FACE)
    for step in range(8):
        alpha = matter(picture(shift=4 * step))
    assert alpha[120:, 145:235].min() > 0.9
    assert alpha[120:, 100:120].max() < 0.1
    other = np.full((240, 320, 3), 190, np.uint8)
    other[:, :100] = 20
    assert matter(other)[120:, 120:].min() > 0.9


def test_somebody_else_is_left_out():
    frame = picture()
    frame[100:, 260:310] = 190
    alpha = FilmMatter(lambda part: (part.mean(2) > 120).astype(np.float32), FACE)(frame)
    assert alpha[120:, 265:305].max() < 0.05
