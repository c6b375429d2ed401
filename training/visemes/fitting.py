"""Fit one network to the examples, and tell how well it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from gpu_jobs.audio.speech_features import FloatArray
from training.visemes.dataset import Example
from training.visemes.network import CEPSTRA, VisemeNet

_CROP = 200  # frames, 2 s
_BATCH = 16
_RATE = 1.5e-3
_DECAY = 0.02
_SHAPE_WEIGHTS = (8.0, 16.0)  # of opening and width, about one over their variance and the rest
_SILENT_WEIGHT = 0.3  # of the shape where nobody speaks
_SAID_WEIGHTS = (1.0, 4.0)  # of the probabilities of speaking and of closed lips
_CLOSED_SHARE = 3.0  # weight of a closed frame beside an open one: they are rare
_NOISE, _CHANNEL = 0.15, 0.2  # on the scaled cepstra: per frame, and per crop (a microphone)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a training run may vary."""

    seed: int = 0
    steps: int = 1200
    width: int = 64
    dropout: float = 0.1


def fit(examples: Sequence[Example], recipe: Recipe) -> VisemeNet:
    """Train on random two-second crops; the same recipe gives the same network."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    heard = np.concatenate([example.cepstra for example in examples])
    net = VisemeNet(heard.mean(0), heard.std(0) + 1e-3, recipe.width, recipe.dropout)
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, recipe.steps)
    for _ in range(recipe.steps):
        cepstra, targets = _batch(examples, rng)
        scaled = net.normalised(cepstra)
        scaled = scaled + _NOISE * torch.randn_like(scaled)
        scaled = scaled + _CHANNEL * torch.randn(len(scaled), CEPSTRA, 1)
        optimiser.zero_grad()
        torch.autograd.backward(_loss(net(scaled), targets))
        optimiser.step()
        schedule.step()
    return net.eval()


def predict(nets: Sequence[VisemeNet], cepstra: FloatArray) -> FloatArray:
    """Curves (N, 4) of cepstra (N, 20), as the exported file computes them."""
    with torch.no_grad():
        heard = torch.from_numpy(cepstra.T[None].copy())
        mean = torch.stack([net(net.normalised(heard))[0] for net in nets]).mean(0)
        curves = torch.cat([mean[:2], torch.sigmoid(mean[2:])])
    return np.asarray(curves.numpy().T, np.float32)


@dataclass(frozen=True, slots=True)
class Score:
    """Against the true curves of speech that was not trained on."""

    opening: float
    width: float
    closures: float


def score(nets: Sequence[VisemeNet], examples: Sequence[Example]) -> Score:
    """Correlations, and the share of closures in which closed lips are more likely than not."""
    heard = np.concatenate([predict(nets, example.cepstra) for example in examples])
    true = np.concatenate([example.targets[: len(example.cepstra)] for example in examples])
    return Score(
        float(np.corrcoef(heard[:, 0], true[:, 0])[0, 1]),
        float(np.corrcoef(heard[:, 1], true[:, 1])[0, 1]),
        _recall(heard[:, 3] > 0.5, true[:, 3] >= 1),
    )


def _recall(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Share of the runs of true frames that hold a frame that was said to be true."""
    edges = np.flatnonzero(np.diff(np.r_[0, true.astype(np.int8), 0]))
    runs = edges.reshape(-1, 2)
    return float(np.mean([said[first:last].any() for first, last in runs])) if len(runs) else 0.0


def _batch(examples: Sequence[Example], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    cepstra, targets = [], []
    for index in rng.integers(len(examples), size=_BATCH):
        example = examples[int(index)]
        first = int(rng.integers(max(1, len(example.cepstra) - _CROP)))
        cepstra.append(_crop(example.cepstra, first))
        targets.append(_crop(example.targets, first))
    return torch.from_numpy(np.stack(cepstra)), torch.from_numpy(np.stack(targets))


def _crop(values: FloatArray, first: int) -> FloatArray:
    """(C, 200) from (N, C); a short one repeats its last frame."""
    cut = values[first : first + _CROP]
    padded = np.pad(cut, ((0, _CROP - len(cut)), (0, 0)), "edge")
    return np.ascontiguousarray(padded.T)


def _loss(curves: Tensor, targets: Tensor) -> Tensor:
    weight = _SILENT_WEIGHT + targets[:, 2:3]
    importance = torch.tensor(_SHAPE_WEIGHTS)[:, None]
    shape = ((curves[:, :2] - targets[:, :2]) ** 2 * weight * importance).mean()
    said = functional.binary_cross_entropy_with_logits(
        curves[:, 2:],
        targets[:, 2:],
        weight=torch.tensor(_SAID_WEIGHTS)[:, None],
        pos_weight=torch.tensor([[1.0], [_CLOSED_SHARE]]),
    )
    return shape + said
