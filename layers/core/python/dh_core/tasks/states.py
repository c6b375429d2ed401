"""The life of a task: phases, the five public states, and which phase may follow which.

Pure data and functions. `store.tasks` is the only writer; it turns a `Transition` into a
conditional write, so a transition that is not listed here cannot happen.

    waiting_inputs ──► queued ──► submitted ──► running ──► completed
          │              ▲ │         │ │          │ │
          │              └─┼─────────┘ │          │ │      requeue: a lease ran out, a host died
          │              ▲ └───────────┼──────────┘ │
          └──────────────┴─────► failed, cancelled ◄┘

    running ──► submitted: its machine is gone, and AWS Batch brings the same job back.
    running ──► moderating ──► completed: a moderator looks at the result before anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Status(StrEnum):
    """What a client sees (the seed API's five)."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self in (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


class Phase(StrEnum):
    """What we know inside."""

    WAITING_INPUTS = "waiting_inputs"
    QUEUED = "queued"
    SUBMITTED = "submitted"
    RUNNING = "running"
    MODERATING = "moderating"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def status(self) -> Status:
        return _STATUS[self]

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL


_STATUS: Final = {
    Phase.WAITING_INPUTS: Status.PENDING,
    Phase.QUEUED: Status.PENDING,
    Phase.SUBMITTED: Status.PENDING,
    Phase.RUNNING: Status.PROCESSING,
    Phase.MODERATING: Status.PROCESSING,
    Phase.COMPLETED: Status.COMPLETED,
    Phase.FAILED: Status.FAILED,
    Phase.CANCELLED: Status.CANCELLED,
}

TERMINAL: Final = frozenset({Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED})
ACTIVE: Final = frozenset(Phase) - TERMINAL
ENQUEUED: Final = frozenset({Phase.QUEUED, Phase.SUBMITTED})
"""Nothing but a worker is missing."""
WAITING: Final = ACTIVE - {Phase.RUNNING}
"""A task that waits holds its lease itself; while it runs its run does."""
QueueChange = Literal["enqueued", "dequeued"]


class Transition(StrEnum):
    """Named moves. The value is the event as logs and metrics name it."""

    INPUTS_ARRIVED = "inputs_arrived"
    DISPATCH = "dispatch"
    START = "start"
    RESTART = "restart"
    CLAIM_WAITING = "claim_waiting"
    AWAIT_RESTART = "await_restart"
    REQUEUE = "requeue"
    COMPLETE = "complete"
    WITHHOLD = "withhold"
    RELEASE = "release"
    FAIL = "fail"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Move:
    """`sources` → `target`. `fenced` moves also require the mover's attempt to be current."""

    sources: frozenset[Phase]
    target: Phase
    fenced: bool = False


MOVES: Final[dict[Transition, Move]] = {
    Transition.INPUTS_ARRIVED: Move(frozenset({Phase.WAITING_INPUTS}), Phase.QUEUED),
    Transition.DISPATCH: Move(frozenset({Phase.QUEUED}), Phase.SUBMITTED),
    Transition.START: Move(frozenset({Phase.SUBMITTED}), Phase.RUNNING, fenced=True),
    # AWS Batch restarts a job by itself (Spot reclaim); the attempt is the same, the run is newer.
    Transition.RESTART: Move(frozenset({Phase.RUNNING}), Phase.RUNNING, fenced=True),
    # A warm worker takes a task that still waits for a machine, under a new attempt: the job that
    # was submitted for the task is refused when it starts.
    Transition.CLAIM_WAITING: Move(frozenset({Phase.SUBMITTED}), Phase.RUNNING, fenced=True),
    # The machine of a run is gone and AWS Batch holds the job for another: as good as submitted, so
    # whichever is there first carries it on, the job or a warm worker.
    Transition.AWAIT_RESTART: Move(frozenset({Phase.RUNNING}), Phase.SUBMITTED, fenced=True),
    Transition.REQUEUE: Move(
        frozenset({Phase.SUBMITTED, Phase.RUNNING}), Phase.QUEUED, fenced=True
    ),
    Transition.COMPLETE: Move(frozenset({Phase.RUNNING}), Phase.COMPLETED, fenced=True),
    Transition.WITHHOLD: Move(frozenset({Phase.RUNNING}), Phase.MODERATING, fenced=True),
    Transition.RELEASE: Move(frozenset({Phase.MODERATING}), Phase.COMPLETED),
    Transition.FAIL: Move(ACTIVE, Phase.FAILED),
    Transition.CANCEL: Move(ACTIVE, Phase.CANCELLED),
}


def counter_changes(source: Phase | None, target: Phase) -> dict[Status, int]:
    """By how much each status count changes; empty where the public status stays the same."""
    before = source.status if source else None
    after = target.status
    if before == after:
        return {}
    changes = {after: 1}
    if before is not None:
        changes[before] = -1
    return changes


def queue_change(source: Phase | None, target: Phase) -> QueueChange | None:
    """Whether a move puts a task into its lane's queue, or takes it out."""
    before, after = source in ENQUEUED, target in ENQUEUED
    if before == after:
        return None
    return "enqueued" if after else "dequeued"


def phases_of(status: Status) -> tuple[Phase, ...]:
    """The phases that a client sees as this status."""
    return tuple(phase for phase in Phase if phase.status is status)


def after_a_lost_attempt(losses: int, attempts_max: int) -> Transition:
    """What a task does when an attempt died, `losses` having died before it."""
    return Transition.REQUEUE if losses + 1 < attempts_max else Transition.FAIL
