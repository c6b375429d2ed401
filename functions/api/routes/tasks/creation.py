"""What all routes do that create a task."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final, get_type_hints

from fastapi import Header

from dh_core.limits import MAX_ID_CHARACTERS
from dh_core.specs.base import SpokenSpec, TaskSpec
from dh_core.specs.roles import NamedKind, Names, Upload
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.schemas.requests import TaskRequest, request_of
from functions.api.schemas.tasks.lifecycle import TaskResponse
from functions.api.service.shared.context import Stores
from functions.api.service.tasks import creation, lifecycle

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=MAX_ID_CHARACTERS, description="The same key and body answer the same task"),
]


_CREATES: Final = (
    "invalid_uuid",
    "content_rejected",
    "moderation_unavailable",
    "callback_url_refused",
    "webhook_secret_missing",
    "idempotency_conflict",
    "inputs_changed",
    "too_many_tasks",
    "daily_quota_reached",
    "account_deleting",
)
_REFUSED_FILE: Final = (
    "empty_file",
    "400:file_too_large",
    "unsupported_type",
    "upload_aborted",
    "file_not_found",
    "address_refused",
    "address_not_found",
    "address_too_slow",
    "address_unreachable",
    "input_task_not_completed",
    "input_task_without_file",
    "service_unavailable",
)
_MISREAD: Final = ("invalid_pronunciation", "too_many_pronunciations", "ssml_invalid")
_MISSING: Final[dict[NamedKind, tuple[str, ...]]] = {
    "voice": ("voice_not_found", "voice_not_ready"),
    "template": ("template_not_found", "template_not_ready"),
    "task": ("task_not_found", "audio_task_not_completed", "audio_task_without_audio"),
}


def add_creation(
    router: LazyRouter,
    path: str,
    spec: type[TaskSpec],
    *,
    answer: Callable[[TaskResponse], TaskResponse] = lambda created: created,
    name: str | None = None,
) -> None:
    """Add the route that creates tasks of a type.

    `answer` makes of the usual answer that of this route; it says by its annotation what it makes.
    `name` is part of the operation's id.
    """

    def create(
        body: TaskRequest,
        stores: CurrentStores,
        caller: CurrentCaller,
        idempotency_key: IdempotencyKey = None,
    ) -> TaskResponse:
        return answer(create_task(stores, caller, body, idempotency_key))

    create.__name__ = name or f"create_{spec.model_fields['type'].default}"
    # FastAPI reads them there when it builds the route. To make the models of all types is a tenth
    # of an import.
    create.late_annotations = lambda: {"body": request_of(spec)}  # type: ignore[attr-defined]  # a function takes any
    router.post(
        path,
        response_model=get_type_hints(answer).get("return", TaskResponse),
        **documentation_of(spec),
    )(create)


def documentation_of(spec: type[TaskSpec]) -> dict[str, Any]:
    """What the API's document says of a route that creates tasks of a type."""
    return {
        "summary": spec.summary,
        "description": inspect.getdoc(spec),
        "responses": errors(*_codes_of(spec)),
    }


def _codes_of(spec: type[TaskSpec]) -> list[str]:
    """The error codes of its own: whatever its fields name may be missing."""
    named = {names.kind for names in spec.fields_with(Names).values()}
    return [
        *_CREATES,
        *(_REFUSED_FILE if spec.fields_with(Upload) else ()),
        *(("consent_required",) if spec.of_a_person else ()),
        *(("text_too_long",) if spec.free_texts() else ()),
        *((*_MISREAD, "unlabelled_not_allowed") if issubclass(spec, SpokenSpec) else ()),
        *(code for kind in sorted(named) for code in _MISSING[kind]),
    ]


def create_task(
    stores: Stores,
    caller: Caller,
    body: TaskRequest,
    idempotency_key: str | None,
) -> TaskResponse:
    """Create the task, or find the one of the same request."""
    created = creation.create(stores, caller, body, idempotency_key=idempotency_key)
    return lifecycle.created(created.task)
