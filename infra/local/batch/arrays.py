"""Array jobs of the local AWS Batch: one job that stands for its children. Pure.

AWS Batch User Guide, "Array jobs": a child bears its parent's id, a colon and its index; the
parent is SUBMITTED, PENDING from the first child that is RUNNABLE, and SUCCEEDED or FAILED in the
end. API reference, ArrayProperties: 2 to 10,000 children.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from infra.local.batch.jobs import Job, Status

SMALLEST, LARGEST = 2, 10_000


def children_of(parent: Job) -> list[Job]:
    """The jobs that an array job is made of. Raises ValueError for a size that Batch refuses."""
    size = parent.array_size or 0
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"an array has {SMALLEST} to {LARGEST} children, not {size}")
    return [
        replace(
            parent,
            id=f"{parent.id}:{index}",
            array_size=None,
            array_index=index,
            parameters=dict(parent.parameters),
            environment=dict(parent.environment),
            attempts=[],
        )
        for index in range(size)
    ]


def parent_id(job: Job) -> str | None:
    """Of a child; None for any other job."""
    return None if job.array_index is None else job.id.rpartition(":")[0]


def parent_status(children: Sequence[Job]) -> Status:
    """What the parent's status follows from."""
    statuses = {child.status for child in children}
    if statuses <= {"SUCCEEDED", "FAILED"}:
        return "FAILED" if "FAILED" in statuses else "SUCCEEDED"
    return "SUBMITTED" if statuses == {"SUBMITTED"} else "PENDING"


def array_properties(parent: Job, children: Sequence[Job]) -> dict[str, Any]:
    """As DescribeJobs shows them for a parent (API reference, ArrayPropertiesDetail)."""
    summary = Counter(child.status for child in children)
    return {"size": parent.array_size, "statusSummary": dict(summary)}


def array_environment(job: Job) -> dict[str, str]:
    """What Batch adds to a child's environment."""
    return {} if job.array_index is None else {"AWS_BATCH_JOB_ARRAY_INDEX": str(job.array_index)}
