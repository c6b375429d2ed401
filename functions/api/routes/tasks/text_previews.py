"""`POST /tasks/voice/preview-text`, which template.yaml gives a function of its own."""

from __future__ import annotations

from functions.api.http.dependencies import CurrentCaller, CurrentStores
from functions.api.http.error_responses import errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.schemas.tasks.text_previews import TextPreviewRequest, TextPreviewResponse
from functions.api.service.tasks import text_previews

router = LazyRouter(tags=["tasks"])


@router.post(
    "/tasks/voice/preview-text",
    summary="Preview how a text is read · 预览文本读音",
    responses=errors(
        "text_too_long",
        "ssml_invalid",
        "unspeakable_text",
        "unsupported_language",
        "content_rejected",
        "invalid_pronunciation",
        "too_many_pronunciations",
    ),
)
def preview_text(
    body: TextPreviewRequest, stores: CurrentStores, caller: CurrentCaller
) -> TextPreviewResponse:
    """How a voice task would read a text, at once and without making sound.

    Correct a reading with `pronounce`, or for all tasks with `PUT /pronunciations`.
    """
    return text_previews.preview(stores, caller, body)
