"""Matting engines: a photo in, how much of each pixel is the person out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.media.pictures.rectangle import Rectangle


class MattingEngine(Protocol):
    """What every engine offers."""

    def setup(self) -> None:
        """Load the models; a second call does nothing."""
        ...

    def matte(
        self,
        photo: NDArray[np.uint8],
        face: Rectangle | None = None,
        others: Sequence[Rectangle] = (),
    ) -> NDArray[np.float32]:
        """How much of each pixel of a BGR photo (H, W, 3) is the person: float32 (H, W), 0…1.

        `face`: whose; `others`: people that are left out. Without a face the largest figure is
        taken. Raises PersonNotSeparable.
        """
        ...
