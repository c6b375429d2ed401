"""What a task would take and cost: by its text, by past runs and by the operator's prices.

Nothing is made, and what the request names is not looked up. On AWS this use case has the function
that reads texts (see `text_previews`).
"""

from __future__ import annotations

from dh_core.clock import iso
from dh_core.settings.prices import PriceTable
from dh_core.specs.base import SpokenSpec, TaskSpec
from functions.api.auth.caller import Caller
from functions.api.schemas.requests import TaskRequest
from functions.api.schemas.tasks.estimates import Cost, EstimateResponse
from functions.api.service.shared.context import Stores
from functions.api.service.tasks.text_previews import read_text


def estimate(stores: Stores, caller: Caller, asked: TaskRequest) -> EstimateResponse:
    """Raises InvalidRequest for a text that such a task would be refused or fail for."""
    spec = asked.spec()
    speech = _speech_seconds(stores, caller, spec)
    past = stores.past_runs.get(spec.type)
    expected = past.expectation(spec.characters()) if past else None
    return EstimateResponse(
        speech_seconds=speech,
        work_seconds=round(expected.run, 1) if expected else None,
        wait_seconds=round(expected.wait, 1) if expected else None,
        ready_at=iso(stores.clock() + expected.wait + expected.run) if expected else None,
        cost=_cost(stores.settings.price_table, spec, speech),
    )


def _speech_seconds(stores: Stores, caller: Caller, spec: TaskSpec) -> float | None:
    if not isinstance(spec, SpokenSpec) or spec.spoken_text is None:
        return None
    read = read_text(stores, caller, spec.script, spec.pronounce, speed=spec.speed)
    return read.estimated_seconds


def _cost(prices: PriceTable | None, spec: TaskSpec, speech: float | None) -> Cost | None:
    price = prices.tasks.get(spec.type) if prices else None
    if prices is None or price is None or (price.second and speech is None):
        return None
    return Cost(amount=price.of(speech or 0.0), currency=prices.currency)
