"""Recording a task exactly once, with whatever must hold at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dh_core.clock import Clock, iso, new_id
from dh_core.errors import Conflict
from dh_core.specs.base import InputFile, TaskSpec
from dh_core.store.counters import counter_keys, counter_write, next_sequence_number, sum_counters
from dh_core.store.files import FileStatus, file_partition, use_key, wait_key
from dh_core.store.generation_log import log_write
from dh_core.store.owners.accounts import deletion_key, is_deleting
from dh_core.store.owners.quotas import at_work_write
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.tasks.records import (
    Created,
    NewTask,
    TaskRecord,
    event_item,
    idempotency_item_key,
    idempotency_partition,
    input_name,
    lease_attributes,
    read_record,
    spec_attributes,
    spec_key,
    status_counts,
    task_key,
)
from dh_core.tasks.lanes import Lane
from dh_core.tasks.states import Phase


class InputsChanged(Exception):
    """An input that was missing has arrived (or was rejected) since it was looked at."""


class TooManyAtWork(Exception):
    """The owner has as many tasks at work as allowed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one read says before a task is created.

    `existing` is the task that the same request created before. `sequence_number` is what a new one
    would draw.
    """

    existing: TaskRecord | None
    account_deleting: bool
    sequence_number: int


class TaskCreation:
    """The creating transaction: the task, its idempotency keys, waiters, uses and counts."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def prepare(
        self, owner: str, lane: Lane, *, uuid: str | None, key: str | None, digest: str
    ) -> Prepared:
        """Look once, before anything of the request is checked.

        So a repeated request answers its task even when its inputs are gone or a quota is used
        up. Raises Conflict when uuid or key stand for another request.
        """
        wanted = _idempotency_keys(owner, uuid, key)
        items = self._table.batch_get(
            [idempotency_item_key(one) for one in wanted] + [deletion_key(owner), *counter_keys()],
            consistent=True,
        )
        found = [item for item in items if item["PK"] in wanted]
        return Prepared(
            existing=self._same_request(found, digest) if found else None,
            account_deleting=any(map(is_deleting, items)),
            sequence_number=next_sequence_number(
                sum_counters(item for item in items if item["SK"] == "COUNT"), lane
            ),
        )

    def create(self, new: NewTask) -> Created:
        """Record a task once.

        Raises Conflict when one of its idempotency keys stands for another request,
        InputsChanged when a missing input arrived meanwhile (look again and retry), and
        TooManyAtWork.
        """
        task_id = new_id()
        item = self._new_item(task_id, new)
        keys: list[str] = item["claims"]
        writes: list[Write] = [
            {
                "Put": {
                    "Item": {
                        **idempotency_item_key(key),
                        "task_id": task_id,
                        "digest": new.digest,
                        "expires_at": item["expires_at"],
                    },
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            }
            for key in keys
        ]
        if new.most_at_work is not None:
            writes.append(at_work_write(new.owner, 1, most=new.most_at_work))
        writes += [{"Put": {"Item": item}}, {"Put": {"Item": _spec_item(item, new.spec)}}]
        if new.spec.is_logged:
            writes.append(
                log_write(
                    new.spec,
                    owner=new.owner,
                    task_id=task_id,
                    user_id=new.user_id,
                    now=self._clock(),
                    lives=new.log_seconds,
                )
            )
        writes += _input_writes(new, task_id, item["expires_at"])
        counts = status_counts(None, Phase(item["phase"]), new.spec.lane)
        try:
            self._table.transact(lambda: [*writes, counter_write(counts)])
        except ConditionFailed as lost:
            return self._lost(keys, new, lost)
        return Created(read_record(item), is_new=True)

    def _lost(self, keys: Sequence[str], new: NewTask, lost: ConditionFailed) -> Created:
        """Another request was quicker, or something that must hold does not."""
        taken = [keys[position] for position in sorted(lost.failed) if position < len(keys)]
        if taken:
            items = self._table.batch_get(list(map(idempotency_item_key, taken)), consistent=True)
            return Created(self._same_request(items, new.digest), is_new=False)
        if new.most_at_work is not None and len(keys) in lost.failed:
            raise TooManyAtWork from lost
        raise InputsChanged from lost

    def _same_request(self, found: Sequence[Item], digest: str) -> TaskRecord:
        task_ids = {item["task_id"] for item in found}
        same = len(task_ids) == 1 and all(item["digest"] == digest for item in found)
        task = self._table.get(task_key(task_ids.pop())) if same else None
        if task is None:
            raise Conflict(
                "This uuid (or Idempotency-Key) already stands for another request; use a new one.",
                code="idempotency_conflict",
            )
        return read_record(task)

    def _new_item(self, task_id: str, new: NewTask) -> Item:
        now = self._clock()
        phase = Phase.WAITING_INPUTS if new.missing else Phase.QUEUED
        lease = int(now) + new.lease_seconds
        item: Item = {
            **task_key(task_id),
            "GSI1PK": task_partition(new.owner),
            "GSI1SK": f"{iso(now)}#{task_id}",
            **lease_attributes(task_id, lease),
            "task_id": task_id,
            "uuid": new.uuid or task_id,
            "claims": _idempotency_keys(new.owner, new.uuid or task_id, new.idempotency_key),
            "owner": new.owner,
            "type": new.spec.type,
            "phase": phase,
            **spec_attributes(new.spec),
            "attempt": 0,
            "progress": 0,
            "created_at": iso(now),
            "updated_at": iso(now),
            "queued_at": int(now),
            "sequence_number": new.sequence_number,
            "events": [event_item(iso(now), phase, 0)],
            "expires_at": int(now) + new.retention_seconds,
        }
        if new.missing:
            item["awaited"] = {input_name(missing) for missing in new.missing}
        if new.user_id:
            item["user_id"] = new.user_id
        if new.callback_url:
            item["callback_url"] = new.callback_url
            if new.callback_events:
                item["callback_events"] = list(new.callback_events)
        if new.is_moderated:
            item["moderated"] = True
        if new.most_at_work is not None:
            item["counted"] = True
        if new.expected is not None:
            item["expected_wait"] = Decimal(f"{new.expected.wait:.1f}")
            item["expected_run"] = Decimal(f"{new.expected.run:.1f}")
        return item


def _spec_item(task: Item, spec: TaskSpec) -> Item:
    return {
        **spec_key(task["task_id"]),
        "spec": spec.model_dump_json(exclude_none=True),
        "expires_at": task["expires_at"],
    }


def _idempotency_keys(owner: str, uuid: str | None, key: str | None) -> list[str]:
    named: dict[Literal["uuid", "header"], str | None] = {"uuid": uuid, "header": key}
    return [idempotency_partition(owner, kind, name) for kind, name in named.items() if name]


def _input_writes(new: NewTask, task_id: str, expires_at: int) -> list[Write]:
    """Who uses a file is written beside it, so that deleting it need not search."""
    writes: list[Write] = []
    for file in dict.fromkeys(new.spec.inputs().values()):
        use = use_key(new.owner, file.file_type, file.filename, task_id)
        writes.append({"Put": {"Item": {**use, "expires_at": expires_at}}})
    for missing in new.missing:
        writes += _waiter_writes(new.owner, missing, task_id, expires_at)
    return writes


def _waiter_writes(owner: str, file: InputFile, task_id: str, expires_at: int) -> list[Write]:
    named = (owner, file.file_type, file.filename)
    return [
        {"Put": {"Item": {**wait_key(*named, task_id), "expires_at": expires_at}}},
        # Had the file become ready since it was looked at, nobody would wake the task.
        {
            "ConditionCheck": {
                "Key": {"PK": file_partition(*named), "SK": "FILE"},
                "ConditionExpression": "#status = :pending",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":pending": FileStatus.PENDING},
            }
        },
    ]


def task_partition(owner: str) -> str:
    """GSI1's partition of an owner's tasks."""
    return f"OWNER#{owner}#TASK"
