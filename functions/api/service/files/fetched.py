"""Files that we fetch ourselves: from an address, or from what an earlier task made."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from dh_core.access.callback_urls import UrlRefused, read
from dh_core.cloud.messages import FileFetchDue
from dh_core.cloud.task_queue import EnqueueFailed
from dh_core.errors import InvalidRequest, ServiceUnavailable
from dh_core.files.formats import UNKNOWN_TYPE, content_type, extension_of
from dh_core.limits import MAX_ADDRESS_CHARACTERS, FileType
from dh_core.store import FileRecord
from functions.api.auth.caller import Caller
from functions.api.schemas.files.stored import FileInfo
from functions.api.schemas.files.uploads import FromUrlRequest, UploadedResponse
from functions.api.service.files.uploads import register
from functions.api.service.shared.context import Stores
from functions.api.service.shared.filenames import stored_name

_MESSAGE: Final = "文件正在获取"


def from_url(
    stores: Stores, caller: Caller, file_type: FileType, asked: FromUrlRequest
) -> UploadedResponse:
    """Have a file fetched. Raises InvalidRequest, ServiceUnavailable."""
    address = checked(stores, "url", asked.url)
    file = begin(
        stores, caller, file_type, address, custom_name=asked.custom_name, user_id=asked.user_id
    )
    return UploadedResponse(message=_MESSAGE, file_info=FileInfo.of(file), upload=None)


def checked(stores: Stores, field: str, address: str) -> str:
    """The address in its plain form. Raises InvalidRequest (`address_refused`).

    Where it leads is checked when it is fetched.
    """
    loopback = stores.settings.webhook_allow_loopback
    try:
        return str(read(address, allow_loopback=loopback, most=MAX_ADDRESS_CHARACTERS))
    except UrlRefused as refused:
        raise InvalidRequest.of_field(
            field, f"{field}: this address is not fetched: {refused}.", code="address_refused"
        ) from refused


def begin(
    stores: Stores,
    caller: Caller,
    file_type: FileType,
    source: str,
    *,
    custom_name: str | None = None,
    user_id: str | None = None,
) -> FileRecord:
    """Record an upload of the caller's and let it be fetched. Raises ServiceUnavailable.

    `source` is an address that was checked, or the key of a result of the caller's.
    """
    extension = extension_of(urlsplit(source).path.rpartition("/")[2])
    mime = content_type(file_type, extension)
    file = register(
        stores,
        caller,
        file_type,
        # An address ends in whatever its server likes; the bytes will say what it is.
        filename=stored_name(custom_name, extension if mime else ""),
        file_size=0,
        mime_type=mime or UNKNOWN_TYPE,
        user_id=user_id,
        lifetime_seconds=stores.settings.upload_expires_seconds,
        source=source,
    )
    due = FileFetchDue(owner=caller.owner, file_type=file_type, filename=file.filename)
    try:
        stores.fetch_queue.send(due)
    except EnqueueFailed as error:
        stores.files.delete(file)
        raise ServiceUnavailable from error
    return file
