"""A clip ready to speak by retrieval: its track, and what can be learnt from it when asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dh_core.specs.fields import LengthFit
from gpu_jobs.audio import speech_features
from gpu_jobs.engines.faces.geometry import CanonicalPose, FloatArray, canonicalise
from gpu_jobs.engines.lipsync.footage import base_footage, sync
from gpu_jobs.engines.lipsync.footage.base_footage import BaseFootage
from gpu_jobs.engines.lipsync.footage.sync import Sync
from gpu_jobs.engines.lipsync.footage.track import Track
from gpu_jobs.engines.lipsync.retrieval.personal_mouth import PersonalMouth
from gpu_jobs.engines.mouth.shapes import MouthModel

_SPEECH = 0.5  # of the ramps into and out of speech


@dataclass(frozen=True)
class RetrievalAvatar:
    """Owns files in its work directory: close it, or use it in `with`.

    `sound`: the clip's own, 16 kHz, where it holds speech. What is learnt (a second's work) is
    learnt when it is first asked for: planning a speech needs it, drawing a plan does not.
    """

    track: Track
    sound: FloatArray | None
    fit: LengthFit = "bounce"

    @property
    def fps(self) -> Fraction:
        """Constant frame rate of the output."""
        return self.track.fps

    @property
    def width(self) -> int:
        """Pixels, even."""
        return self.track.width

    @property
    def height(self) -> int:
        """Pixels, even."""
        return self.track.height

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes for the client, about the clip."""
        return self.track.warnings

    @property
    def frame_count(self) -> int:
        """Of the clip."""
        return len(self.track)

    @property
    def faces(self) -> FloatArray:
        """x, y, width, height of the face in each of the clip's frames, in pixels; (T, 4)."""
        return self.track.faces()

    @property
    def shots(self) -> tuple[int, ...]:
        """The first frame of each shot of the clip, 0 the first of them."""
        return tuple(map(int, self.track.shots))

    def played(self, fit: LengthFit) -> Self:
        """The same, to be played so where a speech is longer than the clip."""
        return replace(self, fit=fit)

    @property
    def to_canonical(self) -> FloatArray:
        """Per frame, the similarity from the picture to the canonical pose; (T, 3, 4)."""
        return self._pose.to_canonical

    @cached_property
    def model(self) -> MouthModel:
        """The shapes that this person's mouth takes."""
        track = self.track
        return MouthModel.fit(self._pose.points, track.usable, self._spoken())

    def _spoken(self) -> NDArray[np.bool_] | None:
        """Frames (T,) in which the clip's sound holds speech."""
        if self.sound is None:
            return None
        times = speech_features.frame_times(len(self.track), float(self.fps))
        return np.asarray(speech_features.speaking(self.sound, times) > _SPEECH)

    @cached_property
    def sync(self) -> Sync:
        """How the clip's sound goes with the mouth in it."""
        if self.sound is None or not self.model.speaks:
            return Sync()
        usable, fps = self.track.usable, float(self.fps)
        return sync.measure(self.sound, self.model.openings, usable, fps)

    @cached_property
    def personal(self) -> PersonalMouth | None:
        """What the clip's sound taught about the mouth, if it can be trusted."""
        if self.sound is None or not self.model.speaks:
            return None
        usable, fps = self.track.usable, float(self.fps)
        return PersonalMouth.learn(self.sound, self.model, usable, fps, self.sync)

    @cached_property
    def footage(self) -> BaseFootage:
        """Which of its frames to show under speech."""
        track, fps = self.track, float(self.fps)
        measured = base_footage.measure(
            track.meshes, self._pose, track.fade(), track.changes, track.blinks(), fps, track.shots
        )
        return replace(measured, fit=self.fit)

    @cached_property
    def _pose(self) -> CanonicalPose:
        return canonicalise(self.track.meshes, self.track.shots)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self.track.close()
