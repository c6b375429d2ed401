"""A task's result as clients see it. Pure."""

from __future__ import annotations

from typing import Any

from dh_core.store.tasks.records import TaskRecord


def shape_result(task: TaskRecord) -> dict[str, Any] | None:
    """The seed's result: `{kind}_path` and `{kind}_url` for each file made, plus the job's data."""
    if task.result is None:
        return None
    shaped: dict[str, Any] = {
        **task.result.get("data", {}),
        "task_type": task.type,
        "uuid": task.uuid,
    }
    for kind, file in task.result["files"].items():
        shaped[f"{kind}_path"] = file["key"]
        shaped[f"{kind}_url"] = f"/download/generated/{kind}/{task.uuid}"
    return shaped
