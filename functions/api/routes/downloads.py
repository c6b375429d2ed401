"""`GET /download/…`: a redirect to a signed address of the bucket, or that address as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from dh_core import limits
from functions.api.auth.dependencies import CurrentCaller
from functions.api.deps import CurrentStores
from functions.api.http.routing import LateRouter
from functions.api.routes.parameters import FileNameInPath, FileTypeInPath, TemplateId, VoiceId
from functions.api.schemas.downloads import DownloadResponse
from functions.api.service import downloads
from functions.api.service.downloads import TemplateFile

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

router = LateRouter(prefix="/download", tags=["downloads"])
_REDIRECT: Final[dict[int | str, dict[str, Any]]] = {
    302: {"description": "Location is the signed address"}
}


@router.get("/upload/{file_type}/{filename}", response_model=DownloadResponse, responses=_REDIRECT)
def uploaded(
    stores: CurrentStores,
    caller: CurrentCaller,
    file_type: FileTypeInPath,
    filename: FileNameInPath,
    redirect: Redirect = True,
) -> Response | DownloadResponse:
    """An uploaded file."""
    return _answer(downloads.uploaded(stores, caller, file_type, filename), redirect)


@router.get("/generated/{kind}/{uuid}", response_model=DownloadResponse, responses=_REDIRECT)
def generated(
    stores: CurrentStores, caller: CurrentCaller, kind: Kind, uuid: Uuid, redirect: Redirect = True
) -> Response | DownloadResponse:
    """What a task made: `video`, `audio`, or another kind that its result names."""
    return _answer(downloads.generated(stores, caller, kind, uuid), redirect)


@router.get("/template/{template_id}", response_model=DownloadResponse, responses=_REDIRECT)
def template(
    stores: CurrentStores,
    caller: CurrentCaller,
    template_id: TemplateId,
    file: Annotated[
        TemplateFile, Query(description="The moving preview or the still picture")
    ] = "video",
    redirect: Redirect = True,
) -> Response | DownloadResponse:
    """The preview of a template: its video, or the poster, a still picture."""
    return _answer(downloads.template(stores, caller, template_id, file), redirect)


@router.get("/voice/{voice_id}", response_model=DownloadResponse, responses=_REDIRECT)
def voice(
    stores: CurrentStores, caller: CurrentCaller, voice_id: VoiceId, redirect: Redirect = True
) -> Response | DownloadResponse:
    """The spoken sample of a voice."""
    return _answer(downloads.voice(stores, caller, voice_id), redirect)


def _answer(download: DownloadResponse, redirect: bool) -> Response | DownloadResponse:
    if not redirect:
        return download
    # The signature expires, so nobody may remember where this led.
    return RedirectResponse(download.url, status_code=302, headers={"Cache-Control": "no-store"})
