from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dh_core.specs.base import InputFile
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import FileRecord, NewFile, NewTask, Table, TaskStore

OWNER = "owner"


class InterruptedTable(Table):
    """A table on which something else happens just before the next write."""

    interruption: Callable[[], object] | None = None

    def update(self, write: Any) -> Any:
        self._interrupt()
        return super().update(write)

    def transact(self, make_writes: Any) -> None:
        self._interrupt()
        super().transact(make_writes)

    def _interrupt(self) -> None:
        interruption, self.interruption = self.interruption, None
        if interruption is not None:
            interruption()


@pytest.fixture
def interrupted(moto_cloud: Any) -> Callable[[Callable[[], object]], TaskStore]:
    """A task store whose next write comes just too late: `interruption` happens first."""

    def make(interruption: Callable[[], object]) -> TaskStore:
        table = InterruptedTable(moto_cloud.table.name, moto_cloud.table.client)
        table.interruption = interruption
        return TaskStore(table, moto_cloud.clock)

    return make


@pytest.fixture
def new_task() -> Callable[..., NewTask]:
    def make(*, missing: tuple[InputFile, ...] = (), **changes: Any) -> NewTask:
        values: dict[str, Any] = {
            "owner": OWNER,
            "spec": VoiceSpec(text="你好"),
            "digest": "d1",
            "missing": missing,
            "lease_seconds": 60,
            "retention_seconds": 86_400,
        }
        return NewTask(**(values | changes))

    return make


@pytest.fixture
def new_file(moto_cloud: Any) -> Callable[..., FileRecord]:
    def make(filename: str, *, owner: str = OWNER, **changes: Any) -> FileRecord:
        file_type = changes.get("file_type", "audio")
        values: dict[str, Any] = {
            "owner": owner,
            "file_type": file_type,
            "filename": filename,
            "file_size": 10,
            "mime_type": "audio/wav",
            "key": f"uploads/{owner}/{file_type}/{filename}",
            "expires_at": 2_000_000_000,
        }
        file = moto_cloud.files.register(NewFile(**(values | changes)))
        assert file is not None
        return file

    return make
