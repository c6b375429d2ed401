"""`POST /tasks/estimate`, which template.yaml gives the function that reads texts."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.schemas.requests import TaskRequest
from functions.api.schemas.tasks.batches import AnyTaskRequest
from functions.api.schemas.tasks.estimates import EstimateResponse
from functions.api.service.tasks import estimates

router = LazyRouter(tags=["tasks"])


@router.post(
    "/tasks/estimate",
    summary="Estimate time and cost · 预估耗时与费用",
    responses=errors(
        "text_too_long",
        "invalid_uuid",
        "ssml_invalid",
        "unspeakable_text",
        "unsupported_language",
        "content_rejected",
        "invalid_pronunciation",
        "too_many_pronunciations",
    ),
)
def estimate_task(
    body: AnyTaskRequest, stores: CurrentStores, caller: CurrentCaller
) -> EstimateResponse:
    """Seconds of speech and of work, when it would be ready, and what it costs; nothing is made.

    What the fields name (files, voices, templates) need not exist yet.
    """
    return estimates.estimate(stores, caller, _request(body))


def _request(body: AnyTaskRequest) -> TaskRequest:
    """Raises what the creating route would raise for these fields."""
    try:
        return body.request()
    except ValidationError as error:
        errors = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(errors) from error
