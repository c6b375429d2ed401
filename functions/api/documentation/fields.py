"""What fields and parameters mean where their model does not say so itself.

A name means the same wherever it stands; where it does not, the schema's name is put before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

MEANINGS: Final = {
    # ---- who and which
    "user_id": "Your user, where the server runs without sign-in; a credential overrules it",
    "uuid": "The id that you gave the task, or else its task_id",
    "task_id": "Names the task in every other route",
    "template_id": "A template of your library",
    "voice_id": "A voice of your library, or a built-in one (GET /api/voices)",
    "upload_id": "Names a resumable upload",
    "delivery_id": "Names a delivery; your server sees it in X-Dh-Delivery",
    "deletion_id": "Names the deletion",
    "request_id": "Name it when you ask for help",
    "kind": "Which of the task's files",
    # ---- answers in general
    "success": "true in every successful answer",
    "message": "A sentence for people",
    "next_cursor": "Send it as cursor for the next page; null on the last one",
    "total": "How many there are on all pages together",
    "created_at": "UTC, ISO 8601",
    "updated_at": "UTC, ISO 8601",
    "started_at": "UTC, ISO 8601",
    "ended_at": "UTC, ISO 8601; null until then",
    "time": "UTC, ISO 8601",
    "at": "UTC, ISO 8601",
    "next_attempt_at": "UTC, ISO 8601; null when nothing more will be tried",
    "expires_at": "UTC, ISO 8601; later the address is refused",
    # ---- files
    "filename": "The name that the file is stored under; requests name files by it",
    "custom_name": "Becomes part of the stored name",
    "file_type": "The kind of file",
    "file_size": "Bytes",
    "size": "Bytes",
    "file_path": "Where the file is stored",
    "relative_path": "Where the file is stored, below the uploads",
    "mime_type": "The file's media type",
    "content_type": "The file's media type",
    "download_url": "Address of the file, relative to this server",
    "poster_url": "Address of the template's still picture, relative to this server",
    "url": "The address to use, signed where it leads to the bucket",
    "WebhookRequest.url": "An https address of yours that leads outside",
    "Delivery.url": "The address that was called",
    "method": "The HTTP method to use",
    "fields": "Form fields to send before the file, all of them and unchanged",
    "max_bytes": "A larger file is refused by the bucket",
    "UploadRequest.filename": "Your own name for the file; its ending counts",
    "MultipartRequest.filename": "Your own name for the file; its ending counts",
    "files": "Newest first",
    "type": "Only those of this kind",
    "file": "The moving preview or the still picture",
    # ---- resumable uploads
    "part_size": "Bytes of every part but the last",
    "part_count": "How many parts the file has",
    "part_number": "From 1",
    "content_length": "Bytes that the part must have",
    "parts": "In the order of their numbers",
    "completed": "Whether the file has been put together",
    # ---- what a task is asked for
    "sample_video": "An uploaded video of the person, 1 s to 10 min",
    "sample_voice": "An uploaded audio of the voice; without it, the video's own sound",
    "speech_text": "What is said; or else give speech_audio",
    "speech_audio": "An uploaded recording that is spoken as it is, instead of speech_text",
    "face_index": "Which of several people, counted from the left; without it the largest face",
    "speed": "1 is the voice's own pace",
    "text": "What is said",
    "reference_audio": "An uploaded recording of the voice to come close to",
    "reference_text": "What the recording says; found by listening where it is left out",
    "video_file": "An uploaded video",
    "audio_file": "An uploaded recording",
    "name": "What the voice is called",
    "person_image": "An uploaded photo of one person or more",
    "background_image": "An uploaded picture",
    "title_text": "The title; empty for none",
    "title_font_size": "Pixels of the finished video",
    "title_bold": "Whether the title is set in bold",
    "title_color": "#RRGGBB; without it, what stands out from the picture",
    "person_scale": "1 is what suits the picture",
    "video_length": "Seconds of the preview",
    # ---- how a task is doing
    "status": "pending, processing, completed, failed or cancelled",
    "HealthResponse.status": "ok when the server answers",
    "progress": "0 to 100, never falling",
    "stage": "What the job is at, while it runs",
    "result": "Addresses of the files and facts about them, once completed",
    "error_message": "What went wrong and what to do, once failed",
    "error_code": "Stable name of what went wrong (docs/errors.md)",
    "status_url": "Poll it",
    "tasks": "Newest first, or in the order asked for",
    "events": "Oldest first",
    "attempts": "In the order in which they were made",
    "UsageAmounts.attempts": "How many times a job was started",
    "DayUsage.attempts": "How many times a job was started",
    "output_bytes": "Bytes of finished files",
    "http_status": "What your server answered; null where nothing came back",
    "duration_ms": "How long your server took",
    # ---- libraries
    "voices": "Yours, newest first, then the built-in ones",
    "templates": "Newest first",
    "parameters": "What the template was made with",
    "category": "Whether it is built in or yours",
    "read_only": "Built-in voices cannot be deleted",
    # ---- the system
    "system_status": "degraded when tasks wait that nobody takes up",
    "total_tasks": "Yours (an administrator's key: everybody's)",
    "worker_running": "Whether tasks are taken up",
    "pending": "How many tasks",
    "processing": "How many tasks",
    "failed": "How many tasks",
    "cancelled": "How many tasks",
    "TaskStats.completed": "How many tasks",
    "video": "How many files",
    "audio": "How many files",
    "image": "How many files",
    # ---- signing in
    "refresh_token": "Works once; each answer holds the next one",
    "token_type": "As RFC 6750 names it",
    "state": "deleting until everything is gone",
}


def describe(document: dict[str, Any]) -> None:
    """Give a meaning to each property and parameter of an OpenAPI document that has none."""
    for name, schema in document["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            _explain(part, (f"{name}.{field}", field))
    for parameter in _parameters(document):
        _explain(parameter, (parameter["name"],))


def _parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _explain(part: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in MEANINGS:
            part.setdefault("description", MEANINGS[name])
            return
