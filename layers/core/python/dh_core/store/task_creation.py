"""Recording a task exactly once, with whatever must hold at that moment."""

from __future__ import annotations

from collections.abc import Sequence

from dh_core.clock import Clock, iso, new_id
from dh_core.errors import MethodConflict
from dh_core.specs import InputFile
from dh_core.store.counters import counter_write
from dh_core.store.files import FileStatus, file_partition
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.store.task_records import (
    Created,
    NewTask,
    input_name,
    lease_attributes,
    read_record,
    status_counts,
    task_key,
)
from dh_core.tasks import Phase


class InputsChanged(Exception):
    """An input that was missing has arrived (or was rejected) since it was looked at."""


class TaskCreation:
    """The creating transaction: the task, its idempotency claims, waiters and count."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

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
        claims = [claim_key(new.owner, key) for key in keys]
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
                lambda: [*writes, counter_write(status_counts(None, Phase(item["phase"])))]
            )
        except ConditionFailed as lost:
            return self._existing(claims, new.digest, lost)
        return Created(read_record(item), is_new=True)

    def _existing(self, claims: Sequence[str], digest: str, lost: ConditionFailed) -> Created:
        taken = [claims[position] for position in sorted(lost.failed) if position < len(claims)]
        if not taken:
            raise InputsChanged from lost
        claim = self._table.get({"PK": taken[0], "SK": "CLAIM"})
        found = self._table.get(task_key(claim["task_id"])) if claim else None
        if claim is None or found is None or claim["digest"] != digest:
            raise MethodConflict(
                "This uuid (or Idempotency-Key) already stands for another request; use a new one.",
                code="idempotency_conflict",
            )
        return Created(read_record(found), is_new=False)

    def _new_item(self, task_id: str, new: NewTask) -> Item:
        now = self._clock()
        phase = Phase.WAITING_INPUTS if new.missing else Phase.QUEUED
        lease = int(now) + new.lease_seconds
        item: Item = {
            **task_key(task_id),
            "GSI1PK": f"OWNER#{new.owner}#TASK",
            "GSI1SK": f"{iso(now)}#{task_id}",
            **lease_attributes(task_id, lease),
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
            item["awaited"] = {input_name(missing) for missing in new.missing}
        if new.user_id:
            item["user_id"] = new.user_id
        if new.callback_url:
            item["callback_url"] = new.callback_url
        return item


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


def claim_key(owner: str, key: str) -> str:
    return f"CLAIM#{owner}#{key}"
