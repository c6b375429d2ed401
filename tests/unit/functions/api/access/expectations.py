"""What each route of the OpenAPI document does for whom: a new route needs a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import pytest

from dh_core.access.identity import Scope


class Kind(Enum):
    PUBLIC = auto()
    """Needs no credential and tells nothing of any owner."""
    NAMES = auto()
    """Names a thing: another owner's is as good as none."""
    LISTS = auto()
    """Tells of all that the caller has, and of nothing else."""
    ACTS = auto()
    """Is about the caller's account as a whole, and about no other."""
    CREATES = auto()
    """Makes something of the caller's own, whatever names others have taken."""


@dataclass(frozen=True)
class Route:
    """`body` and the path are filled in with the names of things that exist, or do not."""

    kind: Kind
    scope: Scope | None = None
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sends_a_file: bool = False
    """As a form, whose other fields are the body's."""


def names(scope: Scope, body: Mapping[str, Any] | None = None) -> Route:
    return Route(Kind.NAMES, scope, body)


READ, WRITE, UPLOAD = Scope.READ, Scope.WRITE, Scope.UPLOAD
ROUTES: dict[str, Route] = {
    "POST /api/upload/{file_type}": Route(
        Kind.CREATES, UPLOAD, {"filename": "x.wav", "file_size": 10, "custom_name": "{stem}"}
    ),
    "POST /api/upload/{file_type}/from-url": Route(
        Kind.CREATES, UPLOAD, {"url": "https://example.com/x.wav", "custom_name": "{stem}"}
    ),
    "POST /api/upload/{file_type}/direct": Route(
        Kind.CREATES, UPLOAD, {"custom_name": "{stem}"}, sends_a_file=True
    ),
    "POST /api/upload/{file_type}/multipart": Route(
        Kind.CREATES, UPLOAD, {"filename": "x.wav", "file_size": 10, "custom_name": "{stem}"}
    ),
    "POST /api/upload/{file_type}/multipart/{upload_id}/parts": names(
        UPLOAD, {"part_numbers": [1]}
    ),
    "GET /api/upload/{file_type}/multipart/{upload_id}": names(UPLOAD),
    "POST /api/upload/{file_type}/multipart/{upload_id}/complete": names(UPLOAD),
    "DELETE /api/upload/{file_type}/multipart/{upload_id}": names(UPLOAD),
    "GET /api/webhook": Route(Kind.LISTS, READ),
    "PUT /api/webhook": Route(Kind.CREATES, WRITE, {"url": "https://example.com/{stem}"}),
    "DELETE /api/webhook": Route(Kind.CREATES, WRITE),
    "POST /api/webhook/secret": Route(Kind.CREATES, WRITE),
    "POST /api/webhook/test": Route(Kind.ACTS, WRITE, {"url": "https://example.com/"}),
    "GET /api/tasks/{task_id}/deliveries": names(READ),
    "POST /api/tasks/{task_id}/deliveries/redeliver": names(WRITE),
    "GET /api/files/{file_type}/{filename}": names(READ),
    "GET /api/files/list": Route(Kind.LISTS, READ),
    "DELETE /api/files/{file_type}/{filename}": names(WRITE),
    "GET /api/tasks": Route(Kind.LISTS, READ),
    "DELETE /api/tasks/{task_id}": names(WRITE),
    "GET /api/tasks/{task_id}/events": names(READ),
    "GET /api/usage": Route(Kind.ACTS, READ),
    "POST /api/account/delete": Route(Kind.ACTS, WRITE),
    "GET /api/account/deletion": Route(Kind.ACTS, READ),
    "POST /api/tasks/voice/generate": names(WRITE, {"text": "好", "reference_audio": "{filename}"}),
    "POST /api/tasks/voice/preview-text": Route(
        Kind.CREATES, WRITE, {"text": "好", "pronounce": {"好": "hao3"}}
    ),
    "POST /api/tasks/batch": Route(
        Kind.CREATES,
        WRITE,
        {"tasks": [{"task_type": "voice", "text": "好"}]},
        {"Idempotency-Key": "{idempotency_key}"},
    ),
    "GET /api/batches/{batch_id}": names(READ),
    "POST /api/tasks/estimate": Route(Kind.CREATES, WRITE, {"task_type": "voice", "text": "好"}),
    "POST /api/tasks/digital-human/create": names(
        WRITE, {"speech_text": "好", "sample_video": "{video}", "sample_voice": "{filename}"}
    ),
    "POST /api/avatars": names(WRITE, {"sample_video": "{video}"}),
    "POST /api/tasks/template/create": names(
        WRITE,
        {"person_image": "{image}", "background_image": "{image}", "title_text": "题"},
    ),
    "POST /api/tasks/video/compose": names(
        WRITE, {"template_id": "{template_id}", "audio_file": "{filename}"}
    ),
    "POST /api/tasks/audio/extract": names(WRITE, {"video_file": "{video}"}),
    "GET /api/tasks/{task_id}/status": names(READ),
    "GET /api/tasks/{task_id}/status/stream": names(READ),
    "POST /api/tasks/{task_id}/cancel": names(WRITE),
    "POST /api/task/process": names(WRITE, {"task_id": "{task_id}"}),
    "GET /api/download/upload/{file_type}/{filename}": names(READ),
    "GET /api/download/generated/{kind}/{uuid}": names(READ),
    "GET /api/download/template/{template_id}": names(READ),
    "GET /api/download/voice/{voice_id}": names(READ),
    "GET /api/templates/list": Route(Kind.LISTS, READ),
    "GET /api/templates/{template_id}": names(READ),
    "PATCH /api/templates/{template_id}": names(WRITE, {"title_text": "{stem}"}),
    "DELETE /api/templates/{template_id}": names(WRITE),
    "POST /api/voices": names(WRITE, {"name": "我", "audio_file": "{filename}"}),
    "GET /api/voices": Route(Kind.LISTS, READ),
    "GET /api/voices/{voice_id}": names(READ),
    "DELETE /api/voices/{voice_id}": names(WRITE),
    "GET /api/pronunciations": Route(Kind.LISTS, READ),
    "PUT /api/pronunciations": Route(
        Kind.CREATES, WRITE, {"pronunciations": {"SecretA": "mi4 mi4"}}
    ),
    "DELETE /api/pronunciations": Route(Kind.CREATES, WRITE),
    "GET /api/pronunciations/{word}": names(READ),
    "PUT /api/pronunciations/{word}": Route(Kind.CREATES, WRITE, {"reading": "mi4 mi4"}),
    "DELETE /api/pronunciations/{word}": names(WRITE),
    "POST /api/tokens": Route(Kind.CREATES, WRITE, {"ttl_seconds": 60}),
    "GET /api/keys": Route(Kind.ACTS, READ),
    "POST /api/keys/rotate": Route(Kind.CREATES, WRITE, {"grace_seconds": 60}),
    "DELETE /api/keys/{key_id}": names(WRITE),
    "GET /api/system/status": Route(Kind.LISTS, READ),
    "GET /api/health": Route(Kind.PUBLIC),
    "POST /api/auth/wechat": Route(Kind.PUBLIC, body={"code": "x"}),
    "POST /api/auth/refresh": Route(Kind.PUBLIC, body={"refresh_token": "x"}),
    "POST /api/auth/logout": Route(Kind.PUBLIC, body={"refresh_token": "x"}),
}
# The same request under another guise: what a body may name besides, and the seed's addresses.
VARIANTS: dict[str, Route] = {
    "POST /api/tasks/voice/generate (saved voice)": names(
        WRITE, {"text": "好", "voice_id": "{voice_id}"}
    ),
    "POST /api/tasks/digital-human/create (recording)": names(
        WRITE, {"speech_audio": "{filename}", "sample_video": "{video}"}
    ),
    "POST /api/tasks/voice/generate (uuid)": Route(
        Kind.CREATES, WRITE, {"text": "好", "uuid": "{uuid}"}
    ),
    "POST /api/tasks/voice/generate (Idempotency-Key)": Route(
        Kind.CREATES, WRITE, {"text": "好"}, {"Idempotency-Key": "{idempotency_key}"}
    ),
    # For WeChat's servers alone: whoever does not sign as they do is turned away.
    "GET /api/wechat/messages": Route(Kind.PUBLIC),
    "POST /api/wechat/messages": Route(Kind.PUBLIC, body={"Encrypt": "{filename}"}),
    **{
        name.replace(" /api/", " /"): route
        for name, route in ROUTES.items()
        if " /api/download/" in name
    },
}
CASES = ROUTES | VARIANTS
GUARDED = [name for name, route in CASES.items() if route.kind is not Kind.PUBLIC]


def cases(*kinds: Kind) -> Any:
    chosen = [name for name, route in CASES.items() if route.kind in kinds]
    return pytest.mark.parametrize("name", chosen)
