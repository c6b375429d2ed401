"""What each route is called in English and Chinese, and which error codes are its own.

Codes that any route of its shape may answer (a bad field, a body too large, our own fault) are
added by `openapi`. `"400:file_too_large"` is a code under another status than its usual one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

API_VERSION: Final = "0.2.0"
"""The newest release of CHANGELOG.md."""

TAGS: Final = {
    "uploads": "Files to work with: presigned, direct, or resumable in parts · 文件上传",
    "files": "What was uploaded · 文件管理",
    "tasks": "Making things: create, poll, cancel · 异步任务",
    "webhooks": "Being told when a task has ended · 任务回调",
    "downloads": "Signed addresses of results and uploads · 文件下载",
    "templates": "The template library · 模板管理",
    "voices": "Saved and built-in voices · 声音库",
    "auth": "Signing in, staying signed in, signing out · 登录鉴权",
    "account": "Usage and deletion of an account · 账号与用量",
    "system": "How the system is doing · 系统状态",
}


@dataclass(frozen=True, slots=True)
class Operation:
    summary: str
    codes: tuple[str, ...] = ()


CREDENTIAL_CODES: Final = (
    "token_missing",
    "token_invalid",
    "token_expired",
    "key_revoked",
    "key_expired",
    "scope_missing",
)
"""What every route that asks for a credential may answer."""

_REFUSED_FILE = ("empty_file", "400:file_too_large", "unsupported_type", "upload_aborted")
_CREATES = (
    "invalid_uuid",
    "content_rejected",
    "callback_url_refused",
    "webhook_secret_missing",
    "idempotency_conflict",
    "inputs_changed",
    "too_many_tasks",
    "daily_quota_reached",
    "account_deleting",
)
_CREATES_FROM_FILES = (*_CREATES, *_REFUSED_FILE, "file_not_found")
_OF_A_PERSON = (*_CREATES_FROM_FILES, "consent_required")
_SPEAKS = ("voice_not_found", "voice_not_ready", "text_too_long")
_ANNOUNCES = (
    "account_deleting",
    "empty_file",
    "file_too_large",
    "unsupported_type",
    "invalid_name",
    "name_taken",
)

SHARED_CODES: Final[dict[str, tuple[str, ...]]] = {"429": ("rate_limited",)}
"""Codes of the statuses that a router declares for all of its routes."""

OPERATIONS: Final[dict[str, Operation]] = {
    "POST /api/upload/{file_type}": Operation(
        "Upload a file · 上传文件",
        (*_ANNOUNCES, "unsupported_content_type", "direct_upload_too_large", "not_found"),
    ),
    "POST /api/upload/{file_type}/multipart": Operation(
        "Start a resumable upload · 创建分片上传", (*_ANNOUNCES, "not_found")
    ),
    "POST /api/upload/{file_type}/multipart/{upload_id}/parts": Operation(
        "Get addresses for parts · 获取分片上传地址",
        ("upload_not_found", "part_out_of_range", "not_found"),
    ),
    "GET /api/upload/{file_type}/multipart/{upload_id}": Operation(
        "See which parts have arrived · 查询已上传分片", ("upload_not_found", "not_found")
    ),
    "POST /api/upload/{file_type}/multipart/{upload_id}/complete": Operation(
        "Finish a resumable upload · 完成分片上传",
        ("upload_not_found", "parts_missing", "file_too_large", "not_found"),
    ),
    "DELETE /api/upload/{file_type}/multipart/{upload_id}": Operation(
        "Abort a resumable upload · 取消分片上传",
        ("upload_not_found", "upload_completed", "not_found"),
    ),
    "GET /api/files/list": Operation("List uploaded files · 列出已上传文件", ("cursor_invalid",)),
    "DELETE /api/files/{file_type}/{filename}": Operation(
        "Delete an uploaded file · 删除文件", ("file_not_found", "file_in_use", "not_found")
    ),
    "GET /api/tasks": Operation("List tasks · 列出任务", ("cursor_invalid", "invalid_ids")),
    "GET /api/tasks/{task_id}/events": Operation(
        "Show a task's history · 查看任务历史", ("task_not_found", "cursor_invalid")
    ),
    "DELETE /api/tasks/{task_id}": Operation(
        "Delete a task and its results · 删除任务", ("task_not_found", "task_not_ended")
    ),
    "GET /api/usage": Operation("Show what was used · 查看用量", ("invalid_period",)),
    "POST /api/account/delete": Operation(
        "Delete everything of this account · 注销账号", ("account_shared",)
    ),
    "GET /api/account/deletion": Operation(
        "Show how far the deletion is · 查看注销进度", ("deletion_not_found",)
    ),
    "POST /api/tasks/voice/generate": Operation(
        "Create a voice task · 创建语音生成任务", (*_OF_A_PERSON, *_SPEAKS)
    ),
    "POST /api/tasks/digital-human/create": Operation(
        "Create a digital-human task · 创建数字人生成任务", (*_OF_A_PERSON, *_SPEAKS)
    ),
    "POST /api/avatars": Operation("Prepare a sample video · 预处理数字人形象", _OF_A_PERSON),
    "POST /api/tasks/template/create": Operation(
        "Create a template task · 创建数字人模板任务", (*_OF_A_PERSON, *_SPEAKS)
    ),
    "POST /api/tasks/video/compose": Operation(
        "Create a composition task · 创建视频合成任务",
        (
            *_CREATES_FROM_FILES,
            *_SPEAKS,
            "template_not_found",
            "template_not_ready",
            "task_not_found",
            "audio_task_not_completed",
            "audio_task_without_audio",
        ),
    ),
    "POST /api/tasks/audio/extract": Operation(
        "Create an audio-extraction task · 创建音频提取任务", _CREATES_FROM_FILES
    ),
    "GET /api/tasks/{task_id}/status": Operation(
        "Ask for a task's status · 查询任务状态", ("task_not_found",)
    ),
    "POST /api/tasks/{task_id}/cancel": Operation(
        "Cancel a task · 取消任务", ("task_not_found", "task_already_ended", "conflict")
    ),
    "POST /api/task/process": Operation("Start a waiting task · 提交任务处理", ("task_not_found",)),
    "GET /api/tasks/{task_id}/deliveries": Operation(
        "List a task's webhook attempts · 查看任务回调记录", ("task_not_found",)
    ),
    "GET /api/webhook": Operation("Show the webhook settings · 查看回调设置"),
    "PUT /api/webhook": Operation(
        "Set the default callback · 设置默认回调地址", ("callback_url_refused", "conflict")
    ),
    "DELETE /api/webhook": Operation(
        "Remove the default callback · 移除默认回调地址", ("conflict",)
    ),
    "POST /api/webhook/secret": Operation(
        "Make a new signing secret · 更换签名密钥", ("conflict",)
    ),
    "GET /api/download/upload/{file_type}/{filename}": Operation(
        "Download an uploaded file · 下载上传的文件",
        ("file_not_found", "file_not_ready", "not_found"),
    ),
    "GET /api/download/generated/{kind}/{uuid}": Operation(
        "Download a result · 下载生成结果",
        ("task_not_found", "file_not_found", "result_missing", "result_not_ready"),
    ),
    "GET /api/download/template/{template_id}": Operation(
        "Download a template's preview · 下载模板文件", ("template_not_found",)
    ),
    "GET /api/download/voice/{voice_id}": Operation(
        "Download a voice's sample · 下载声音试听", ("voice_not_found", "voice_not_ready")
    ),
    "GET /api/templates/list": Operation("List templates · 列出所有模板", ("cursor_invalid",)),
    "GET /api/templates/{template_id}": Operation(
        "Show a template · 获取模板信息", ("template_not_found", "template_not_ready")
    ),
    "PATCH /api/templates/{template_id}": Operation(
        "Change a template · 修改模板",
        (*_OF_A_PERSON, *_SPEAKS, "template_not_found", "template_not_ready"),
    ),
    "DELETE /api/templates/{template_id}": Operation(
        "Delete a template · 删除模板", ("template_not_found", "template_not_ready")
    ),
    "POST /api/voices": Operation("Save a voice · 保存声音", _OF_A_PERSON),
    "GET /api/voices": Operation("List voices · 列出声音", ("cursor_invalid",)),
    "GET /api/voices/{voice_id}": Operation(
        "Show a voice · 查看声音", ("voice_not_found", "voice_not_ready")
    ),
    "DELETE /api/voices/{voice_id}": Operation(
        "Delete a voice · 删除声音", ("voice_not_found", "voice_not_ready", "voice_read_only")
    ),
    "GET /api/system/status": Operation("Show the system's status · 获取系统状态"),
    "GET /api/health": Operation("Tell whether the API answers · 健康检查"),
    "POST /api/auth/wechat": Operation(
        "Sign in by WeChat · 微信登录",
        (
            "sign_in_unavailable",
            "wechat_code_invalid",
            "wechat_user_blocked",
            "wechat_rate_limited",
            "wechat_unavailable",
        ),
    ),
    "POST /api/auth/refresh": Operation(
        "Renew the tokens · 刷新令牌",
        (
            "sign_in_unavailable",
            "refresh_token_invalid",
            "refresh_token_expired",
            "refresh_token_reused",
        ),
    ),
    "POST /api/auth/logout": Operation("Sign out · 退出登录", ("sign_in_unavailable",)),
}
