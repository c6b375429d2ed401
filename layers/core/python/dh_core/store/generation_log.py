"""What was made of whom, by whose consent: kept longer than the task, and than its owner.

An entry is put in the transaction that creates the task. It outlives whatever was made by
CONSENT_RETENTION_DAYS. Where that has no end of its own (a voice, a template) or a file shows the
consent, the sweep looks each week whether it is still there; any other goes by the table's TTL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dh_core.clock import Clock, iso, system_clock
from dh_core.specs.base import TaskSpec
from dh_core.store.files import file_partition
from dh_core.store.table import ConditionFailed, Item, Table, Write
from dh_core.tasks.quota_windows import DAY

_CHECK_SECONDS: Final = 7 * DAY
_DUE: Final = "LOG"
"""GSI2's partition of the entries that the sweep looks after."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What is on record of one task."""

    owner: str
    task_id: str
    consent: str | None
    """`specs.consent.Consent` as JSON."""
    agreement: str | None
    """Under which the result bears no visible or audible label."""
    inputs: tuple[str, ...]
    evidence_key: str | None
    evidence_sha256: str | None
    seen_at: int
    """When what was made was last known to exist, seconds since the epoch."""


def log_key(owner: str, task_id: str) -> Item:
    return {"PK": f"LOG#{owner}", "SK": task_id}


def log_write(
    spec: TaskSpec, *, owner: str, task_id: str, user_id: str | None, now: float, lives: int
) -> Write:
    """To be carried out with the task's creation. `lives`: seconds that the entry has at least."""
    consent = spec.consent
    inputs = [f"{file.file_type}/{file.filename}" for file in spec.inputs().values()]
    about: Item = {
        "consent": consent.model_dump_json(exclude_none=True) if consent else None,
        "agreement": spec.agreement,
        "inputs": inputs,
        "user_id": user_id,
        "voice_id": spec.saved_voice,
        "template_id": spec.named("template"),
    }
    item: Item = {
        **log_key(owner, task_id),
        "owner": owner,
        "task_id": task_id,
        "type": spec.type,
        "created_at": iso(now),
        "seen_at": int(now),
        **{name: value for name, value in about.items() if value},
    }
    if spec.saves or spec.evidence:
        item |= _due(int(now) + _CHECK_SECONDS, task_id)
    else:
        item["expires_at"] = int(now) + lives
    return {"Put": {"Item": item}}


class GenerationLog:
    """Reads entries, and lets them go when their time has come."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, owner: str, task_id: str) -> LogEntry | None:
        item = self._table.get(log_key(owner, task_id))
        return _entry(item) if item else None

    def note_evidence(self, owner: str, task_id: str, *, key: str, sha256: str) -> None:
        """Where the evidence is kept, and what it hashes to. Nothing without an entry."""
        try:
            self._table.update(
                {
                    "Key": log_key(owner, task_id),
                    "UpdateExpression": "SET evidence_key = :key, evidence_sha256 = :sha256",
                    "ConditionExpression": "attribute_exists(PK)",
                    "ExpressionAttributeValues": {":key": key, ":sha256": sha256},
                }
            )
        except ConditionFailed:
            return

    def due(self) -> Iterator[LogEntry]:
        """Entries that are to be looked at."""
        for item in self._table.query(
            IndexName="GSI2",
            KeyConditionExpression="GSI2PK = :due AND GSI2SK < :now",
            ExpressionAttributeValues={":due": _DUE, ":now": f"{int(self._clock()):012d}"},
        ):
            yield _entry(item)

    def look(self, entry: LogEntry, days: int) -> bool:
        """Whether its time is over, `days` after what was made went; else it is looked at later."""
        now = int(self._clock())
        seen_at = now if self._is_there(entry) else entry.seen_at
        # It may have gone just before the next look would have seen it.
        ends_at = seen_at + _CHECK_SECONDS + days * DAY
        if ends_at <= now:
            return True
        later = _due(now + _CHECK_SECONDS if seen_at == now else ends_at, entry.task_id)
        self._table.update(
            {
                "Key": log_key(entry.owner, entry.task_id),
                "UpdateExpression": "SET GSI2SK = :sort, seen_at = :seen",
                "ExpressionAttributeValues": {":sort": later["GSI2SK"], ":seen": seen_at},
            }
        )
        return False

    def delete(self, entry: LogEntry) -> None:
        self._table.delete(log_key(entry.owner, entry.task_id))

    def _is_there(self, entry: LogEntry) -> bool:
        """The task, what it put into a library, or a file that avatars are learnt from."""
        keys: list[Any] = [
            {"PK": f"TASK#{entry.task_id}", "SK": "TASK"},
            {"PK": f"VOICE#{entry.owner}#{entry.task_id}", "SK": "VOICE"},
            {"PK": f"TEMPLATE#{entry.owner}#{entry.task_id}", "SK": "TEMPLATE"},
        ]
        for name in dict.fromkeys(entry.inputs):
            keys.append({"PK": file_partition(entry.owner, *name.split("/", 1)), "SK": "FILE"})
        return bool(self._table.batch_get(keys))


def _due(at: int, task_id: str) -> Item:
    return {"GSI2PK": _DUE, "GSI2SK": f"{at:012d}#{task_id}"}


def _entry(item: Item) -> LogEntry:
    return LogEntry(
        owner=item["owner"],
        task_id=item["task_id"],
        consent=item.get("consent"),
        agreement=item.get("agreement"),
        inputs=tuple(item.get("inputs", ())),
        evidence_key=item.get("evidence_key"),
        evidence_sha256=item.get("evidence_sha256"),
        seen_at=int(item["seen_at"]),
    )
