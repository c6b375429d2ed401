"""The template library: arranged once, spoken with often.

A template bears the id of the task that made it and appears in the write that completes that task;
an edit replaces it in the write that completes the edit. It stays until its owner deletes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from dh_core.access.cursors import Position
from dh_core.clock import Clock, iso, system_clock
from dh_core.store.table import ConditionFailed, Item, Page, Table, Write


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A finished template: what it was made of and where its pictures lie.

    `parameters`: the request's, with `width` and `height` of the picture and `face`, the person's
    face in the cut-out (x, y, width, height). The person and the background are copies of our own,
    which outlive the uploads.
    """

    owner: str
    template_id: str
    title_text: str | None
    person_image: str
    background_image: str
    parameters: dict[str, Any]
    preview_key: str
    poster_key: str = ""
    person_key: str = ""
    background_key: str = ""
    warnings: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""


class TemplateStore:
    """Reads, lists and deletes templates; putting one is a write for the completing transaction."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def put(self, template: TemplateRecord) -> None:
        """Record a template outside of any task."""
        self._table.put(self._item(template))

    def put_write(self, template: TemplateRecord, *, replaces: bool) -> Write:
        """To be carried out with the transition that ends the template's task.

        It fails when a new template exists already, and when one to be replaced has been deleted.
        """
        condition = "attribute_exists(PK)" if replaces else "attribute_not_exists(PK)"
        return {"Put": {"Item": self._item(template), "ConditionExpression": condition}}

    def get(self, owner: str, template_id: str) -> TemplateRecord | None:
        item = self._table.get(_key(owner, template_id))
        return _record(item) if item else None

    def list(self, owner: str, *, limit: int, cursor: Position | None) -> Page[TemplateRecord]:
        """Templates of an owner, newest first."""
        page = self._table.newest(_owner_partition(owner), limit=limit, cursor=cursor, filters={})
        return Page(tuple(_record(item) for item in page.records), page.cursor)

    def count(self, owner: str) -> int:
        return self._table.count(_owner_partition(owner), {})

    def delete(self, owner: str, template_id: str) -> bool:
        """Forget a template; False when there was none (any more)."""
        delete: Write = {
            "Delete": {
                "Key": _key(owner, template_id),
                "ConditionExpression": "attribute_exists(PK)",
            }
        }
        try:
            self._table.transact(lambda: [delete])
        except ConditionFailed:
            return False
        return True

    def _item(self, template: TemplateRecord) -> Item:
        now = iso(self._clock())
        created_at = template.created_at or now
        return {
            **_key(template.owner, template.template_id),
            "GSI1PK": _owner_partition(template.owner),
            "GSI1SK": f"{created_at}#{template.template_id}",
            **asdict(template),
            "created_at": created_at,
            "updated_at": now,
            "parameters": json.dumps(template.parameters),
        }


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
        poster_key=item["poster_key"],
        person_key=item["person_key"],
        background_key=item["background_key"],
        warnings=tuple(item["warnings"]),
        created_at=item["created_at"],
        updated_at=item["updated_at"],
    )
