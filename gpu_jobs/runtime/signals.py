"""Hears SIGTERM even while the main thread is inside a long call of a model.

Python runs a signal's handler in the main thread, and only between two of its own instructions:
seconds or minutes late when that thread is in native code. The wakeup descriptor is written by the
C handler at once, and a thread that reads it is held up by nothing but the interpreter's lock.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable


def call_on_sigterm(action: Callable[[], None]) -> None:
    """Call `action` once, in a thread of its own, when SIGTERM comes. From the main thread."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait() -> None:
        os.read(reading, 1)
        action()

    threading.Thread(target=wait, name="sigterm", daemon=True).start()
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    # Python writes to the descriptor only for signals that have a handler.
    signal.signal(signal.SIGTERM, lambda *_: None)
