"""Progress in a terminal: a live bar per stage, or plain lines where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dh_client.core.tasks import TaskStatus
from dh_client.core.uploads import Transfer

LINE_STEP: Final = 25  # percent between two plain lines of one stage

_NAMES: Final = {
    "voice": "voice: adapting",
    "speech": "speech: synthesising",
    "face": "face: learning",
    "lips": "lips: rendering",
    "label": "label: marking as AI",
    "upload": "result: storing",
}


class Stages:
    """Shows stages one after another on `stream`. Context manager: leaving ends the last one."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        console = Console(file=self._stream)
        self._bars = _bars(console) if console.is_terminal else None
        self._bar: TaskID | None = None
        self._stage = ""
        self._began = 0.0
        self._is_shown = False
        """Whether the address of the film in the making was told."""
        self._percent = self._printed = 0

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close(complete=error is None)
        if self._bars:
            self._bars.stop()

    def show(self, stage: str, fraction: float) -> None:
        """`stage` has come to `fraction` (0…1); a new name ends the stage before it."""
        if stage != self._stage:
            self._close(complete=True)
            self._stage, self._began = stage, self._clock()
            self._percent, self._printed = 0, -LINE_STEP
            if self._bars:
                self._bar = self._bars.add_task(stage, total=100)
        self._percent = max(self._percent, round(100 * min(max(fraction, 0.0), 1.0)))
        if self._bars and self._bar is not None:
            self._bars.update(self._bar, completed=self._percent)
        elif self._percent < 100 and self._percent >= self._printed + LINE_STEP:
            self._printed = self._percent
            self._write(f"{self._stage}: {self._percent} %")

    def task(self, state: TaskStatus) -> None:
        """One bar per stage; each shows how far the whole task is, as the API tells it."""
        if state.status == "pending":
            ahead = state.queue_position
            waiting = f" (place {ahead})" if ahead and ahead > 1 else ""
            self.show(f"task: waiting for a worker{waiting}", 0)
        elif state.status == "processing" and state.stage:
            self.show(_NAMES.get(state.stage, state.stage), state.progress / 100)
            if state.preview_url and not self._is_shown:
                self._is_shown = True
                # Above the bars, where there are some.
                say = self._bars.console.out if self._bars else self._write
                say(f"watch it being made: {state.preview_url}")

    def transfer(self, moved: Transfer) -> None:
        """How far a file is that is sent or saved."""
        self.show(moved.file.name, moved.done / moved.total if moved.total else 0)

    def _close(self, *, complete: bool) -> None:
        if not self._stage:
            return
        if self._bars and self._bar is not None:
            if complete:
                self._bars.update(self._bar, completed=100)
            self._bars.stop_task(self._bar)
        elif complete:
            self._write(f"{self._stage}: done in {self._clock() - self._began:.1f} s")
        self._stage = ""

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        console=console,
    )
