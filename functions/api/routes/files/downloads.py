"""`GET /download/…`: a redirect to a signed address of the bucket, or that address as JSON."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from dh_core import limits
from functions.api.http.dependencies import CurrentCaller, CurrentStores, IsHead
from functions.api.http.error_responses import Responses, errors
from functions.api.http.lazy_routes import LazyRouter
from functions.api.http.parameters import FileNameInPath, FileTypeInPath, TemplateId, VoiceId
from functions.api.schemas.files.downloads import DownloadResponse
from functions.api.service.files import downloads
from functions.api.service.files.downloads import TemplateFile

Redirect = Annotated[bool, Query(description="false answers the address as JSON")]

Kind = Annotated[
    str, Path(max_length=limits.MAX_ID_CHARACTERS, description="Which of the task's files")
]
Uuid = Annotated[
    str,
    Path(
        max_length=limits.MAX_ID_CHARACTERS,
        description="The id that you gave the task, or else its task_id",
    ),
]

router = LazyRouter(prefix="/download", tags=["downloads"])
_REDIRECT: Final[Responses] = {
    302: {
        "description": "Location is the signed address",
        "headers": {
            "Location": {
                "description": "A signed address of the bucket, good for a while",
                "schema": {"type": "string", "format": "uri"},
            }
        },
    }
}


@router.get(
    "/upload/{file_type}/{filename}",
    summary="Download an uploaded file · 下载上传的文件",
    response_model=DownloadResponse,
    responses={**_REDIRECT, **errors("file_not_found", "file_not_ready", "not_found")},
)
def download_upload(
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: FileTypeInPath,
    filename: FileNameInPath,
    head: IsHead,
    redirect: Redirect = True,
) -> Response | DownloadResponse:
    """An uploaded file."""
    return _answer(downloads.uploaded(stores, caller, file_type, filename, head=head), redirect)


@router.get(
    "/generated/{kind}/{uuid}",
    summary="Download a result · 下载生成结果",
    response_model=DownloadResponse,
    responses={
        **_REDIRECT,
        **errors("task_not_found", "file_not_found", "result_missing", "result_not_ready"),
    },
)
def download_result(
    stores: CurrentStores,
    caller: CurrentCaller,
    kind: Kind,
    uuid: Uuid,
    head: IsHead,
    redirect: Redirect = True,
) -> Response | DownloadResponse:
    """What a task made: `video`, `audio`, or another kind that its result names."""
    return _answer(downloads.generated(stores, caller, kind, uuid, head=head), redirect)


@router.get(
    "/template/{template_id}",
    summary="Download a template's preview · 下载模板文件",
    response_model=DownloadResponse,
    responses={**_REDIRECT, **errors("template_not_found")},
)
def download_template(
    stores: CurrentStores,
    caller: CurrentCaller,
    template_id: TemplateId,
    head: IsHead,
    file: Annotated[
        TemplateFile, Query(description="The moving preview or the still picture")
    ] = "video",
    redirect: Redirect = True,
) -> Response | DownloadResponse:
    """The preview of a template: its video, or the poster, a still picture."""
    return _answer(downloads.template(stores, caller, template_id, file, head=head), redirect)


@router.get(
    "/voice/{voice_id}",
    summary="Download a voice's sample · 下载声音试听",
    response_model=DownloadResponse,
    responses={**_REDIRECT, **errors("voice_not_found", "voice_not_ready")},
)
def download_voice(
    stores: CurrentStores,
    caller: CurrentCaller,
    voice_id: VoiceId,
    head: IsHead,
    redirect: Redirect = True,
) -> Response | DownloadResponse:
    """The spoken sample of a voice."""
    return _answer(downloads.voice(stores, caller, voice_id, head=head), redirect)


def _answer(download: DownloadResponse, redirect: bool) -> Response | DownloadResponse:
    if not redirect:
        return download
    # The signature expires, so nobody may remember where this led.
    return RedirectResponse(download.url, status_code=302, headers={"Cache-Control": "no-store"})
