"""An avatar that is prepared while the speech is synthesised: neither needs the other."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from types import TracebackType
from typing import Final, Generic, Self

from dh_core.errors import TaskCancelled
from gpu_jobs.engines.lipsync import AvatarT
from gpu_jobs.jobs.job import StageReport
from gpu_jobs.media.processes import child_process

_LOOK_SECONDS: Final = 0.2


class EarlyAvatar(Generic[AvatarT]):
    """A thread for the length of a `with` block; `prepare` gets what it is to report to.

    Leaving the block with an error ends it, and closes an avatar that nobody has taken. Without
    `beside` it is prepared when it is taken: two models would be in each other's way on a GPU.
    """

    def __init__(self, prepare: Callable[[StageReport], AvatarT], *, beside: bool = True) -> None:
        self._prepare = prepare
        self._beside = beside
        self._done = 0.0
        self._unwanted = threading.Event()
        self._thread = ThreadPoolExecutor(1, "early-avatar")
        self._future: Future[AvatarT] | None = None
        self._taken = False

    def __enter__(self) -> Self:
        # The log says whose task it is.
        context = contextvars.copy_context()
        if self._beside:
            self._future = self._thread.submit(context.run, self._prepare, self._report)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unwanted.set()
        if self._future is None:
            return
        while not self._future.done():
            child_process.stop_all()
            _wait(self._future)
        self._thread.shutdown()
        if not self._taken and self._future.exception() is None:
            self._future.result().close()

    def take(self, report: StageReport) -> AvatarT:
        """The avatar, once it is prepared. The caller closes it. Raises what preparing raises."""
        if self._future is None:
            return self._prepare(report)
        while not self._future.done():
            _wait(self._future)
            report(self._done)
        avatar = self._future.result()
        self._taken = True
        return avatar

    def _report(self, fraction: float) -> None:
        # Not to the task's progress: two stages at once would take turns in it.
        self._done = fraction
        if self._unwanted.is_set():
            raise TaskCancelled


def _wait(future: Future[AvatarT]) -> None:
    with suppress(NotYet):
        future.exception(_LOOK_SECONDS)
