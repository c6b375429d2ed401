"""Task records. The only writer of a task's phase, and only through `tasks.MOVES`.

Every move reads the record, checks the move, and writes it back on condition that phase, attempt
and worker are still what was read. Losing that condition is a normal outcome: another event, a
cancel or a newer attempt came first, and the mover gets TransitionRefused.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dh_core.clock import Clock, iso, new_id, system_clock
from dh_core.errors import MethodConflict, TransitionRefused
from dh_core.specs import InputFile, TaskSpec
from dh_core.store.counters import counter_write, task_counter
from dh_core.store.files import FileStatus, file_partition
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.tasks import MOVES, Phase, Status, TaskType, Transition, counter_changes

LEASE_SHARDS = 4
_RACE_RETRIES = 5


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


class TaskStore:
    """Creates, reads and moves tasks."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    # --- create and read ---

    def create(self, new: NewTask) -> Created:
        """Record a task once.

        Raises MethodConflict when one of its idempotency keys stands for another request, and
        InputsChanged when a missing input arrived meanwhile (look again and retry).
        """
        task_id = new_id()
        item = self._new_item(task_id, new)
        keys = [f"uuid:{item['uuid']}"]
        if new.idempotency_key:
            keys.append(f"header:{new.idempotency_key}")
        claims = [_claim_key(new.owner, key) for key in keys]
        writes: list[Write] = [
            {
                "Put": {
                    "Item": {
                        "PK": key,
                        "SK": "CLAIM",
                        "task_id": task_id,
                        "digest": new.digest,
                        "expires_at": item["expires_at"],
                    },
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            }
            for key in claims
        ]
        writes.append({"Put": {"Item": item}})
        for missing in new.missing:
            writes.extend(_waiter_writes(new.owner, missing, task_id, item["expires_at"]))
        try:
            self._table.transact(
                lambda: [*writes, counter_write(_counts(None, Phase(item["phase"])))]
            )
        except ConditionFailed as lost:
            return self._existing(claims, new.digest, lost)
        return Created(_record(item), is_new=True)

    def _existing(self, claims: Sequence[str], digest: str, lost: ConditionFailed) -> Created:
        taken = [claims[position] for position in sorted(lost.failed) if position < len(claims)]
        if not taken:
            raise InputsChanged from lost
        claim = self._table.get({"PK": taken[0], "SK": "CLAIM"})
        task = self.get(claim["task_id"]) if claim else None
        if claim is None or task is None or claim["digest"] != digest:
            raise MethodConflict(
                "This uuid (or Idempotency-Key) already stands for another request; use a new one.",
                code="idempotency_conflict",
            )
        return Created(task, is_new=False)

    def _new_item(self, task_id: str, new: NewTask) -> Item:
        now = self._clock()
        phase = Phase.WAITING_INPUTS if new.missing else Phase.QUEUED
        lease = int(now) + new.lease_seconds
        item: Item = {
            **_key(task_id),
            "GSI1PK": f"OWNER#{new.owner}#TASK",
            "GSI1SK": f"{iso(now)}#{task_id}",
            **_lease(task_id, lease),
            "task_id": task_id,
            "uuid": new.uuid or task_id,
            "owner": new.owner,
            "type": new.type,
            "phase": phase,
            "spec": new.spec.model_dump_json(exclude_none=True),
            "attempt": 0,
            "progress": 0,
            "created_at": iso(now),
            "updated_at": iso(now),
            "expires_at": int(now) + new.retention_seconds,
        }
        if new.missing:
            item["awaited"] = {_input_name(missing) for missing in new.missing}
        if new.user_id:
            item["user_id"] = new.user_id
        return item

    def get(self, task_id: str) -> TaskRecord | None:
        item = self._table.get(_key(task_id))
        return _record(item) if item else None

    def find_by_uuid(self, owner: str, uuid: str) -> TaskRecord | None:
        """The task whose result carries this uuid."""
        claim = self._table.get({"PK": _claim_key(owner, f"uuid:{uuid}"), "SK": "CLAIM"})
        return self.get(claim["task_id"]) if claim else None

    def expired(self) -> Iterator[TaskRecord]:
        """Active tasks whose lease ran out, oldest first within each shard."""
        now = f"{int(self._clock()):012d}"
        for shard in range(LEASE_SHARDS):
            for item in self._table.query(
                IndexName="GSI2",
                KeyConditionExpression="GSI2PK = :shard AND GSI2SK < :now",
                ExpressionAttributeValues={":shard": f"LEASE#{shard}", ":now": now},
            ):
                yield _record(item)

    # --- moves ---

    def input_arrived(self, task_id: str, file: InputFile, lease_seconds: int) -> TaskRecord | None:
        """Strike a file off the task's list; returns the task when it became `queued` by that.

        Safe to repeat: a task that already waits for nothing is queued again only from
        `waiting_inputs`.
        """
        try:
            item = self._table.update(
                {
                    "Key": _key(task_id),
                    "UpdateExpression": "DELETE awaited :file",
                    "ConditionExpression": "phase = :waiting",
                    "ExpressionAttributeValues": {
                        ":file": {_input_name(file)},
                        ":waiting": Phase.WAITING_INPUTS,
                    },
                }
            )
        except ConditionFailed:
            return None
        if item.get("awaited"):
            return None
        try:
            return self.queue_complete_inputs(task_id, lease_seconds)
        except TransitionRefused:
            return None

    def queue_complete_inputs(self, task_id: str, lease_seconds: int) -> TaskRecord:
        """`waiting_inputs` → `queued`. Raises TransitionRefused."""
        return self._move(task_id, Transition.INPUTS_ARRIVED, lease_seconds=lease_seconds)

    def dispatch(self, task_id: str, lease_seconds: int) -> TaskRecord:
        """`queued` → `submitted` under a new attempt. Raises TransitionRefused."""
        return self._move(
            task_id,
            Transition.DISPATCH,
            lease_seconds=lease_seconds,
            adds={"attempt": 1},
            removes=("worker", "job_id", "run", "stage"),
        )

    def record_job(self, task_id: str, attempt: int, job_id: str) -> TaskRecord:
        """Note which job carries this attempt. Raises TransitionRefused if it is over."""
        try:
            item = self._table.update(
                {
                    "Key": _key(task_id),
                    "UpdateExpression": "SET job_id = :job",
                    "ConditionExpression": "attempt = :attempt AND phase IN (:submitted, :running)",
                    "ExpressionAttributeValues": {
                        ":job": job_id,
                        ":attempt": attempt,
                        ":submitted": Phase.SUBMITTED,
                        ":running": Phase.RUNNING,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost
        return _record(item)

    def start(self, task_id: str, attempt: int, run: int, lease_seconds: int) -> Claim:
        """A job takes its attempt. Raises TransitionRefused for an old attempt or run."""
        task = self.get(task_id)
        if task is None or task.attempt != attempt:
            raise TransitionRefused
        restarts = task.phase is Phase.RUNNING
        if restarts and run <= task.run:
            raise TransitionRefused
        claim = Claim(task_id, attempt, new_id(), run)
        self._move(
            task_id,
            Transition.RESTART if restarts else Transition.START,
            seen=task,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"worker": claim.worker, "run": run},
        )
        return claim

    def heartbeat(self, claim: Claim, *, stage: str, progress: int, lease_seconds: int) -> None:
        """Renew the lease and say how far the job is. Raises TransitionRefused when fenced off."""
        now = self._clock()
        lease = int(now) + lease_seconds
        try:
            self._table.update(
                {
                    "Key": _key(claim.task_id),
                    "UpdateExpression": "SET #stage = :stage, progress = :progress, "
                    "updated_at = :now, lease_until = :lease, GSI2PK = :shard, GSI2SK = :sort",
                    "ConditionExpression": "phase = :running AND attempt = :attempt "
                    "AND worker = :worker",
                    "ExpressionAttributeNames": {"#stage": "stage"},
                    "ExpressionAttributeValues": {
                        ":stage": stage,
                        ":progress": progress,
                        ":now": iso(now),
                        ":lease": lease,
                        ":shard": _lease(claim.task_id, lease)["GSI2PK"],
                        ":sort": _lease(claim.task_id, lease)["GSI2SK"],
                        ":running": Phase.RUNNING,
                        ":attempt": claim.attempt,
                        ":worker": claim.worker,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost

    def complete(self, claim: Claim, result: Mapping[str, Any]) -> TaskRecord:
        """Make the result visible. Raises TransitionRefused when fenced off."""
        return self._move(
            claim.task_id,
            Transition.COMPLETE,
            claim=claim,
            sets={"result": json.dumps(result), "progress": 100},
        )

    def requeue(
        self, task_id: str, attempt: int, lease_seconds: int, *, lost: bool = True
    ) -> TaskRecord:
        """Give an attempt's task back to the queue. Raises TransitionRefused.

        `lost` counts against the retries; an attempt that never got a machine does not.
        """
        return self._move(
            task_id,
            Transition.REQUEUE,
            attempt=attempt,
            lease_seconds=lease_seconds,
            sets={"progress": 0},
            adds={"losses": 1} if lost else None,
            removes=("worker", "job_id", "run", "stage"),
        )

    def fail(
        self,
        task_id: str,
        *,
        code: str,
        message: str,
        attempt: int | None = None,
        claim: Claim | None = None,
    ) -> TaskRecord:
        """End a task as failed; with `attempt` or `claim`, only while that one is current."""
        return self._move(
            task_id,
            Transition.FAIL,
            attempt=attempt,
            claim=claim,
            sets={"error_code": code, "error_message": message},
        )

    def cancel(self, task_id: str) -> TaskRecord:
        """End a task as cancelled. Raises TransitionRefused when it has ended already."""
        return self._move(task_id, Transition.CANCEL)

    def renew(self, task: TaskRecord, lease_seconds: int) -> None:
        """Push a lease on without a move: the sweep has just announced the task again."""
        lease = int(self._clock()) + lease_seconds
        try:
            self._table.update(
                {
                    "Key": _key(task.task_id),
                    "UpdateExpression": "SET lease_until = :lease, GSI2SK = :sort",
                    "ConditionExpression": "phase = :phase AND lease_until = :seen",
                    "ExpressionAttributeValues": {
                        ":lease": lease,
                        ":sort": _lease(task.task_id, lease)["GSI2SK"],
                        ":phase": task.phase,
                        ":seen": task.lease_until,
                    },
                }
            )
        except ConditionFailed as lost:
            raise TransitionRefused from lost

    def _move(
        self,
        task_id: str,
        transition: Transition,
        *,
        seen: TaskRecord | None = None,
        attempt: int | None = None,
        claim: Claim | None = None,
        lease_seconds: int | None = None,
        sets: Mapping[str, Any] | None = None,
        adds: Mapping[str, int] | None = None,
        removes: tuple[str, ...] = (),
    ) -> TaskRecord:
        for _ in range(_RACE_RETRIES):
            task = seen or self.get(task_id)
            if task is None or not _is_allowed(task, transition, attempt, claim):
                raise TransitionRefused
            target = MOVES[transition].target
            update = self._update(task, target, lease_seconds, sets or {}, adds or {}, removes)
            counts = _counts(task.phase, target)
            try:
                if counts:
                    self._table.transact(partial(_counted, update, counts))
                else:
                    self._table.update(update)
            except ConditionFailed as lost:
                if seen is not None:
                    # The mover decided by more than this method checks; it must not go on.
                    raise TransitionRefused from lost
                # Somebody moved the task between our read and our write: look again.
                continue
            moved = self.get(task_id)
            if moved is None:
                raise TransitionRefused
            return moved
        raise TransitionRefused

    def _update(
        self,
        task: TaskRecord,
        target: Phase,
        lease_seconds: int | None,
        sets: Mapping[str, Any],
        adds: Mapping[str, int],
        removes: tuple[str, ...],
    ) -> Write:
        now = self._clock()
        changes: Item = {"phase": target, "updated_at": iso(now), **sets}
        dropped = removes
        if target.is_terminal:
            dropped = (*removes, "GSI2PK", "GSI2SK", "lease_until")
        elif lease_seconds is not None:
            changes |= _lease(task.task_id, int(now) + lease_seconds)
        names = {f"#s{i}": name for i, name in enumerate(changes)}
        values: Item = {f":s{i}": value for i, value in enumerate(changes.values())}
        expression = "SET " + ", ".join(f"#s{i} = :s{i}" for i in range(len(changes)))
        if adds:
            names |= {f"#a{i}": name for i, name in enumerate(adds)}
            values |= {f":a{i}": value for i, value in enumerate(adds.values())}
            expression += " ADD " + ", ".join(f"#a{i} :a{i}" for i in range(len(adds)))
        if dropped:
            names |= {f"#r{i}": name for i, name in enumerate(dropped)}
            expression += " REMOVE " + ", ".join(f"#r{i}" for i in range(len(dropped)))
        condition = "phase = :phase AND attempt = :attempt"
        values |= {":phase": task.phase, ":attempt": task.attempt}
        if task.worker:
            condition += " AND worker = :worker"
            values[":worker"] = task.worker
        return {
            "Key": _key(task.task_id),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }


def _counted(update: Write, counts: Mapping[str, int]) -> list[Write]:
    return [{"Update": update}, counter_write(counts)]


class InputsChanged(Exception):
    """An input that was missing has arrived (or was rejected) since it was looked at."""


def _is_allowed(
    task: TaskRecord, transition: Transition, attempt: int | None, claim: Claim | None
) -> bool:
    move = MOVES[transition]
    if move.fenced and attempt is None and claim is None:
        raise ValueError(f"{transition} needs the mover's attempt")
    if task.phase not in move.sources:
        return False
    if claim is not None:
        return (task.attempt, task.worker) == (claim.attempt, claim.worker)
    return attempt is None or task.attempt == attempt


def _counts(source: Phase | None, target: Phase) -> dict[str, int]:
    return {
        task_counter(status): change for status, change in counter_changes(source, target).items()
    }


def _waiter_writes(owner: str, file: InputFile, task_id: str, expires_at: int) -> list[Write]:
    partition = file_partition(owner, file.file_type, file.filename)
    return [
        {"Put": {"Item": {"PK": partition, "SK": f"WAIT#{task_id}", "expires_at": expires_at}}},
        # Had the file become ready since it was looked at, nobody would wake the task.
        {
            "ConditionCheck": {
                "Key": {"PK": partition, "SK": "FILE"},
                "ConditionExpression": "#status = :pending",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":pending": FileStatus.PENDING},
            }
        },
    ]


def _key(task_id: str) -> dict[str, str]:
    return {"PK": f"TASK#{task_id}", "SK": "TASK"}


def _claim_key(owner: str, key: str) -> str:
    return f"CLAIM#{owner}#{key}"


def _input_name(file: InputFile) -> str:
    return f"{file.file_type}/{file.filename}"


def _lease(task_id: str, until: int) -> Item:
    shard = zlib.crc32(task_id.encode()) % LEASE_SHARDS
    return {
        "GSI2PK": f"LEASE#{shard}",
        "GSI2SK": f"{until:012d}#{task_id}",
        "lease_until": until,
    }


def _record(item: Item) -> TaskRecord:
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
    )
