"""Random keys that all processes of a deployment share, made by whichever needs one first."""

from __future__ import annotations

import secrets

from dh_core.store.table import ConditionFailed, Item, Table

_KEY_BYTES = 32


class SharedKeys:
    """Read once per process and name; the table keeps them, encrypted at rest."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, bytes] = {}

    def get(self, name: str) -> bytes:
        """The key of this name, 32 random bytes."""
        if name not in self._known:
            self._known[name] = bytes.fromhex(self._read_or_make(name))
        return self._known[name]

    def _read_or_make(self, name: str) -> str:
        key = {"PK": f"SHARED_KEY#{name}", "SK": "SHARED_KEY"}
        item = self._table.get(key)
        if item is None:
            fresh: Item = {**key, "value": secrets.token_hex(_KEY_BYTES)}
            put = {"Put": {"Item": fresh, "ConditionExpression": "attribute_not_exists(PK)"}}
            try:
                self._table.transact(lambda: [put])
            except ConditionFailed:
                item = self._table.get(key)
            else:
                item = fresh
        if item is None:
            raise LookupError(f"the shared key {name} was deleted while it was made")
        value: str = item["value"]
        return value
