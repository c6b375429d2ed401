"""What the OpenAPI document says of the calls that we make. Pure."""

from __future__ import annotations

from typing import Any, Final

_REFERENCES: Final = "#/components/schemas/{model}"
_EVENTS: Final = {
    "started": ("RunEvent", "A task started, where that is asked for · 任务开始"),
    "progress": ("RunEvent", "A task has got on, where that is asked for · 任务进度"),
    "completed": ("WebhookEvent", "A task was completed · 任务完成"),
    "failed": ("WebhookEvent", "A task failed · 任务失败"),
    "cancelled": ("WebhookEvent", "A task was cancelled · 任务取消"),
}
_HEADERS: Final = {
    "webhook-id": "Names the event, the same in every attempt",
    "webhook-timestamp": "When this attempt was made, seconds since 1970",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; several while "
    "a secret is being rotated",
}


def declare_webhooks(document: dict[str, Any]) -> None:
    """Add `webhooks` (OpenAPI 3.1) and what they refer to."""
    # A cold start shows no document.
    from functions.api.schemas.tasks.webhook_events import (  # noqa: PLC0415 - see above
        RunEvent,
        WebhookEvent,
    )

    for model in (RunEvent, WebhookEvent):
        schema = model.model_json_schema(ref_template=_REFERENCES)
        document["components"]["schemas"] |= {**schema.pop("$defs"), model.__name__: schema}
    document["webhooks"] = {
        f"task.{event}": {"post": _operation(event, model, summary)}
        for event, (model, summary) in _EVENTS.items()
    }


def _operation(event: str, model: str, summary: str) -> dict[str, Any]:
    return {
        "tags": ["webhooks"],
        "operationId": f"on_task_{event}",
        "summary": summary,
        "description": "By the Standard Webhooks specification, whose libraries verify it.",
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": said,
                "schema": {"type": "string"},
            }
            for name, said in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REFERENCES.format(model=model)}}},
        },
        "responses": {"2XX": {"description": "Taken; anything else is tried again · 已接收"}},
    }
