"""The server's own log file, and the stream that the functions' loggers write into."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FUNCTIONS = logging.getLogger("infra.local.lambdas.functions.output")
_LOGGERS = ("infra.local", "uvicorn")


class FunctionsOutput(io.TextIOBase):
    """Standard output of the functions, line by line into the log.

    Their loggers belong to the process and outlive one cloud, so what they hold must never close.
    """

    def write(self, text: str) -> int:
        # Not `splitlines`: JSON leaves U+2028 and U+0085 as they are, and a client may send them.
        for line in text.split("\n"):
            if line:
                _FUNCTIONS.info(line)
        return len(text)


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Append what the server and the functions say to `path` while the block runs."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        with suppress(OSError):  # its last lines found no room on the disk
            handler.close()
