"""An owner's pronunciation dictionary: one item, changed as a whole.

Every task that speaks reads it, so it is one read; its bounds (`dh_core.specs.pronunciation`) keep
it within what an item may hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dh_core.clock import Clock, iso, system_clock
from dh_core.errors import Conflict
from dh_core.store.table import ConditionFailed, Item, Table

_RACE_RETRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Pronunciations:
    """Readings by word. `version` rises with every change; 0 says that there never was one."""

    readings: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    updated_at: str | None = None


class PronunciationStore:
    """Reads and changes dictionaries."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, owner: str) -> Pronunciations:
        item = self._table.get(_key(owner))
        return _record(item) if item else Pronunciations()

    def change(
        self, owner: str, change: Callable[[Pronunciations], Mapping[str, str]]
    ) -> Pronunciations:
        """Replace the readings by what `change` makes of them.

        `change` is asked again when another request was quicker; what it raises is raised here.
        Raises Conflict where others are quicker again and again.
        """
        for _ in range(_RACE_RETRIES):
            now = self.get(owner)
            wanted = Pronunciations(change(now), now.version + 1, iso(self._clock()))
            if self._put(owner, wanted):
                return wanted
        raise Conflict("The dictionary is being changed elsewhere; try again.")

    def _put(self, owner: str, wanted: Pronunciations) -> bool:
        item: Item = {
            **_key(owner),
            "owner": owner,
            "readings": json.dumps(dict(wanted.readings), ensure_ascii=False),
            "version": wanted.version,
            "updated_at": wanted.updated_at,
        }
        put = {
            "Put": {
                "Item": item,
                "ConditionExpression": "attribute_not_exists(PK) OR version = :seen",
                "ExpressionAttributeValues": {":seen": wanted.version - 1},
            }
        }
        try:
            self._table.transact(lambda: [put])
        except ConditionFailed:
            return False
        return True


def _key(owner: str) -> Item:
    return {"PK": f"PRONUNCIATIONS#{owner}", "SK": "PRONUNCIATIONS"}


def _record(item: Item) -> Pronunciations:
    return Pronunciations(json.loads(item["readings"]), int(item["version"]), item["updated_at"])
