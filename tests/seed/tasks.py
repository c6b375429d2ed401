"""🎯 异步任务API: each body as printed, each field left out in turn, each state."""

from __future__ import annotations

import json

from tests.seed.line import get, post, without

CREATED = """{
  "success": true,
  "task_id": "550e8400-e29b-41d4-a716-446655440000",
  "message": "语音生成任务已创建",
  "status_url": "/api/tasks/550e8400-e29b-41d4-a716-446655440000/status"
}"""
STATUS = """{
  "success": true,
  "task_id": "550e8400-e29b-41d4-a716-446655440000",
  "status": "completed",
  "progress": 100,
  "result": {
    "audio_path": "/path/to/generated/audio.wav",
    "audio_url": "/download/generated/audio/abc123",
    "uuid": "abc123"
  },
  "error_message": null,
  "created_at": "2025-08-04T10:30:00",
  "updated_at": "2025-08-04T10:35:00"
}"""
VOICE_TEXT = """{
  "text": "要转换的文本内容",
  "reference_audio": "参考音频文件名(可选)",
  "reference_text": "参考音频对应文本(可选)",
  "uuid": "自定义UUID可选",
  "user_id": "用户ID可选"
}"""
HUMAN_TEXT = """{
  "speech_text": "数字人要说的文本",
  "sample_video": "样本视频文件名",
  "sample_voice": "样本音频文件名",
  "uuid": "自定义UUID可选",
  "user_id": "用户ID可选"
}"""
TEMPLATE_TEXT = """{
  "person_image": "人物图片文件名",
  "background_image": "背景图片文件名",
  "title_text": "标题文字(可选)",
  "title_position": [50, 50],
  "title_font_size": 48,
  "video_length": 10.0,
  "user_id": "用户ID可选"
}"""
COMPOSE_TEXT = """{
  "template_id": "模板ID",
  "audio_file": "音频文件名",
  "text_content": "文本内容(可选)",
  "uuid": "自定义UUID可选",
  "user_id": "用户ID可选"
}"""
EXTRACT_TEXT = """{
  "video_file": "视频文件名",
  "user_id": "用户ID可选"
}"""

_VOICE = json.loads(VOICE_TEXT) | {"reference_audio": "sample.wav", "uuid": "voice-1"}
_HUMAN = json.loads(HUMAN_TEXT) | {
    "sample_video": "sample.mp4",
    "sample_voice": "sample.wav",
    "uuid": "human-1",
}
_TEMPLATE = json.loads(TEMPLATE_TEXT) | {"person_image": "person.png", "background_image": "bg.png"}
_COMPOSE = json.loads(COMPOSE_TEXT) | {
    "template_id": "template123",
    "audio_file": "sample.wav",
    "uuid": "compose-1",
}
_EXTRACT = json.loads(EXTRACT_TEXT) | {"video_file": "sample.mp4"}


def _creation(route, text, path, body, message, *, required):
    """The body whole, without each optional field, and without each required one."""
    optional = [name for name in body if name not in required]
    plain = without(body, "uuid")
    return [
        post(route, path, body, like=json.loads(CREATED), values={"message": message}),
        *[post(text, path, without(plain, name), like=json.loads(CREATED)) for name in optional],
        *[post(text, path, without(plain, name), status=400) for name in required],
    ]


LINES = [
    *_creation(
        "POST /tasks/voice/generate",
        VOICE_TEXT,
        "/tasks/voice/generate",
        _VOICE,
        "语音生成任务已创建",
        required=("text",),
    ),
    post(CREATED, "/tasks/voice/generate", {"text": "你好"}, like=json.loads(CREATED)),
    post(VOICE_TEXT, "/tasks/voice/generate", _VOICE, values={"uuid": "voice-1"}),
    *_creation(
        "POST /tasks/digital-human/create",
        HUMAN_TEXT,
        "/tasks/digital-human/create",
        _HUMAN,
        "数字人生成任务已创建",
        required=("speech_text", "sample_video"),
    ),
    *_creation(
        "POST /tasks/template/create",
        TEMPLATE_TEXT,
        "/tasks/template/create",
        _TEMPLATE,
        "数字人模板任务已创建",
        required=("person_image", "background_image"),
    ),
    *_creation(
        "POST /tasks/video/compose",
        COMPOSE_TEXT,
        "/tasks/video/compose",
        _COMPOSE,
        "视频合成任务已创建",
        required=("template_id",),
    ),
    *_creation(
        "POST /tasks/audio/extract",
        EXTRACT_TEXT,
        "/tasks/audio/extract",
        _EXTRACT,
        "音频提取任务已创建",
        required=("video_file",),
    ),
    get("GET /tasks/{task_id}/status", "/tasks/{completed}/status", like=json.loads(STATUS)),
    get(
        STATUS,
        "/tasks/{completed}/status",
        like=json.loads(STATUS),
        values={
            "task_id": "{completed}",
            "status": "completed",
            "progress": 100,
            "result.audio_url": "/download/generated/audio/abc123",
            "result.uuid": "abc123",
            "error_message": None,
        },
    ),
    *[
        get(quote, "/tasks/{" + state + "}/status", values={"status": state})
        for state, quote in {
            "pending": "pending: 等待处理",
            "processing": "processing: 正在处理",
            "completed": "completed: 已完成",
            "failed": "failed: 处理失败",
            "cancelled": "cancelled: 已取消",
        }.items()
    ],
    get("failed: 处理失败", "/tasks/{failed}/status", values={"result": None}),
    post("POST /tasks/{task_id}/cancel", "/tasks/{to_cancel}/cancel"),
    get("cancelled: 已取消", "/tasks/{to_cancel}/status", values={"status": "cancelled"}),
]
