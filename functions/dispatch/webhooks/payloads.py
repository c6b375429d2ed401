"""What a webhook says. Pure: the same event has the same document in every attempt."""

from __future__ import annotations

import json
from typing import Any

from dh_core.store import DeliveryRecord, TaskRecord
from dh_core.store.tasks.results import shape_result


def of_end(task: TaskRecord, delivery: DeliveryRecord, sequence: int) -> bytes:
    """A task that has ended does not change. `sequence` is beyond that of whatever was told."""
    about = {
        **_about(task),
        "error_code": task.error_code,
        "error_message": task.error_message,
        "created_at": task.created_at,
        "ended_at": delivery.created_at,
        "status_url": f"/api/tasks/{task.task_id}/status",
    }
    event = f"task.{task.status}"
    document = {
        "type": event,
        "timestamp": delivery.created_at,
        "data": {**about, "sequence": sequence, "result": shape_result(task)},
        # As before the specification, for one version more.
        "delivery_id": delivery.delivery_id,
        "event": event,
        **about,
    }
    return _document(document)


def of_run(task: TaskRecord, event: str, at: str, sequence: int) -> bytes:
    """`at`: when the task started, or when its progress was looked at."""
    started = event == "started"
    data = {
        **_about(task),
        "status": "processing",
        "progress": 0 if started else task.progress,
        "stage": None if started else task.stage,
        "sequence": sequence,
        "created_at": task.created_at,
        "status_url": f"/api/tasks/{task.task_id}/status",
    }
    return _document({"type": f"task.{event}", "timestamp": at, "data": data})


def _about(task: TaskRecord) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "uuid": task.uuid,
        "task_type": task.type,
        "status": task.status,
    }


def _document(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
