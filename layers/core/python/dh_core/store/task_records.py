"""What a task looks like: to the API, in the table, and to the job that holds it."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from dh_core.specs import InputFile, TaskSpec
from dh_core.store.counters import task_counter
from dh_core.store.table import Item
from dh_core.tasks import Phase, Status, TaskType, counter_changes

LEASE_SHARDS = 4


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as the API wants it recorded.

    `uuid` (the caller's own) and `idempotency_key` each stand for one request, told from others
    by `digest`. `missing` are inputs announced but not uploaded yet.
    """

    owner: str
    type: TaskType
    spec: TaskSpec
    digest: str
    missing: tuple[InputFile, ...]
    lease_seconds: int
    retention_seconds: int
    uuid: str | None = None
    idempotency_key: str | None = None
    user_id: str | None = None
    callback_url: str | None = None
    """Told when the task ends."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A row of the table."""

    task_id: str
    uuid: str
    owner: str
    type: TaskType
    phase: Phase
    spec: str
    """The spec's JSON; `specs.parse_spec` reads it."""
    attempt: int
    progress: int
    """0 to 100."""
    created_at: str
    updated_at: str
    missing: frozenset[str] = frozenset()
    """Inputs awaited, as `type/filename`."""
    stage: str | None = None
    worker: str | None = None
    run: int = 0
    losses: int = 0
    """Attempts that died for a reason that may pass."""
    job_id: str | None = None
    lease_until: int = 0
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    user_id: str | None = None
    callback_url: str | None = None
    expires_at: int = 0
    """When the record is deleted, seconds since the epoch."""

    @property
    def status(self) -> Status:
        return self.phase.status


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


def task_key(task_id: str) -> dict[str, str]:
    return {"PK": f"TASK#{task_id}", "SK": "TASK"}


def input_name(file: InputFile) -> str:
    return f"{file.file_type}/{file.filename}"


def lease_attributes(task_id: str, until: int) -> Item:
    shard = zlib.crc32(task_id.encode()) % LEASE_SHARDS
    return {
        "GSI2PK": f"LEASE#{shard}",
        "GSI2SK": f"{until:012d}#{task_id}",
        "lease_until": until,
    }


def status_counts(source: Phase | None, target: Phase) -> dict[str, int]:
    return {
        task_counter(status): change for status, change in counter_changes(source, target).items()
    }


def read_record(item: Item) -> TaskRecord:
    return TaskRecord(
        task_id=item["task_id"],
        uuid=item["uuid"],
        owner=item["owner"],
        type=TaskType(item["type"]),
        phase=Phase(item["phase"]),
        spec=item["spec"],
        attempt=int(item["attempt"]),
        progress=int(item["progress"]),
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        missing=frozenset(item.get("awaited", ())),
        stage=item.get("stage"),
        worker=item.get("worker"),
        run=int(item.get("run", 0)),
        losses=int(item.get("losses", 0)),
        job_id=item.get("job_id"),
        lease_until=int(item.get("lease_until", 0)),
        result=json.loads(item["result"]) if "result" in item else None,
        error_code=item.get("error_code"),
        error_message=item.get("error_message"),
        user_id=item.get("user_id"),
        callback_url=item.get("callback_url"),
        expires_at=int(item["expires_at"]),
    )
