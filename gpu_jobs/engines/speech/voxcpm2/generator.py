"""Run VoxCPM2: a voice's latents and a passage in, its sound out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from voxcpm.model.voxcpm2 import VoxCPM2Model

from dh_core.errors import InternalJobError

STEPS = 10
GUIDANCE = 2.0
"""Diffusion steps a patch and classifier-free guidance, as published."""

ATTEMPTS = 3
PLAUSIBLE = (0.5, 2.0)
"""Length of a passage over its expected length; outside it words are missing or were made up."""

_LONGEST = 2.5
"""Over the expected length; generation is stopped there."""
_SLACK_PATCHES = 12
_SEED = 2026

PromptCache = dict[str, Any]


class SpeechGenerator:
    """The model with its sampling settings. Generates one passage at a time.

    The model keeps one key-value cache of batch size 1 and stops when its first row does
    (`VoxCPM2Model._inference`), so passages cannot share a batch.
    """

    def __init__(self, model: VoxCPM2Model, *, compiled: bool = False) -> None:
        self._model = model.optimize(disable=not compiled)
        self._patch_seconds = model.patch_size * model.chunk_size / model.audio_vae.sample_rate

    @property
    def sample_rate(self) -> int:
        """Of the generated sound."""
        return int(self._model.sample_rate)

    @property
    def reference_rate(self) -> int:
        """Of the sound that `prompt` takes."""
        return int(self._model.audio_vae.sample_rate)

    def prompt(self, reference: NDArray[np.float32], text: str | None = None) -> PromptCache:
        """What the model needs to know of a voice: mono sound at `reference_rate`.

        With the `text` that is said in it the model also continues the recording, which keeps
        rhythm and emotion. The same as `VoxCPM2Model.build_prompt_cache`, without its detour over
        a file.
        """
        cache: PromptCache = {"mode": "reference", "ref_audio_feat": self._latents(reference)}
        if text is not None:
            continued = self._latents(reference, pad_left=True)
            cache |= {"mode": "ref_continuation", "prompt_text": text, "audio_feat": continued}
        return cache

    def generate(
        self, text: str, prompt: PromptCache, expected_seconds: float
    ) -> NDArray[np.float32]:
        """Speak a passage; the best of up to ATTEMPTS by its length. Raises InternalJobError."""
        longest = math.ceil(_LONGEST * expected_seconds / self._patch_seconds) + _SLACK_PATCHES
        best: NDArray[np.float32] | None = None
        for _ in range(ATTEMPTS):
            samples = self._once(text, prompt, longest)
            if not np.isfinite(samples).all():
                continue
            if best is None or self._strangeness(samples, expected_seconds) < self._strangeness(
                best, expected_seconds
            ):
                best = samples
            low, high = PLAUSIBLE
            if low <= len(best) / self.sample_rate / expected_seconds <= high:
                break
        if best is None:
            raise InternalJobError
        return best

    @contextmanager
    def repeatable(self) -> Iterator[None]:
        """Within it the same calls give the same sound; other users of the seed see nothing."""
        devices = [torch.cuda.current_device()] if self._on_cuda else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(_SEED)
            yield

    @property
    def _on_cuda(self) -> bool:
        return str(self._model.device).startswith("cuda")

    def _once(self, text: str, prompt: PromptCache, longest: int) -> NDArray[np.float32]:
        sound, _, _ = self._model.generate_with_prompt_cache(
            target_text=text,
            prompt_cache=prompt,
            max_len=longest,
            inference_timesteps=STEPS,
            cfg_value=GUIDANCE,
        )
        return np.asarray(sound.squeeze(0).numpy(), np.float32)

    def _strangeness(self, samples: NDArray[np.float32], expected_seconds: float) -> float:
        return abs(math.log(len(samples) / self.sample_rate / expected_seconds))

    @torch.inference_mode()
    def _latents(self, samples: NDArray[np.float32], *, pad_left: bool = False) -> torch.Tensor:
        """Patches of latents (T, patch, D), the sound padded with silence to whole patches."""
        model = self._model
        missing = -len(samples) % (model.patch_size * model.chunk_size)
        padded = np.pad(samples, (missing, 0) if pad_left else (0, missing))
        sound = torch.from_numpy(padded)[None].to(model.device)
        latents: torch.Tensor = model.audio_vae.encode(sound, model.audio_vae.sample_rate).cpu()
        dimensions = model.audio_vae.latent_dim
        return latents.view(dimensions, -1, model.patch_size).permute(1, 2, 0)
