"""Listing uploaded files."""

from __future__ import annotations

from dh_core.access.cursors import Listing
from dh_core.limits import FileType
from functions.api.auth.caller import Caller
from functions.api.schemas.files import FilesResponse, ListedFile
from functions.api.service.shared.context import Stores


def list_files(
    stores: Stores,
    caller: Caller,
    *,
    file_type: FileType | None,
    user_id: str | None,
    limit: int,
    cursor: str | None,
) -> FilesResponse:
    """Ready files, newest first. `total` counts all pages. Raises InvalidRequest (cursor)."""
    listing = Listing(caller.owner, "files", {"type": file_type, "user_id": user_id})
    page = stores.files.list_ready(
        caller.owner,
        file_type=file_type,
        user_id=user_id,
        limit=limit,
        cursor=stores.cursors.decode(listing, cursor),
    )
    return FilesResponse(
        files=[ListedFile.of(file) for file in page.records],
        total=stores.files.count_ready(caller.owner, file_type=file_type, user_id=user_id),
        next_cursor=stores.cursors.encode(listing, page.cursor),
    )
