"""Progress in a terminal: one live bar per stage, or plain lines where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

BAR_WIDTH: Final = 30
LINE_STEP: Final = 25  # percent between two plain lines of one stage
_REDRAW_SECONDS = 0.1


class ProgressDisplay:
    """Shows stages one after another on `stream`. Context manager: leaving ends the last stage."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._live = stream.isatty()
        self._stage = ""
        self._began = self._drawn = 0.0
        self._percent = self._printed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close(complete=error is None)

    def show(self, stage: str, fraction: float) -> None:
        """`stage` has come to `fraction` (0…1); a new name ends the stage before it."""
        if stage != self._stage:
            self._close(complete=True)
            self._stage, self._began = stage, self._clock()
            self._percent, self._printed, self._drawn = 0, -LINE_STEP, -1.0
        self._percent = max(self._percent, round(100 * min(max(fraction, 0.0), 1.0)))
        if self._live:
            self._redraw()
        elif self._percent < 100 and self._percent >= self._printed + LINE_STEP:
            self._printed = self._percent
            self._write(f"{self._stage}: {self._percent} %\n")

    def _close(self, *, complete: bool) -> None:
        if not self._stage:
            return
        if complete:
            self._percent = 100
        if self._live:
            self._drawn = -1.0
            self._redraw()
            self._write("\n")
        elif complete:
            self._write(f"{self._stage}: done in {self._clock() - self._began:.1f} s\n")
        self._stage = ""

    def _redraw(self) -> None:
        now = self._clock()
        if self._drawn >= 0 and now - self._drawn < _REDRAW_SECONDS:
            return
        self._drawn = now
        filled = BAR_WIDTH * self._percent // 100
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        self._write(f"\r{self._stage:<26} {bar} {self._percent:3d} % {now - self._began:5.1f} s")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
