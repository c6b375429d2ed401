"""Lip-sync engines: a clip of a person and some speech in, that person saying it out.

An engine is a name here and a module beside it. Its two calls:

    avatar = engine.prepare(clip, workdir, report)      # once per clip and face
    frames = engine.render(avatar, speech, report)      # ceil(duration * fps) BGR frames, streamed
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gpu_jobs import metrics
from gpu_jobs.timeline import Speech

if TYPE_CHECKING:
    from gpu_jobs.weights import WeightStore

Report = Callable[[float], None]

DEFAULT_ENGINE = "retrieval"
ENGINES = {
    "retrieval": "gpu_jobs.engines.lipsync.retrieval:RetrievalEngine",
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

    def close(self) -> None:
        """Release what `prepare` opened."""
        ...


class AvatarBroken(Exception):
    """A kept avatar cannot be read back; prepare it again."""


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

    def render(self, avatar: Any, speech: Speech, report: Report) -> Iterator[NDArray[np.uint8]]:
        """Frames (H, W, 3) uint8 BGR, exactly ceil(speech.duration * avatar.fps) of them."""
        ...


def load(name: str, weights: WeightStore, threads: int = 1) -> LipSyncEngine:
    """The engine called `name`; its libraries are imported only now. KeyError for others."""
    module, _, attribute = ENGINES[name].partition(":")
    with metrics.loading(name):
        engine: LipSyncEngine = getattr(import_module(module), attribute)(weights, threads)
    return engine
