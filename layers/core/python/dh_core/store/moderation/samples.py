"""Samples of what a task reads and makes, that a moderator is to judge before the result is shown.

A run writes them before its result is withheld; each goes when it is allowed. So a withheld result
is to be shown once none of its run's samples is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dh_core.store.table import ConditionFailed, Item, Table
from dh_core.store.tasks.records import Claim, TaskRecord

SampleType = Literal["audio", "image"]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The object of an upload of which samples were taken."""

    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of the table. `name` tells it from others of its run, whose folder is `run`."""

    task_id: str
    owner: str
    run: str
    name: str
    type: SampleType
    object_key: str
    expires_at: int
    upload: Sampled | None = None
    """What it is a part of; None: the result."""
    trace_id: str | None = None
    """The moderator's name for the check; None before it was handed in."""


class SampleStore:
    """Writes, finds and drops them; all are a task's own and go with it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(
        self,
        task: TaskRecord,
        claim: Claim,
        objects: Sequence[tuple[str, SampleType]],
        upload: Sampled | None,
    ) -> None:
        """Objects under these keys are to be judged."""
        for key, sample_type in objects:
            name = key.rpartition("/")[2]
            item: Item = {
                **_key(task.task_id, claim.output_folder, name),
                "task_id": task.task_id,
                "owner": task.owner,
                "run": claim.output_folder,
                "name": name,
                "type": sample_type,
                "object_key": key,
                "expires_at": task.expires_at,
            }
            if upload is not None:
                item |= {"upload_key": upload.key, "upload_etag": upload.etag}
            self._table.put(item)

    def of(self, task: TaskRecord) -> Iterator[Sample]:
        """Those of its run that nobody has allowed yet; none of a task that is not at work."""
        if task.folder_in_use is None:
            return
        for item in self._table.query(
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={
                ":pk": f"TASK#{task.task_id}",
                ":prefix": f"SAMPLE#{task.folder_in_use}#",
            },
            ConsistentRead=True,
        ):
            yield _sample(item)

    def note_trace(self, sample: Sample, trace_id: str) -> None:
        """Remember the moderator's name for the check, unless the sample is gone."""
        try:
            self._table.update(
                {
                    "Key": _key(sample.task_id, sample.run, sample.name),
                    "UpdateExpression": "SET trace_id = :trace, GSI1PK = :list, GSI1SK = :trace",
                    "ConditionExpression": "attribute_exists(PK)",
                    "ExpressionAttributeValues": {
                        ":trace": trace_id,
                        ":list": _list(trace_id),
                    },
                }
            )
        except ConditionFailed:
            return

    def find(self, trace_id: str) -> Sample | None:
        """By the moderator's name. The index may be a second behind."""
        found = self._table.query(
            IndexName="GSI1",
            KeyConditionExpression="GSI1PK = :list",
            ExpressionAttributeValues={":list": _list(trace_id)},
        )
        return next(map(_sample, found), None)

    def drop(self, sample: Sample) -> None:
        self._table.delete(_key(sample.task_id, sample.run, sample.name))


def _key(task_id: str, run: str, name: str) -> dict[str, str]:
    return {"PK": f"TASK#{task_id}", "SK": f"SAMPLE#{run}#{name}"}


def _list(trace_id: str) -> str:
    return f"SAMPLE_TRACE#{trace_id}"


def _sample(item: dict[str, Any]) -> Sample:
    upload = None
    if "upload_key" in item:
        upload = Sampled(item["upload_key"], item["upload_etag"])
    return Sample(
        task_id=item["task_id"],
        owner=item["owner"],
        run=item["run"],
        name=item["name"],
        type=item["type"],
        object_key=item["object_key"],
        expires_at=int(item["expires_at"]),
        upload=upload,
        trace_id=item.get("trace_id"),
    )
