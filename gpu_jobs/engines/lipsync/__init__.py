"""Lip-sync engines: a clip of a person and some speech in, that person saying it out.

Three calls:

    avatar = engine.prepare(clip, workdir, report)        # once per clip and face
    plan = engine.plan(avatar, speech)                    # what each of ceil(duration * fps) shows
    frames = engine.draw(avatar, plan, some, report)      # any range, yuv420p, streamed

All that depends on the speech is in the plan. A frame is drawn from the plan and the clip alone, so
that several processes may each draw a part (docs/architecture.md). A speech that is still being
synthesised is planned sentence by sentence, each plan going on from the one before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from dh_core.specs.fields import LengthFit
from gpu_jobs.audio.speech import Speech

Report = Callable[[float], None]
FaceChoice = int | Literal["auto"] | None
"""Of several people the one of that place, counted from the left; whose mouth moves with the clip's
own sound; or the one with the largest face."""


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a clip that is used, in seconds; `end` None: to its end."""

    start: float = 0.0
    end: float | None = None

    def seconds(self, most: float) -> float:
        """How long it is, `most` at most."""
        return most if self.end is None else min(most, self.end - self.start)


WHOLE: Final = Span()


class Avatar(Protocol):
    """A clip that an engine has prepared; frame sizes are even. Close it, or use it in `with`."""

    @property
    def fps(self) -> Fraction:
        """Constant frame rate."""
        ...

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes for the client, about the clip: `dh_core.errors.catalogue.WARNINGS`."""
        ...

    @property
    def frame_count(self) -> int:
        """Of the clip."""
        ...

    @property
    def faces(self) -> NDArray[np.float32]:
        """x, y, width, height of the face in each of the clip's frames, in pixels; (T, 4)."""
        ...

    @property
    def shots(self) -> tuple[int, ...]:
        """The first frame of each shot of the clip, 0 the first of them."""
        ...

    def played(self, fit: LengthFit) -> Self:
        """The same, to be played so where a speech is longer than the clip."""
        ...

    def close(self) -> None:
        """Release what `prepare` opened."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class Plan(Protocol):
    """What an engine decided about a speech. Its length is the number of frames."""

    def __len__(self) -> int: ...

    @property
    def base(self) -> NDArray[np.int64]:
        """The clip's frame under each, (N,)."""
        ...


class AvatarBroken(Exception):
    """A kept avatar cannot be read back; prepare it again."""


class PlanBroken(Exception):
    """A saved plan cannot be read back, or another release wrote it."""


AvatarT = TypeVar("AvatarT", bound=Avatar)
PlanT = TypeVar("PlanT", bound=Plan)


def frames_of(speech: Speech, fps: Fraction, whole: bool = True) -> int:
    """Frames that a speech takes: the last one may be longer than it, if it is the `whole`."""
    # In whole numbers: a float product just above one would add a frame.
    count = Fraction(len(speech.samples), speech.sample_rate) * fps
    return math.ceil(count) if whole else math.floor(count)


class LipSyncEngine(Protocol[AvatarT, PlanT]):
    """What every engine offers, with avatars and plans of its own kind.

    `report` gets a fraction and may raise to cancel.
    """

    def setup(self) -> None:
        """Load the models; a second call does nothing."""
        ...

    @property
    def avatar_version(self) -> str:
        """Name and version of the form in which `save` keeps avatars."""
        ...

    def save(self, avatar: AvatarT, archive: Path) -> None:
        """Write an avatar to one file, so that `restore` needs neither clip nor tracking."""
        ...

    def restore(self, archive: Path, workdir: Path) -> AvatarT:
        """Read an avatar back; its files go to `workdir`. Raises AvatarBroken."""
        ...

    def prepare(
        self,
        clip: Path,
        workdir: Path,
        report: Report,
        face: FaceChoice = None,
        span: Span = WHOLE,
    ) -> AvatarT:
        """Read the clip once; `face`: which of several people is to speak; `span`: what is used."""
        ...

    def plan(
        self, avatar: AvatarT, speech: Speech, before: PlanT | None = None, *, whole: bool = True
    ) -> PlanT:
        """What each frame shows, of exactly `frames_of(speech, avatar.fps, whole)` frames.

        `before`: the plan up to the end of an earlier sentence; its frames stay as they are. A
        speech that is not `whole` ends with the last sound of a sentence, and goes on.
        """
        ...

    def save_plan(self, plan: PlanT, path: Path) -> None:
        """Write a plan to one file that `load_plan` reads back without loss."""
        ...

    def load_plan(self, path: Path) -> PlanT:
        """Read a plan back. Raises PlanBroken."""
        ...

    def draw(
        self, avatar: AvatarT, plan: PlanT, frames: range, report: Report
    ) -> Generator[NDArray[np.uint8], None, None]:
        """The planned frames of a range, as planes (see `colour`); the same in every process.

        Close it when frames are left, before the avatar: others may be in the making.
        """
        ...

    def render(
        self, avatar: AvatarT, speech: Speech, report: Report
    ) -> Iterator[NDArray[np.uint8]]:
        """All of them, planned and drawn in one go; (H, W, 3) uint8 BGR."""
        ...
