"""One example for each kind of answer, in the words of the seed's document where it has them."""

from __future__ import annotations

from typing import Any, Final

_TASK: Final = "550e8400-e29b-41d4-a716-446655440000"
_WHEN: Final = "2026-03-01T01:30:00.000Z"
_LATER: Final = "2026-03-01T02:30:00.000Z"
_REFRESH_TOKEN: Final = f"dhr_{'0' * 32}_{'A' * 43}"

_FILE: Final = {
    "filename": "sample.mp4",
    "file_type": "video",
    "file_size": 15728640,
    "mime_type": "video/mp4",
    "relative_path": "uploads/video/sample.mp4",
    "download_url": "/download/upload/video/sample.mp4",
}
_FILE_INFO: Final = {**_FILE, "file_path": "uploads/video/sample.mp4"}
_CREATED: Final = {
    "success": True,
    "task_id": _TASK,
    "message": "语音生成任务已创建",
    "status_url": f"/api/tasks/{_TASK}/status",
    "uuid": "my-uuid",
    "status": "pending",
}
_CONSENT: Final = {
    "subject": "王老师",
    "statement": "我同意用我的声音和形象制作数字人视频。",
    "given_at": "2026-03-01T09:30:00+08:00",
    "purpose": "课程视频",
}
_TEMPLATE: Final = {
    "template_id": "template123",
    "title_text": "示例标题",
    "person_image": "person.jpg",
    "background_image": "bg.jpg",
    "created_at": _WHEN,
    "download_url": "/api/download/template/template123",
    "poster_url": "/api/download/template/template123?file=poster",
    "updated_at": _WHEN,
}
_VOICE: Final = {
    "voice_id": _TASK,
    "name": "王老师",
    "category": "own",
    "read_only": False,
    "language": "zh-CN",
    "gender": None,
    "preview_url": f"/download/voice/{_TASK}",
    "warnings": [],
    "created_at": _WHEN,
    "consent": _CONSENT,
}
_UPLOAD_ID: Final = "kq3V7rY0Zr2nC5m1s8Qb4w6x"
_WEBHOOK: Final = {
    "success": True,
    "url": "https://example.com/digital-human",
    "secrets": [{"created_at": _WHEN, "valid_until": None}],
}

