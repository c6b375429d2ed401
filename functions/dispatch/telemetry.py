"""The dispatcher's logger, and what its lines say besides their message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aws_lambda_powertools import Logger

# The service name and the level come from Powertools' own variables, which it reads itself.
logger: Final = Logger()


@contextmanager
def log_context(**fields: str) -> Iterator[None]:
    """Every line that the block logs bears these fields."""
    # By thread: in the embedded cloud the API logs through the same logger from other threads.
    logger.thread_safe_append_keys(**fields)
    try:
        yield
    finally:
        logger.thread_safe_remove_keys(fields)


def fingerprint(key: str) -> str:
    """Stands for an object's key in the log: the key holds its owner and a name that a user chose.

    Whoever knows the key finds its lines: `printf %s KEY | sha256sum | cut -c1-16`.
    """
    return hashlib.sha256(key.encode()).hexdigest()[:16]
