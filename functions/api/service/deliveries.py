"""What became of a task's webhook."""

from __future__ import annotations

from dh_core.clock import iso
from dh_core.store import DeliveryStatus
from functions.api.auth.dependencies import Caller
from functions.api.schemas.webhooks import DeliveriesResponse, Delivery
from functions.api.service.context import Stores
from functions.api.service.tasks import find


def list_deliveries(stores: Stores, caller: Caller, task_id: str) -> DeliveriesResponse:
    """The log of a task's webhook. Raises NotFound."""
    find(stores, caller, task_id)
    delivery = stores.deliveries.get(task_id)
    if delivery is None:
        return DeliveriesResponse(deliveries=[])
    pending = delivery.status is DeliveryStatus.PENDING
    return DeliveriesResponse(
        deliveries=[Delivery.of(delivery, iso(delivery.due_at) if pending else None)]
    )
