"""A result that a moderator looks at before anybody else, as its task's item holds it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from dh_core.store.table import Item, Write

WITHHELD: Final = ("withheld", "withheld_writes")
"""Attributes of a task's item: what `withheld_attributes` gives."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A result that is made and not shown yet.

    `since`: seconds since the epoch. `replaces`: the folder of the pictures that showing it makes
    superfluous. `also`: writes for the transaction that shows it.
    """

    result: dict[str, Any]
    since: int
    replaces: str | None = None
    also: tuple[Write, ...] = ()


def withheld_attributes(withheld: Withheld) -> Item:
    """Raises TypeError for a result that is no JSON."""
    document = json.dumps([withheld.result, withheld.since, withheld.replaces])
    return dict(zip(WITHHELD, (document, list(withheld.also)), strict=True))


def read_withheld(item: Item) -> Withheld | None:
    """From a task's item, if it has one."""
    document, also = (item.get(name) for name in WITHHELD)
    if document is None:
        return None
    result, since, replaces = json.loads(document)
    return Withheld(result, since, replaces, tuple(also or ()))
