"""The template library."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from dh_core.clock import Clock, iso, system_clock
from dh_core.cursors import Position
from dh_core.store.table import Item, Page, Table


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A finished template: what it was made of and where its preview lies."""

    owner: str
    template_id: str
    title_text: str | None
    person_image: str
    background_image: str
    parameters: dict[str, Any]
    preview_key: str
    created_at: str = ""


class TemplateStore:
    """Reads and writes template records."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def put(self, template: TemplateRecord) -> None:
        created_at = template.created_at or iso(self._clock())
        self._table.put(
            {
                **_key(template.owner, template.template_id),
                "GSI1PK": _owner_partition(template.owner),
                "GSI1SK": f"{created_at}#{template.template_id}",
                **asdict(template),
                "created_at": created_at,
                "parameters": json.dumps(template.parameters),
            }
        )

    def get(self, owner: str, template_id: str) -> TemplateRecord | None:
        item = self._table.get(_key(owner, template_id))
        return _record(item) if item else None

    def list(self, owner: str, *, limit: int, cursor: Position | None) -> Page[TemplateRecord]:
        """Templates of an owner, newest first."""
        page = self._table.newest(_owner_partition(owner), limit=limit, cursor=cursor, filters={})
        return Page(tuple(_record(item) for item in page.records), page.cursor)

    def count(self, owner: str) -> int:
        return self._table.count(_owner_partition(owner), {})


def _key(owner: str, template_id: str) -> dict[str, str]:
    return {"PK": f"TEMPLATE#{owner}#{template_id}", "SK": "TEMPLATE"}


def _owner_partition(owner: str) -> str:
    return f"OWNER#{owner}#TEMPLATE"


def _record(item: Item) -> TemplateRecord:
    return TemplateRecord(
        owner=item["owner"],
        template_id=item["template_id"],
        title_text=item.get("title_text"),
        person_image=item["person_image"],
        background_image=item["background_image"],
        parameters=json.loads(item["parameters"]),
        preview_key=item["preview_key"],
        created_at=item["created_at"],
    )
