"""How the system is doing, from counters and leases."""

from __future__ import annotations

from dh_core.access.identity import Scope
from dh_core.tasks.states import Status
from functions.api.auth.caller import Caller
from functions.api.schemas.system import FileStats, SystemResponse, TaskStats
from functions.api.service.shared.context import Stores

_OVERDUE_SECONDS = 300
"""The sweep looks every minute: a lease this long over means that nobody picks tasks up."""


def status(stores: Stores, caller: Caller) -> SystemResponse:
    """The caller's counts (an administrator's: all), and whether tasks are being worked on."""
    if Scope.ADMIN in caller.scopes:
        tasks, files = stores.counters.totals()
    else:
        tasks, files = stores.counters.of_owner(caller.owner)
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
