"""🎨 模板管理API, 📊 系统状态API, 🔄 典型使用流程 and ⚠️ 错误处理."""

from __future__ import annotations

import json

from tests.seed.line import get, post
from tests.seed.tasks import CREATED
from tests.seed.world import MP4, PNG, WAV

TEMPLATES = """{
  "success": true,
  "templates": [
    {
      "template_id": "template123",
      "title_text": "示例标题",
      "person_image": "person.jpg",
      "background_image": "bg.jpg",
      "created_at": "2025-08-04T10:00:00",
      "download_url": "/api/download/template/template123"
    }
  ],
  "total": 1
}"""
SYSTEM = """{
  "success": true,
  "system_status": "running",
  "task_stats": {
    "pending": 2,
    "processing": 1,
    "completed": 15,
    "failed": 1
  },
  "file_stats": {
    "video": 10,
    "audio": 8,
    "image": 12
  },
  "total_tasks": 19,
  "worker_running": true
}"""
FLOW_1 = """{
  "text": "你好,欢迎使用数字人系统",
  "reference_audio": "uploaded_audio.wav"
}"""
FLOW_2 = """{
  "speech_text": "大家好,我是数字人小助手",
  "sample_video": "sample_video.mp4",
  "sample_voice": "sample_audio.wav"
}"""
FLOW_3 = """{
  "person_image": "person.jpg",
  "background_image": "background.jpg",
  "title_text": "AI助手",
  "title_position": [100, 50],
  "video_length": 15.0
}"""
FLOW_3_COMPOSE = """{
  "template_id": "template123",
  "audio_file": "voice_content.wav"
}"""
ERROR = """{
  "error": "错误描述信息"
}"""
PROCESS = '进行任务 POST /api/task/process { "task_id": 任务ID }'
NO_TASK = "550e8400-e29b-41d4-a716-446655440000"
_CREATED = json.loads(CREATED)
_HERE = {
    "sample_voice": "uploaded_audio.wav",
    "person_image": "person.png",
    "background_image": "background.png",
}


def _body(text):
    """The flow's own body; where it names a file of another format, the one that was uploaded."""
    body = json.loads(text)
    return {name: _HERE.get(name, value) for name, value in body.items()}


LINES = [
    get("GET /templates/list", "/templates/list", like=json.loads(TEMPLATES)),
    get(
        TEMPLATES,
        "/templates/list",
        like=json.loads(TEMPLATES),
        values={
            "templates.0.template_id": "template123",
            "templates.0.download_url": "/api/download/template/template123",
            "total": 1,
        },
    ),
    get(
        "GET /templates/{template_id}",
        "/templates/template123",
        values={"template.title_text": "示例标题"},
    ),
    get("GET /system/status", "/system/status", like=json.loads(SYSTEM)),
    get(SYSTEM, "/system/status", like=json.loads(SYSTEM), values={"worker_running": True}),
    # 流程1
    post("POST /api/upload/audio", "/upload/audio", file=("a.wav", WAV)),
    post("POST /api/tasks/voice/generate", "/tasks/voice/generate", _body(FLOW_1), like=_CREATED),
    post(FLOW_1, "/tasks/voice/generate", _body(FLOW_1), like=_CREATED),
    get("GET /api/tasks/{task_id}/status", "/tasks/{completed}/status"),
    get("GET /api/download/generated/audio/{uuid}", "/download/generated/audio/abc123", status=302),
    # 流程2
    post("POST /api/upload/video # 上传样本视频", "/upload/video", file=("v.mp4", MP4)),
    post("POST /api/upload/audio # 上传样本音频", "/upload/audio", file=("a.wav", WAV)),
    post(
        "POST /api/tasks/digital-human/create" + FLOW_2,
        "/tasks/digital-human/create",
        _body(FLOW_2),
        like=_CREATED,
    ),
    post(PROCESS, "/task/process", {"task_id": "{completed}"}),
    post(
        PROCESS,
        "/task/process",
        {"task_id": NO_TASK},
        status=404,
    ),
    get("GET /api/download/generated/video/{uuid}", "/download/generated/video/abc123", status=302),
    # 流程3
    post("POST /api/upload/image # 上传人物图片", "/upload/image", file=("p.png", PNG)),
    post("POST /api/upload/image # 上传背景图片", "/upload/image", file=("b.png", PNG)),
    post(
        "POST /api/tasks/template/create" + FLOW_3,
        "/tasks/template/create",
        _body(FLOW_3),
        like=_CREATED,
    ),
    post(
        "POST /api/tasks/video/compose" + FLOW_3_COMPOSE,
        "/tasks/video/compose",
        _body(FLOW_3_COMPOSE),
        like=_CREATED,
    ),
    # 错误处理
    get(ERROR, f"/tasks/{NO_TASK}/status", status=404, like=json.loads(ERROR)),
    get("200: 成功", "/system/status"),
    post("400: 请求参数错误", "/tasks/voice/generate", {}, status=400),
    post("400: 请求参数错误", "/tasks/voice/generate", {"text": 1}, status=400),
    get("404: 资源不存在", f"/tasks/{NO_TASK}/status", status=404),
    get("404: 资源不存在", "/templates/none", status=404),
    get("404: 资源不存在", "/download/generated/audio/none", status=404),
    post(
        "413: 文件过大",
        "/upload/image",
        {"filename": "a.png", "file_size": 11 * 1024 * 1024},
        status=413,
    ),
    get("500: 服务器内部错误", "/system/status", status=500, broken=True),
]
