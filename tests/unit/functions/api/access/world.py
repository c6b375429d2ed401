"""Two owners' things, and requests that name the one's with the other's credential."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from tests.unit.functions.api.access.expectations import CASES

OWNER, OTHER = "shop-a", "shop-b"


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
        return self.client.request(
            method,
            path.format(**called),
            json=body if route.body else None,
            headers={**headers, **sent},
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
