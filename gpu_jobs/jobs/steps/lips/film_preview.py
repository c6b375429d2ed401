"""A film shown while it is drawn: its finished seconds go out from a thread beside the drawing."""

from __future__ import annotations

import contextvars
import logging
import threading
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.loudness import integrated_loudness
from gpu_jobs.audio.mastering import LOUDNESS_LUFS, limit
from gpu_jobs.audio.speech import Said
from gpu_jobs.jobs.job import Preview
from gpu_jobs.media.video.fragments import Segments

logger = logging.getLogger(__name__)

_LOOKS_A_SECOND: Final = 5
"""At the file of pictures, while a second of film is drawn."""
_MARGIN_SECONDS: Final = 1
"""Of sound that is coded before its pictures: more than a frame, less than memory would mind."""


class FilmPreview:
    """A thread for the length of a `with` block, which sends what is complete to `shown`.

    Speech that is not mastered yet sounds at the level that its first sentence needs. Whatever goes
    wrong ends the preview alone.
    """

    def __init__(self, pictures: Path, fps: Fraction, shown: Preview) -> None:
        self._pictures = pictures
        self._fps = fps
        self._shown = shown
        self._step = max(1, round(fps / _LOOKS_A_SECOND))
        self._said: Said | None = None
        self._gain: float | None = None
        self._drawn = 0
        self._heard = 0
        """Samples of the speech that were handed on."""
        self._ended = self._unwanted = False
        self._news = threading.Event()
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run,), name="preview", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unwanted = kind is not None
        self.ended()
        self._thread.join()

    def say(self, said: Said) -> None:
        """What is heard by now; before any of its pictures are drawn."""
        if self._said is None or not said.whole:
            # Of mastered speech nothing is new but its level.
            self._said = said

    def drawn(self) -> None:
        """One more picture went to the encoder."""
        self._drawn += 1
        if self._drawn % self._step == 0:
            self._news.set()

    def ended(self) -> None:
        """The file of pictures is complete."""
        self._ended = True
        self._news.set()

    def _run(self) -> None:
        try:
            self._show()
        except Exception:
            logger.exception("the preview ends here; the film does not")

    def _show(self) -> None:
        segments: Segments | None = None
        began = ended = False
        while not (ended or self._unwanted):
            self._news.wait()
            self._news.clear()
            ended, said = self._ended, self._said
            if said is None:
                continue
            if segments is None:
                segments = Segments(self._pictures, said.speech.sample_rate)
            segments.hear(self._sound(said, everything=ended))
            for segment in segments.finished(ended=ended):
                if not began:
                    self._shown.begin(segments.beginning)
                began = True
                self._shown.add(segment.data, segment.seconds)
        if began and not self._unwanted:
            self._shown.end()

    def _sound(self, said: Said, *, everything: bool) -> NDArray[np.float32]:
        """What is to be heard with the pictures until now, and has not been handed on."""
        samples, rate = said.speech.samples, said.speech.sample_rate
        if self._gain is None:
            # A recording is heard as it is.
            wanted = 0.0 if said.whole else LOUDNESS_LUFS - integrated_loudness(samples, rate)
            self._gain = 10 ** (wanted / 20) if np.isfinite(wanted) else 1.0
        until = len(samples)
        if not everything:
            until = min(until, int((self._drawn / self._fps + _MARGIN_SECONDS) * rate))
        new = samples[self._heard : until] * np.float32(self._gain)
        self._heard += len(new)
        return limit(new, rate) if len(new) else new
