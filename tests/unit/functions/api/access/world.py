"""Two owners' things, and requests that name the one's with the other's credential."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from dh_core.cloud.media_store import upload_key, voice_key
from dh_core.specs.task_types.voice import VoiceSpec
from dh_core.store import NewFile, NewTask, VoiceRecord
from tests.unit.functions.api.access.expectations import CASES

OWNER, OTHER = "shop-a", "shop-b"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)


@dataclass(frozen=True)
class World:
    """What the owner has, and names of the same form that nobody has."""

    client: TestClient
    cloud: Any
    theirs: dict[str, str]
    nobodys: dict[str, str]

    def ask(self, name: str, called: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        route = CASES[name]
        method, path, *_ = name.split(" ")
        sent = {key: value.format(**called) for key, value in route.headers.items()}
        body = {
            key: value.format(**called) if isinstance(value, str) else value
            for key, value in (route.body or {}).items()
        }
        form = {"data": body, "files": {"file": ("x.wav", WAV)}} if route.sends_a_file else {}
        return self.client.request(
            method,
            path.format(**called),
            headers={**headers, **sent},
            **(form or {"json": body if route.body else None}),
        )

    def contents(self) -> list[str]:
        """All rows and objects that bear the owner's name, as text."""
        rows = self.cloud.table.client.scan(TableName=self.cloud.table.name)["Items"]
        objects = self.cloud.media.client.list_objects_v2(Bucket=self.cloud.media.bucket)
        everything = [*map(repr, rows), *(entry["Key"] for entry in objects.get("Contents", ()))]
        # A key's row is no property of the owner's; counts of all owners have no name.
        return sorted(one for one in everything if OWNER in one and "KEY#" not in one)

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """Kinds of the calls to DynamoDB and S3 within the block."""
        seen: list[str] = []

        def note(model: Any, **_: Any) -> None:
            seen.append(model.name)

        clients = (self.cloud.table.client, self.cloud.media.client)
        for client in clients:
            client.meta.events.register("before-call", note)
        yield seen
        for client in clients:
            client.meta.events.unregister("before-call", note)


def add_file(cloud: Any, file_type: Any, filename: str) -> None:
    key = upload_key(OWNER, file_type, filename)
    file = cloud.files.register(
        NewFile(OWNER, file_type, filename, 10, "audio/wav", key, 2_000_000_000)
    )
    cloud.media.client.put_object(Bucket=cloud.media.bucket, Key=key, Body=bytes(10))
    assert cloud.files.mark_ready(file, size=10, expires_at=2_000_000_000)


def add_task(cloud: Any, *, uuid: str | None = None, idempotency_key: str | None = None) -> str:
    new = NewTask(
        owner=OWNER,
        spec=VoiceSpec(text="秘密"),
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=86_400,
        uuid=uuid,
        idempotency_key=idempotency_key,
    )
    task_id: str = cloud.tasks.create(new).task.task_id
    return task_id


def add_voice(cloud: Any, voice_id: str) -> None:
    profile, preview = (voice_key(OWNER, voice_id, "1", name) for name in ("p.zip", "p.mp3"))
    cloud.media.client.put_object(Bucket=cloud.media.bucket, Key=profile, Body=b"x")
    record = VoiceRecord(OWNER, voice_id, "秘密", "kokoro-1", profile, preview, "audio/mpeg")
    cloud.table.transact(lambda: [cloud.voices.put_write(record)])
