"""What the U-Net sees of every base frame, encoded once however often the clip plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from gpu_jobs.engines.lipsync.musetalk.face_box import Frame
from gpu_jobs.engines.lipsync.musetalk.generator import FaceGenerator

MOST_FRAMES = 4096
"""Kept on the device: 64 MB in half precision, more than the longest clip has frames."""


class ReferenceLatents:
    """Latents (8, 32, 32) by frame of one clip; the first `limit` frames asked for are kept."""

    def __init__(self, generator: FaceGenerator, limit: int = MOST_FRAMES) -> None:
        self._generator = generator
        self._limit = limit
        self._kept: dict[int, Tensor] = {}

    def __contains__(self, index: int) -> bool:
        return index in self._kept

    def forget(self) -> None:
        """Give the device's memory back; frames asked for again are encoded again."""
        self._kept.clear()

    def __call__(self, indices: Sequence[int], crops: Mapping[int, Frame]) -> Tensor:
        """Latents (len(indices), 8, 32, 32) of frames, which may repeat.

        `crops`: the faces (256, 256, 3) of all frames that are not kept yet.
        """
        missing = sorted({index for index in indices if index not in self._kept})
        known = dict(self._kept)
        if missing:
            encoded = self._generator.encode(np.stack([crops[index] for index in missing]))
            known.update(zip(missing, encoded, strict=True))
            for index in missing[: max(0, self._limit - len(self._kept))]:
                self._kept[index] = known[index].clone()
        return torch.stack([known[index] for index in indices])
