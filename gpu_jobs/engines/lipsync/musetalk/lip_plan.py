"""What MuseTalk needs to know of a speech before any frame of it can be generated."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.mel import RATE
from gpu_jobs.audio.speech import Speech
from gpu_jobs.audio.speech_features import at_rate
from gpu_jobs.engines.lipsync import PlanBroken

VERSION = "musetalk-plan-1"
"""Raise it when the form changes, or what drawing makes of it."""

_FULL_SCALE = 32767


@dataclass(frozen=True, slots=True)
class MuseTalkPlan:
    """`base` (N,): the clip's frame under each; `sound` (M,): 16 kHz, 16 bits, 32 kB a second.

    Whisper hears segments that begin at fixed times, so a range of frames hears what it would
    within the whole.
    """

    base: NDArray[np.int64]
    sound: NDArray[np.int16]

    @classmethod
    def empty(cls) -> Self:
        """No frames yet."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int16))

    def followed_by(self, base: NDArray[np.int64], speech: Speech) -> Self:
        """This plan and what comes after it; `base` and `speech` are of all frames.

        Samples beyond [-1, 1] clip.
        """
        # The last second is heard again: there the sound went on, and is resampled otherwise.
        stays = max(0, len(self.sound) // RATE - 1)
        before = min(stays, 1)
        heard = speech.samples[(stays - before) * speech.sample_rate :]
        new = at_rate(heard, speech.sample_rate)[before * RATE :]
        scaled = np.round(np.clip(new, -1, 1) * _FULL_SCALE).astype(np.int16)
        return type(self)(base, np.concatenate([self.sound[: stays * RATE], scaled]))

    @property
    def samples(self) -> NDArray[np.float32]:
        """The sound in [-1, 1]; the same wherever the plan is read."""
        return self.sound.astype(np.float32) / np.float32(_FULL_SCALE)

    def __len__(self) -> int:
        return len(self.base)

    def save(self, path: Path) -> None:
        """Write a .npz without loss."""
        with path.open("wb") as file:
            np.savez(file, version=np.array(VERSION), base=self.base, sound=self.sound)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one back, no pickles. Raises PlanBroken."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                if str(arrays["version"]) != VERSION:
                    raise PlanBroken(f"written as {arrays['version']}, read as {VERSION}")
                return cls(arrays["base"], arrays["sound"])
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise PlanBroken(str(error)) from error