_USAGE: Final = {
    "attempts": 1,
    "cpu_seconds": 12.5,
    "gpu_seconds": 0.0,
    "output_seconds": 4.2,
    "video_seconds": 0.0,
    "output_bytes": 201644,
}
_STATE: Final = {
    "task_id": _TASK,
    "status": "completed",
    "progress": 100,
    "result": {
        "audio_path": f"generated/{_TASK}/1/audio.wav",
        "audio_url": "/download/generated/audio/my-uuid",
        "uuid": "my-uuid",
    },
    "error_message": None,
    "created_at": _WHEN,
    "updated_at": _LATER,
    "task_type": "voice",
    "uuid": "my-uuid",
    "stage": None,
    "error_code": None,
    "next_poll_ms": None,
    "eta_seconds": None,
    "queue_position": None,
    "usage": _USAGE,
    "consent": None,
}

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "Problem": {
        "error": "There is no task by this id; use the task_id that its creation answered.",
        "code": "task_not_found",
        "request_id": "2f1c7a52-8f0e-4a53-9d4e-5b6d1d7f2a10",
    },
    "HealthResponse": {"success": True, "status": "ok"},
    "WechatSignInRequest": {"code": "0a3Xyz000AbCdE1fGh200IjKlM4Xyz0n"},
    "RefreshRequest": {"refresh_token": _REFRESH_TOKEN},
    "TokensResponse": {
        "success": True,
        "access_token": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMTEiLCJ0eXAiOiJhdCtqd3QifQ.….…",
        "token_type": "Bearer",
        "expires_in": 1800,
        "refresh_token": _REFRESH_TOKEN,
        "refresh_expires_in": 2592000,
        "scope": "read upload write",
    },
    "SignedOutResponse": {"success": True, "message": "已退出登录"},
    "Consent": _CONSENT,
    "UploadedResponse": {
        "success": True,
        "message": "视频上传地址已生成",
        "file_info": _FILE_INFO,
        "upload": {
            "method": "POST",
            "url": "https://bucket.s3.amazonaws.com/",
            "fields": {"Content-Type": "video/mp4", "key": "uploads/public/video/sample.mp4"},
            "expires_at": _LATER,
            "max_bytes": 524288000,
        },
    },
    "MultipartCreatedResponse": {
        "success": True,
        "message": "分片上传已创建",
        "file_info": _FILE_INFO,
        "upload_id": _UPLOAD_ID,
        "part_size": 5242880,
        "part_count": 3,
        "expires_at": _LATER,
    },
    "PartTargetsResponse": {
        "success": True,
        "parts": [
            {
                "part_number": 1,
                "method": "PUT",
                "url": "https://bucket.s3.amazonaws.com/uploads/public/video/sample.mp4?partNumber=1",
                "offset": 0,
                "content_length": 5242880,
                "expires_at": _LATER,
            }
        ],
    },
    "MultipartStatusResponse": {
        "success": True,
        "upload_id": _UPLOAD_ID,
        "filename": "sample.mp4",
        "file_size": 15728640,
        "part_size": 5242880,
        "part_count": 3,
        "expires_at": _LATER,
        "parts": [{"part_number": 1, "size": 5242880}],
        "missing": [2, 3],
        "completed": False,
    },
    "MultipartCompletedResponse": {
        "success": True,
        "message": "文件上传完成",
        "file_info": _FILE_INFO,
    },
    "MultipartAbortedResponse": {
        "success": True,
        "message": "分片上传已取消",
        "upload_id": _UPLOAD_ID,
    },
    "FilesResponse": {
        "success": True,
        "files": [{**_FILE, "created_at": _WHEN}],
        "total": 1,
        "next_cursor": None,
    },
    "TaskResponse": _CREATED,
    "VoiceTaskResponse": {**_CREATED, "message": "声音保存任务已创建", "voice_id": _TASK},
    "TemplateTaskResponse": {**_CREATED, "message": "数字人模板任务已创建", "template_id": _TASK},
    "StatusResponse": {"success": True, **_STATE},
    "TasksResponse": {"success": True, "tasks": [_STATE], "missing": [], "next_cursor": None},
    "EventsResponse": {
        "success": True,
        "task_id": _TASK,
        "events": [
            {
                "time": _WHEN,
                "status": "pending",
                "phase": "queued",
                "stage": None,
                "attempt": 0,
                "error_code": None,
            }
        ],
        "next_cursor": None,
    },
    "TaskDeletedResponse": {"success": True, "message": "任务已删除", "task_id": _TASK},
    "FileDeletedResponse": {
        "success": True,
        "message": "文件已删除",
        "file_type": "video",
        "filename": "sample.mp4",
        "failed_tasks": [],
    },
    "UsageResponse": {
        "success": True,
        "days": [{"date": "2026-03-01", **_USAGE}],
        "total": _USAGE,
    },
    "AccountDeletionResponse": {
        "success": True,
        "deletion_id": _TASK,
        "state": "deleting",
        "removed": 12,
        "started_at": _WHEN,
        "ended_at": None,
    },
    "DownloadResponse": {
        "success": True,
        "url": "https://bucket.s3.amazonaws.com/generated/…?X-Amz-Signature=…",
        "expires_at": _LATER,
        "content_type": "audio/wav",
        "filename": "audio.wav",
    },
    "TemplatesResponse": {
        "success": True,
        "templates": [_TEMPLATE],
        "total": 1,
        "next_cursor": None,
    },
    "TemplateResponse": {
        "success": True,
        "template": {**_TEMPLATE, "parameters": {"video_length": 10.0}, "warnings": []},
    },
    "TemplateDeletedResponse": {
        "success": True,
        "message": "模板已删除",
        "template_id": "template123",
    },
    "VoicesResponse": {"success": True, "voices": [_VOICE], "total": 8, "next_cursor": None},
    "VoiceResponse": {"success": True, "voice": _VOICE},
    "VoiceDeletedResponse": {"success": True, "message": "声音已删除", "voice_id": _TASK},
    "WebhookResponse": _WEBHOOK,
    "NewSecretResponse": {**_WEBHOOK, "secret": "whsec_…"},
    "DeliveriesResponse": {
        "success": True,
        "deliveries": [
            {
                "delivery_id": "1f0c9f1e-3a53-4d4e-8b6d-2d7f2a105b6d",
                "url": "https://example.com/digital-human",
                "status": "delivered",
                "created_at": _WHEN,
                "next_attempt_at": None,
                "attempts": [{"at": _WHEN, "http_status": 200, "error": None, "duration_ms": 120}],
            }
        ],
    },
    "SystemResponse": {
        "success": True,
        "system_status": "running",
        "task_stats": {
            "pending": 2,
            "processing": 1,
            "completed": 15,
            "failed": 1,
            "cancelled": 0,
        },
        "file_stats": {"video": 10, "audio": 8, "image": 12},
        "total_tasks": 19,
        "worker_running": True,
    },
    "DigitalHumanRequest": {
        "speech_text": "大家好，我是数字人小助手",
        "sample_video": "sample.mp4",
        "sample_voice": "sample.wav",
        "consent": _CONSENT,
    },
    "TemplateRequest": {
        "person_image": "person.jpg",
        "background_image": "bg.jpg",
        "title_text": "AI助手",
        "title_position": [50, 50],
        "title_font_size": 48,
        "video_length": 10.0,
    },
    "ComposeRequest": {"template_id": "template123", "audio_file": "sample.wav"},
    "ExtractAudioRequest": {"video_file": "sample.mp4"},
    "AvatarRequest": {"sample_video": "sample.mp4"},
    "ProcessRequest": {"task_id": _TASK},
}
