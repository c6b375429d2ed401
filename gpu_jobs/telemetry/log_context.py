"""Which task this process works on, for its logs.

A worker has one task at a time, and every thread it starts works on that one: so this is
a fact of the process, which a context variable (one per thread) would not be.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskContext:
    """A task and the attempt at it."""

    task_id: str
    attempt: int


class _Current:
    task: TaskContext | None = None
    stage: str | None = None


def current_task() -> TaskContext | None:
    """The task that is being worked on; None between two."""
    return _Current.task


@contextmanager
def bind_task(task_id: str, attempt: int) -> Iterator[None]:
    """Every line logged in this block, by whatever thread, names the task."""
    before = _Current.task, _Current.stage
    _Current.task, _Current.stage = TaskContext(task_id, attempt), None
    try:
        yield
    finally:
        _Current.task, _Current.stage = before


def entered(stage: str) -> None:
    """The current task is now in this stage; without a task there is none."""
    if _Current.task is not None:
        _Current.stage = stage


class TaskContextFilter(logging.Filter):
    """A handler's filter that gives records `task_id`, `attempt` and `stage`.

    Between tasks they are `-`, 0 and `-`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        task = _Current.task
        record.task_id = task.task_id if task else "-"
        record.attempt = task.attempt if task else 0
        record.stage = _Current.stage or "-"
        return True
