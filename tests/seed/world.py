"""The things that the seed's document speaks of, made before its lines are tried."""

from __future__ import annotations

from typing import Any

from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewTask, TaskRecord, TemplateRecord
from tests.seed.line import Send, post, request_of

OWNER = "public"
LEASE_SECONDS = 3600
"""Long enough that no sweep takes the tasks up while the lines are tried."""

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(64)

_FILES = {
    "video": (("sample", "mp4"), ("sample_video", "mp4")),
    "audio": (("sample", "wav"), ("uploaded_audio", "wav"), ("voice_content", "wav")),
    "image": (("person", "png"), ("bg", "png"), ("background", "png")),
}
_BYTES = {"mp4": MP4, "wav": WAV, "png": PNG}


def prepare(send: Send, stores: Any) -> dict[str, str]:
    """Upload files, put a template and a task in every state; returns what names stand for."""
    for kind, files in _FILES.items():
        for stem, extension in files:
            line = post(
                "",
                f"/upload/{kind}",
                file=(f"x.{extension}", _BYTES[extension]),
                form={"custom_name": stem},
            )
            answer = send(request_of(line, {}))
            assert answer.status == 200, answer.text
    stores.templates.put(
        TemplateRecord(
            owner=OWNER,
            template_id="template123",
            title_text="示例标题",
            person_image="person.png",
            background_image="bg.png",
            parameters={"video_length": 10.0},
            preview_key="generated/t/1/preview.mp4",
        )
    )
    return _tasks(stores)


def _tasks(stores: Any) -> dict[str, str]:
    pending, processing, completed, failed, cancelled, to_cancel = (
        _new_task(stores, uuid) for uuid in (None, None, "abc123", None, None, None)
    )
    _start(stores, processing)
    files = {
        kind: {"key": f"generated/t/1/{name}", "content_type": "x/y", "filename": name}
        for kind, name in {"audio": "audio.wav", "video": "video.mp4"}.items()
    }
    stores.tasks.complete(_start(stores, completed), {"files": files, "data": {}})
    stores.tasks.fail(failed.task_id, code="no_face_found", message="No face was found.")
    stores.tasks.cancel(cancelled.task_id)
    return {
        "pending": pending.task_id,
        "processing": processing.task_id,
        "completed": completed.task_id,
        "failed": failed.task_id,
        "cancelled": cancelled.task_id,
        "to_cancel": to_cancel.task_id,
    }


def _new_task(stores: Any, uuid: str | None) -> TaskRecord:
    new = NewTask(
        owner=OWNER,
        spec=VoiceSpec(text="你好"),
        digest="seed",
        missing=(),
        lease_seconds=LEASE_SECONDS,
        retention_seconds=86_400,
        uuid=uuid,
    )
    task: TaskRecord = stores.tasks.create(new).task
    return task


def _start(stores: Any, task: TaskRecord) -> Any:
    attempt = stores.tasks.dispatch(task.task_id, LEASE_SECONDS).attempt
    return stores.tasks.start(task.task_id, attempt, 1, LEASE_SECONDS)
