"""What a task looks like: to the API, in the table, and to the job that holds it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from dh_core.specs.base import InputFile, TaskSpec
from dh_core.specs.task_types import SPECS, TaskType, parse_spec
from dh_core.store.counters import queue_counter, task_counter
from dh_core.store.moderation.withheld import Withheld, read_withheld
from dh_core.store.table import Item
from dh_core.tasks.lanes import Lane
from dh_core.tasks.polling import Expectation
from dh_core.tasks.states import Phase, Status, counter_changes, queue_change
from dh_core.tasks.usage import Usage

LEASE_SHARDS: Final = 4
RUN_SHARDS: Final = 16
"""A run is written every few seconds, a task that waits only when it moves."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as the API wants it recorded.

    `uuid` (the caller's own) and `idempotency_key` each stand for one request, told from others
    by `digest`. `missing` are inputs registered but not uploaded yet. `sequence_number` is its
    place in the queue (see `TaskCreation.prepare`). With `most_at_work` it is counted, and refused
    when the owner has that many tasks at work.
    """

    owner: str
    spec: TaskSpec
    digest: str
    missing: tuple[InputFile, ...]
    lease_seconds: int
    retention_seconds: int
    log_seconds: int = 0
    """How long its entry in the log is kept."""
    uuid: str | None = None
    idempotency_key: str | None = None
    user_id: str | None = None
    callback_url: str | None = None
    """Told when the task ends."""
    callback_events: tuple[str, ...] = ()
    """What is told: the statuses of an end, `run_events`; none named: every end."""
    sequence_number: int = 1
    most_at_work: int | None = None
    is_moderated: bool = False
    """Whether a moderator judges its videos and its result before that is shown."""
    expected: Expectation | None = None
    """By what past runs took; None before the first."""


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One step of a task's history."""

    time: str
    phase: Phase
    attempt: int
    stage: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A row of the table. What its job is asked lies beside it (see `spec_key`)."""

    task_id: str
    uuid: str
    owner: str
    type: TaskType
    phase: Phase
    attempt: int
    progress: int
    """0 to 100."""
    created_at: str
    updated_at: str
    inputs: tuple[str, ...] = ()
    """The uploads that it reads, as `type/filename`."""
    template_id: str | None = None
    """The template that it names."""
    is_logged: bool = False
    """Whether the log has an entry of it, with the consent (`store.generation_log`)."""
    consent: str | None = None
    """`specs.consent.Consent` as JSON, of a release that kept it here."""
    missing: frozenset[str] = frozenset()
    """Inputs awaited, as `type/filename`."""
    stage: str | None = None
    preview: str | None = None
    """The folder of the run whose film can be watched while it is made."""
    worker: str | None = None
    run: int = 0
    losses: int = 0
    """Attempts that died for a reason that may pass."""
    job_id: str | None = None
    """Of its attempt; while it is queued again, of the attempt that was lost."""
    assist_job_id: str | None = None
    """The job whose processes render segments for this one."""
    lease_until: int = 0
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    user_id: str | None = None
    callback_url: str | None = None
    callback_events: tuple[str, ...] = ()
    expires_at: int = 0
    """When the record is deleted, seconds since the epoch."""
    idempotency_keys: tuple[str, ...] = ()
    """What stands for the request that created it: see `idempotency_partition`."""
    is_moderated: bool = False
    """As in NewTask."""
    withheld: Withheld | None = None
    """While a moderator looks at the result."""
    counted: bool = False
    """Whether it counts among its owner's tasks at work until it ends."""
    sequence_number: int = 1
    queued_at: int = 0
    """When it was last enqueued, seconds since the epoch."""
    started_at: int | None = None
    expected: Expectation | None = None
    """How long it should wait and run, as it was thought when it was created."""
    events: tuple[TaskEvent, ...] = ()
    """Its history, oldest first."""
    usage: Usage = field(default_factory=Usage)

    @property
    def status(self) -> Status:
        return self.phase.status

    def calls_back(self, status: Status) -> bool:
        """Whether its callback is told of an end with this status."""
        return self.callback_url is not None and (
            not self.callback_events or status in self.callback_events
        )

    @property
    def run_events(self) -> tuple[str, ...]:
        """What its callback is told of while it runs: `started`, `progress`."""
        named = self.callback_events if self.callback_url else ()
        return tuple(event for event in named if event in ("started", "progress"))

    @property
    def lane(self) -> Lane:
        return SPECS[self.type].lane

    @property
    def claim(self) -> Claim | None:
        """Under which it runs; None while it does not run."""
        if self.phase is not Phase.RUNNING or self.worker is None:
            return None
        return Claim(self.task_id, self.attempt, self.worker, self.run)

    @property
    def folder_in_use(self) -> str | None:
        """`Claim.output_folder` of the run that works at it, or whose result is withheld."""
        if self.phase not in (Phase.RUNNING, Phase.MODERATING) or self.worker is None:
            return None
        return Claim(self.task_id, self.attempt, self.worker, self.run).output_folder


@dataclass(frozen=True, slots=True)
class Created:
    """A created task, or the one that the same request created before."""

    task: TaskRecord
    is_new: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """The fencing token of a running job: every write of the job is conditioned on all of it."""

    task_id: str
    attempt: int
    worker: str
    run: int

    @property
    def output_folder(self) -> str:
        """Where this run may write, under `generated/{task_id}/`; no two runs share one."""
        return f"{self.attempt}" if self.run == 1 else f"{self.attempt}-{self.run}"


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """Of a task that a warm worker claimed before the job that was submitted for it could."""

    claim: Claim
    superseded_job: str | None


def task_key(task_id: str) -> dict[str, str]:
    return {"PK": f"TASK#{task_id}", "SK": "TASK"}


def run_key(task_id: str) -> dict[str, str]:
    """The item that is there exactly while the task runs, and that its worker keeps writing.

    So what is written often is small and has its own place in the sweep's index, whatever the
    task's text weighs; the task's item is written by moves only.
    """
    return {"PK": f"TASK#{task_id}", "SK": "RUN"}


def spec_key(task_id: str) -> dict[str, str]:
    """The item with the spec, which may be a long text: its job alone reads it, nobody writes it.

    So neither the moves nor the indexes, which rewrite and hold a task's whole item, pay for it.
    """
    return {"PK": f"TASK#{task_id}", "SK": "SPEC"}


def spec_attributes(spec: TaskSpec) -> Item:
    """What others than the job must know of a spec, and so what the task's own item holds."""
    attributes: Item = {
        "inputs": [input_name(file) for file in dict.fromkeys(spec.inputs().values())],
        "template_id": spec.named("template"),
        "logged": spec.is_logged,
    }
    return {name: value for name, value in attributes.items() if value}


def _of_an_older_release(spec: TaskSpec) -> Item:
    consent = spec.consent.model_dump_json(exclude_none=True) if spec.consent else None
    return {**spec_attributes(spec), "logged": False, "consent": consent}


def input_name(file: InputFile) -> str:
    return f"{file.file_type}/{file.filename}"


def lease_attributes(task_id: str, until: int) -> Item:
    """Of a task that waits."""
    return _lease("LEASE", LEASE_SHARDS, task_id, until)


def run_lease_attributes(task_id: str, until: int) -> Item:
    """Of a task that runs."""
    return _lease("RUN", RUN_SHARDS, task_id, until)


def lease_partitions() -> list[str]:
    """Where in GSI2 the sweep finds every lease."""
    return [
        *(f"LEASE#{shard}" for shard in range(LEASE_SHARDS)),
        *(f"RUN#{shard}" for shard in range(RUN_SHARDS)),
    ]


def _lease(kind: str, shards: int, task_id: str, until: int) -> Item:
    shard = zlib.crc32(task_id.encode()) % shards
    return {
        "GSI2PK": f"{kind}#{shard}",
        "GSI2SK": f"{until:012d}#{task_id}",
        "lease_until": until,
    }


def status_counts(source: Phase | None, target: Phase, lane: Lane) -> dict[str, int]:
    """What a move changes in the counts: of the status, and of the lane's queue."""
    counts = {
        task_counter(status): change for status, change in counter_changes(source, target).items()
    }
    if change := queue_change(source, target):
        counts[queue_counter(lane, change)] = 1
    return counts


def event_item(
    time: str,
    phase: Phase,
    attempt: int,
    *,
    stage: str | None = None,
    error_code: str | None = None,
) -> Item:
    """A `TaskEvent` as the task's item holds it."""
    event: Item = {"time": time, "phase": phase, "attempt": attempt}
    if stage:
        event["stage"] = stage
    if error_code:
        event["error_code"] = error_code
    return event


def history_items(events: Iterable[TaskEvent]) -> list[Item]:
    """A history as the task's item holds it."""
    return [
        event_item(
            event.time,
            event.phase,
            event.attempt,
            stage=event.stage,
            error_code=event.error_code,
        )
        for event in events
    ]


def usage_additions(usage: Usage | None) -> dict[str, int]:
    """What an attempt's usage adds to its task's item."""
    return {f"{_USAGE}{name}": value for name, value in (usage or Usage()).nonzero().items()}


def idempotency_partition(owner: str, kind: Literal["uuid", "header"], name: str) -> str:
    # Stored as "CLAIM", which elsewhere is a worker's: requests of before this was renamed count.
    return f"CLAIM#{owner}#{kind}:{name}"


def idempotency_item_key(partition: str) -> dict[str, str]:
    """The item that says which task stands for a request."""
    return {"PK": partition, "SK": "CLAIM"}


_USAGE = "usage_"


def _event(item: Mapping[str, Any]) -> TaskEvent:
    return TaskEvent(
        time=item["time"],
        phase=Phase(item["phase"]),
        attempt=int(item["attempt"]),
        stage=item.get("stage"),
        error_code=item.get("error_code"),
    )


def belong_together(item: Item, run: Item | None) -> bool:
    """Whether a task and its run are of the same moment; they are read one after the other.

    A task that was started by a release without runs keeps its lease itself until it moves.
    """
    if Phase(item["phase"]) is not Phase.RUNNING:
        return True
    return "lease_until" in item if run is None else run["worker"] == item["worker"]


def read_record(item: Item, run: Item | None = None) -> TaskRecord:
    """From the task's item and, while it runs, that of its run."""
    if run is not None:
        item = {**item, **run, "events": [*item.get("events", ()), *run.get("events", ())]}
    if "spec" in item:
        # Of a release that kept the spec there, and no log.
        item = {**item, **_of_an_older_release(parse_spec(item["spec"]))}
    return TaskRecord(
        task_id=item["task_id"],
        uuid=item["uuid"],
        owner=item["owner"],
        type=TaskType(item["type"]),
        phase=Phase(item["phase"]),
        attempt=int(item["attempt"]),
        progress=int(item["progress"]),
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        inputs=tuple(item.get("inputs", ())),
        template_id=item.get("template_id"),
        is_logged=bool(item.get("logged")),
        consent=item.get("consent"),
        missing=frozenset(item.get("awaited", ())),
        stage=item.get("stage"),
        preview=item.get("preview"),
        worker=item.get("worker"),
        run=int(item.get("run", 0)),
        losses=int(item.get("losses", 0)),
        job_id=item.get("job_id"),
        assist_job_id=item.get("assist_job_id"),
        lease_until=int(item.get("lease_until", 0)),
        result=json.loads(item["result"]) if "result" in item else None,
        error_code=item.get("error_code"),
        error_message=item.get("error_message"),
        user_id=item.get("user_id"),
        callback_url=item.get("callback_url"),
        callback_events=tuple(item.get("callback_events", ())),
        expires_at=int(item["expires_at"]),
        idempotency_keys=tuple(item.get("claims", ())),
        is_moderated=item.get("moderated", False),
        withheld=read_withheld(item),
        counted=item.get("counted", False),
        sequence_number=int(item.get("sequence_number", 1)),
        queued_at=int(item.get("queued_at", 0)),
        started_at=int(item["started_at"]) if "started_at" in item else None,
        expected=Expectation(float(item["expected_wait"]), float(item["expected_run"]))
        if "expected_run" in item
        else None,
        events=tuple(map(_event, item.get("events", ()))),
        usage=Usage.read(
            {name.removeprefix(_USAGE): item[name] for name in item if name.startswith(_USAGE)}
        ),
    )
