"""The files that a new task names: uploads, addresses, and what earlier tasks made.

The last two become uploads of the caller's, which the task waits for like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dh_core.errors import Conflict, InvalidRequest, NotFound, RequestError
from dh_core.limits import FileType
from dh_core.specs.base import InputFile, TaskSpec
from dh_core.specs.fields import is_address
from dh_core.store import FileRecord, FileStatus
from dh_core.tasks.states import Phase
from functions.api.auth.caller import Caller
from functions.api.service.files import fetched
from functions.api.service.shared.context import Stores
from functions.api.service.shared.spoken_sources import task_by_name


@dataclass(frozen=True, slots=True)
class Found:
    """A spec that names uploads alone; those that are not ready, and when each registration lapses.

    `begun`: those that are fetched for this task.
    """

    spec: TaskSpec
    missing: dict[InputFile, int]
    begun: tuple[FileRecord, ...] = ()


def find(stores: Stores, caller: Caller, spec: TaskSpec) -> Found:
    """Look everything up that the spec names, and let be fetched what is no upload yet.

    Raises NotFound, InvalidRequest, Conflict (a task that has made no such file), before anything
    is fetched, and ServiceUnavailable.
    """
    missing: dict[InputFile, int] = {}
    sources: dict[InputFile, str] = {}
    refused: list[RequestError] = []
    for field, wanted in spec.inputs().items():
        try:
            found = _look(stores, caller, field, wanted)
        except RequestError as error:
            refused.append(error)
            continue
        if isinstance(found, str):
            sources[wanted] = found
        elif found.status is FileStatus.PENDING:
            missing[wanted] = found.expires_at
    if refused:
        raise refused[0].with_faults_of(refused)
    return _begin(stores, caller, Found(spec, missing), sources)


def _begin(stores: Stores, caller: Caller, found: Found, sources: dict[InputFile, str]) -> Found:
    if not sources:
        return found
    files = {
        wanted: fetched.begin(stores, caller, wanted.file_type, source)
        for wanted, source in sources.items()
    }
    named = {
        field: files[wanted].filename
        for field, wanted in found.spec.inputs().items()
        if wanted in files
    }
    awaited = {
        InputFile(file_type=file.file_type, filename=file.filename): file.expires_at
        for file in files.values()
    }
    return Found(found.spec.with_inputs(named), found.missing | awaited, tuple(files.values()))


def _look(stores: Stores, caller: Caller, field: str, wanted: InputFile) -> FileRecord | str:
    """The upload that a field names, or else where its file is to be fetched from."""
    if is_address(wanted.filename):
        return fetched.checked(stores, field, wanted.filename)
    file = stores.files.get(caller.owner, wanted.file_type, wanted.filename)
    if file is None:
        return _result(stores, caller, field, wanted)
    if file.status is FileStatus.REJECTED:
        said = f"{field}: {wanted.filename} was rejected. {file.error_message}"
        raise InvalidRequest.of_field(field, said, code=file.error_code or InvalidRequest.code)
    return file


def _result(stores: Stores, caller: Caller, field: str, wanted: InputFile) -> str:
    """The key of the file of this kind that a task of this uuid or id made."""
    task = task_by_name(stores, caller, wanted.filename)
    if task is None:
        said = (
            f"{field}: there is no uploaded {wanted.file_type} named {wanted.filename}; "
            f"upload it to /api/upload/{wanted.file_type} first."
        )
        raise NotFound.of_field(field, said, code="file_not_found")
    if task.phase is not Phase.COMPLETED:
        said = f"{field}: that task is {task.status}; name its result when it is completed."
        raise Conflict.of_field(field, said, code="input_task_not_completed")
    key = _of_kind((task.result or {}).get("files", {}), wanted.file_type)
    if key is None:
        said = f"{field}: that task made no {wanted.file_type}; name one that did."
        raise Conflict.of_field(field, said, code="input_task_without_file")
    return key


def _of_kind(files: dict[str, Any], file_type: FileType) -> str | None:
    """The key of the first file of a kind; the role `video` or `audio` goes before others."""
    of_kind = {
        role: str(file["key"])
        for role, file in files.items()
        if file["content_type"].partition("/")[0] == file_type
    }
    return of_kind.get(file_type) or next(iter(of_kind.values()), None)
