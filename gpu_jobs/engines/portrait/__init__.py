"""Portrait engines: one still photo and some speech in, that person speaking out.

frames = engine.animate(figure, backdrop, speech, fps, report)   # ceil(duration * fps) frames
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Speech

Frame = NDArray[np.uint8]
Report = Callable[[float], None]


class PortraitEngine(Protocol):
    """What every engine offers; `report` gets a fraction and may raise to cancel."""

    def setup(self) -> None:
        """Load the models; a second call does nothing."""
        ...

    def animate(
        self,
        figure: Frame,
        backdrop: Frame | None,
        speech: Speech | float,
        fps: Fraction,
        report: Report,
        face_index: int | None = None,
    ) -> Iterator[Frame]:
        """Yield ceil(duration × fps) BGR frames (H, W, 3) of the person saying `speech`.

        `figure`: (H, W, 4) uint8 BGRA, straight alpha, standing on the canvas that it shares with
        `backdrop` (H, W, 3) BGR; or a photo (H, W, 3) BGR with `backdrop` None. `speech`: seconds
        of silence instead of speech let the person wait: lips shut, breathing, blinking.
        `face_index`: which of several people, counted from the left; None: the largest face.

        The frames may be one buffer that is drawn anew: read each before asking for the next, and
        draw on a copy. Raises NoFaceFound, FaceTooSmall, FaceIndexOutOfRange, ValueError for
        pictures that do not go together, and whatever `report` raises.
        """
        ...
