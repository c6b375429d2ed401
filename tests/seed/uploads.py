"""📁 文件上传API and 📥 文件下载API."""

from __future__ import annotations

import json

from tests.seed.line import get, post
from tests.seed.world import MP4, PNG, WAV

MEBIBYTE = 1024 * 1024

UPLOADED = """{
  "success": true,
  "message": "视频上传成功",
  "file_info": {
    "filename": "abc123.mp4",
    "file_path": "/mnt/docker/resource/uploads/video/abc123.mp4",
    "file_type": "video",
    "file_size": 15728640,
    "mime_type": "video/mp4",
    "relative_path": "uploads/video/abc123.mp4",
    "download_url": "/download/upload/video/abc123.mp4"
  }
}"""
LISTED = """{
  "success": true,
  "files": [
    {
      "filename": "sample.mp4",
      "file_type": "video",
      "file_size": 15728640,
      "download_url": "/download/upload/video/sample.mp4"
    }
  ],
  "total": 1
}"""
VIDEO = "file (file, 必需): 视频文件 (支持mp4, avi, mov等格式最大500MB)"
AUDIO = "file (file, 必需): 音频文件 (支持wav, mp3, aac等格式最大50MB)"
IMAGE = "file (file, 必需): 图片文件 (支持jpg, png, gif等格式最大10MB)"
CUSTOM = "custom_name (string, 可选): 自定义文件名"
TYPE = "type (string, 可选): 文件类型过滤 (video, audio, image)"


def _kind(route, quote, kind, name, data, formats, megabytes):
    limit = megabytes * MEBIBYTE
    path = f"/upload/{kind}"
    return [
        post(route, path, file=(name, data), like=json.loads(UPLOADED)),
        post(quote, path, status=400, form={"custom_name": "x"}, file=None),
        *[post(quote, path, {"filename": f"a.{one}", "file_size": 10}) for one in formats],
        post(quote, path, {"filename": "a.exe", "file_size": 10}, status=400),
        post(quote, path, {"filename": name, "file_size": limit}),
        post(quote, path, {"filename": name, "file_size": limit + 1}, status=413),
        post(
            CUSTOM,
            path,
            file=(name, data),
            form={"custom_name": f"我的{kind}"},
            values={"file_info.filename": f"我的{kind}.{name.split('.')[1]}"},
        ),
    ]


LINES = [
    *_kind("POST /upload/video", VIDEO, "video", "v.mp4", MP4, ("mp4", "avi", "mov"), 500),
    *_kind("POST /upload/audio", AUDIO, "audio", "a.wav", WAV, ("wav", "mp3", "aac"), 50),
    *_kind("POST /upload/image", IMAGE, "image", "i.png", PNG, ("jpg", "png", "gif"), 10),
    post(
        UPLOADED,
        "/upload/video",
        file=("v.mp4", MP4),
        like=json.loads(UPLOADED),
        values={
            "message": "视频上传成功",
            "file_info.file_type": "video",
            "file_info.file_size": len(MP4),
            "file_info.mime_type": "video/mp4",
        },
    ),
    get("GET /files/list?type={file_type}", "/files/list?type=video", like=json.loads(LISTED)),
    get(LISTED, "/files/list", like=json.loads(LISTED)),
    *[
        get(TYPE, f"/files/list?type={kind}", values={"files.0.file_type": kind})
        for kind in ("video", "audio", "image")
    ],
    get(TYPE, "/files/list"),
    get(TYPE, "/files/list?type=text", status=400),
    get(
        "GET /download/upload/{file_type}/{filename}",
        "/download/upload/video/sample.mp4",
        status=302,
        header=("location", "http"),
    ),
    get(
        "GET /download/generated/video/{uuid}",
        "/download/generated/video/abc123",
        status=302,
        header=("location", "http"),
    ),
    get(
        "GET /download/generated/audio/{uuid}",
        "/download/generated/audio/abc123",
        status=302,
        header=("location", "http"),
    ),
    get(
        "GET /download/template/{template_id}",
        "/download/template/template123",
        status=302,
        header=("location", "http"),
    ),
]
