"""`GET /system/status`, `GET /health`."""

from __future__ import annotations

from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.lazy_routes import LazyRouter
from functions.api.schemas.system import HealthResponse, SystemResponse
from functions.api.service import system

router = LazyRouter(tags=["system"])


@router.get(
    "/system/status",
    summary="Show the system's status · 获取系统状态",
)
def get_system_status(stores: CurrentStores, caller: CurrentCaller) -> SystemResponse:
    """How many tasks and files there are, and whether tasks are being worked on.

    Where callers are told apart, each sees only their own counts; an API key with the scope
    `admin` sees everybody's.
    """
    return system.status(stores, caller)


@router.get(
    "/health",
    summary="Tell whether the API answers · 健康检查",
)
def get_health() -> HealthResponse:
    """Whether this process answers. Needs no credential and reads nothing."""
    return HealthResponse()
