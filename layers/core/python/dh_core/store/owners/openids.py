"""Who an owner is to WeChat: asked where WeChat judges what its user writes."""

from __future__ import annotations

from dh_core.store.table import Table


class OpenIdStore:
    """One item for each owner that signed in by WeChat; it goes with the account."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, owner: str, openid: str) -> None:
        self._table.put({**_key(owner), "openid": openid})

    def get(self, owner: str) -> str | None:
        item = self._table.get(_key(owner))
        return item["openid"] if item else None


def _key(owner: str) -> dict[str, str]:
    return {"PK": f"OPENID#{owner}", "SK": "OPENID"}
