"""How the modelled system is set up."""

from __future__ import annotations

from typing import Any

TASKS, DELIVERIES, OBJECTS, EVENTS = "tasks", "deliveries", "objects", "events"
HINTS = {"gpu": "hints-gpu", "cpu": "hints-cpu"}
AT_WORK_MOST = 4

NAMES: dict[str, Any] = {"table_name": "table", "bucket_name": "bucket", "task_queue_url": TASKS}
LINGERING: dict[str, Any] = {
    "linger_seconds_gpu": 4,
    "waiting_gpu_queue_url": HINTS["gpu"],
    "waiting_cpu_queue_url": HINTS["cpu"],
}
"""Workers of one lane linger, those of the other do not."""
