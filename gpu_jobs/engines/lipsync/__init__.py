"""Lip-sync engines: a clip of a person and some speech in, that person saying it out.

An engine is a name here and a module beside it. Its three calls:

    avatar = engine.prepare(clip, workdir, report)        # once per clip and face
    plan = engine.plan(avatar, speech)                    # what each of ceil(duration * fps) shows
    frames = engine.draw(avatar, plan, some, report)      # any range of them, BGR, streamed

All that depends on the whole speech is in the plan. A frame is drawn from the plan and the clip
alone, so that several processes may each draw a part (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gpu_jobs.audio.speech import Speech
from gpu_jobs.telemetry import metrics

if TYPE_CHECKING:
    from gpu_jobs.weights.store import WeightStore

Report = Callable[[float], None]

DEFAULT_ENGINE = "retrieval"
ENGINES = {
    "retrieval": "gpu_jobs.engines.lipsync.retrieval.engine:RetrievalEngine",
    "musetalk": "gpu_jobs.engines.lipsync.musetalk.engine:MuseTalkEngine",
}


class Avatar(Protocol):
    """A clip that an engine has prepared; frame sizes are even. `close` frees its files."""

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

    def close(self) -> None:
        """Release what `prepare` opened."""
        ...


class Plan(Protocol):
    """What an engine decided about a whole speech. Its length is the number of frames."""

    def __len__(self) -> int: ...


class AvatarBroken(Exception):
    """A kept avatar cannot be read back; prepare it again."""


class PlanBroken(Exception):
    """A saved plan cannot be read back, or another release wrote it."""


class LipSyncEngine(Protocol):
    """What every engine offers; `report` gets a fraction and may raise to cancel."""

    @property
    def avatar_version(self) -> str:
        """Name and version of the form in which `save` keeps avatars."""
        ...

    def save(self, avatar: Any, archive: Path) -> None:
        """Write an avatar to one file, so that `restore` needs neither clip nor tracking."""
        ...

    def restore(self, archive: Path, workdir: Path) -> Any:
        """Read an avatar back; its files go to `workdir`. Raises AvatarBroken."""
        ...

    def prepare(
        self, clip: Path, workdir: Path, report: Report, face_index: int | None = None
    ) -> Any:
        """Read the clip once and return this engine's own kind of Avatar.

        `face_index`: which of several people speaks, counted from the left; None: the largest.
        """
        ...

    def plan(self, avatar: Any, speech: Speech) -> Any:
        """This engine's own kind of Plan, of exactly ceil(speech.duration * avatar.fps) frames."""
        ...

    def save_plan(self, plan: Any, path: Path) -> None:
        """Write a plan to one file that `load_plan` reads back without loss."""
        ...

    def load_plan(self, path: Path) -> Any:
        """Read a plan back. Raises PlanBroken."""
        ...

    def draw(
        self, avatar: Any, plan: Any, frames: range, report: Report
    ) -> Iterator[NDArray[np.uint8]]:
        """The planned frames of a range, (H, W, 3) uint8 BGR; the same in every process."""
        ...

    def render(self, avatar: Any, speech: Speech, report: Report) -> Iterator[NDArray[np.uint8]]:
        """All of them, planned and drawn in one go."""
        ...


def load(name: str, weights: WeightStore, threads: int = 1) -> LipSyncEngine:
    """The engine called `name`; its libraries are imported only now. KeyError for others."""
    module, _, attribute = ENGINES[name].partition(":")
    with metrics.loading(name):
        engine: LipSyncEngine = getattr(import_module(module), attribute)(weights, threads)
    return engine
