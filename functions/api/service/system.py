"""How the system is doing, from counters and leases."""

from __future__ import annotations

from dh_core.tasks import Status
from functions.api.responses import FileStats, SystemResponse, TaskStats
from functions.api.service.context import Stores

_OVERDUE_SECONDS = 300
"""The sweep looks every minute: a lease this long over means that nobody picks tasks up."""


def status(stores: Stores) -> SystemResponse:
    """Counts over all owners, and whether tasks are being worked on."""
    tasks, files = stores.counters.totals()
    works = not _is_stuck(stores)
    return SystemResponse(
        system_status="running" if works else "degraded",
        task_stats=TaskStats(**{status.value: tasks[status] for status in Status}),
        file_stats=FileStats(**files),
        total_tasks=sum(tasks.values()),
        worker_running=works,
    )


def _is_stuck(stores: Stores) -> bool:
    overdue_before = stores.clock() - _OVERDUE_SECONDS
    return any(task.lease_until < overdue_before for task in stores.tasks.expired())
