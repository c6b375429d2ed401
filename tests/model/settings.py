"""How the modelled system is set up."""

from __future__ import annotations

from typing import Any

TASKS, DELIVERIES, OBJECTS, EVENTS = "tasks", "deliveries", "objects", "events"
WAITING_QUEUES = {"speaking": "waiting-speaking", "editing": "waiting-editing"}
AT_WORK_MOST = 4

NAMES: dict[str, Any] = {"table_name": "table", "bucket_name": "bucket", "task_queue_url": TASKS}
KEPT_ALIVE = "speaking"
KEEP_ALIVE: dict[str, Any] = {
    "keep_alive_seconds_speaking": 4,
    "waiting_speaking_queue_url": WAITING_QUEUES["speaking"],
    "waiting_editing_queue_url": WAITING_QUEUES["editing"],
}
"""Workers of one lane are kept alive, those of the other are not."""
