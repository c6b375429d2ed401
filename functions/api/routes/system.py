"""`GET /system/status`."""

from __future__ import annotations

from fastapi import APIRouter

from functions.api.deps import CurrentStores
from functions.api.responses import SystemResponse
from functions.api.service import system

router = APIRouter(prefix="/system", tags=["system"])


@router.get("/status")
def status(stores: CurrentStores) -> SystemResponse:
    """How many tasks and files there are, and whether tasks are being worked on."""
    return system.status(stores)
