"""API keys of servers. Only a hash is stored: who reads the table cannot use a key."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dh_core.access.cursors import Position
from dh_core.access.identity import Scope, known_scopes
from dh_core.clock import Clock, iso, system_clock
from dh_core.store.table import ConditionFailed, Item, Page, Table

API_KEY: Final = re.compile(r"dhk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
PREFIX: Final = "dhk_"
_LISTING: Final = "KEY"
_KEPT_AFTER_END: Final = 30 * 86_400
"""An expired key says so for a month; then the table forgets it."""


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A row of the table. `valid_until` is in seconds since the epoch."""

    key_id: str
    owner: str
    scopes: frozenset[Scope]
    label: str
    created_at: str
    valid_until: int | None
    revoked_at: str | None
    rotated_to: str | None = None
    """The key that replaces it."""


class ApiKeyStore:
    """Makes, checks, lists and revokes keys."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def create(
        self, owner: str, scopes: frozenset[Scope], *, label: str = "", valid_seconds: int | None
    ) -> tuple[ApiKeyRecord, str]:
        """The record, and the key itself, which is nowhere else and never shown again."""
        until = None if valid_seconds is None else int(self._clock()) + valid_seconds
        return self._make(owner, scopes, label, until)

    def _make(
        self, owner: str, scopes: frozenset[Scope], label: str, until: int | None
    ) -> tuple[ApiKeyRecord, str]:
        now = self._clock()
        key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        created_at = iso(now)
        item: Item = {
            **_key(key_id),
            "GSI1PK": _LISTING,
            "GSI1SK": f"{created_at}#{key_id}",
            "key_id": key_id,
            "secret_hash": _hash(secret),
            "owner": owner,
            "scopes": sorted(scopes),
            "label": label,
            "created_at": created_at,
        }
        if until is not None:
            item |= {"valid_until": until, "expires_at": until + _KEPT_AFTER_END}
        self._table.put(item)
        return _record(item), f"{PREFIX}{key_id}_{secret}"

    def rotate(self, key_id: str, *, grace_seconds: int) -> tuple[ApiKeyRecord, str] | None:
        """A key with the same rights; the old one stays good for the grace at most.

        It ends when the old one would have ended. Rotated again, the old one revokes the key made
        before: its answer may have been lost. None for a key that is gone or revoked.
        """
        old = self._table.get(_key(key_id))
        if old is None or "revoked_at" in old:
            return None
        # What the old one's end was before it was first rotated; 0 for none.
        ends = int(old["ends"] if "ends" in old else old.get("valid_until", 0))
        record, key = self._make(
            old["owner"], known_scopes(old["scopes"]), old["label"], ends or None
        )
        until = int(self._clock()) + grace_seconds
        until = min(until, int(old.get("valid_until", until)))
        try:
            self._table.update(
                {
                    "Key": _key(key_id),
                    "UpdateExpression": "SET rotated_to = :new, ends = :ends, "
                    "valid_until = :until, expires_at = :ttl",
                    "ConditionExpression": "attribute_exists(PK) "
                    "AND attribute_not_exists(revoked_at)",
                    "ExpressionAttributeValues": {
                        ":new": record.key_id,
                        ":ends": ends,
                        ":until": until,
                        ":ttl": until + _KEPT_AFTER_END,
                    },
                }
            )
        except ConditionFailed:
            self._table.delete(_key(record.key_id))
            return None
        if "rotated_to" in old:
            self.revoke(old["rotated_to"])
        return record, key

    def get(self, key_id: str) -> ApiKeyRecord | None:
        item = self._table.get(_key(key_id))
        return _record(item) if item else None

    def page(self, owner: str, *, limit: int, cursor: Position | None) -> Page[ApiKeyRecord]:
        """Keys of one owner, newest first."""
        page = self._table.newest(_LISTING, limit=limit, cursor=cursor, filters={"owner": owner})
        return Page(tuple(map(_record, page.records)), page.cursor)

    def find(self, presented: str) -> ApiKeyRecord | None:
        """The key that somebody sent, revoked and expired ones too; None for any other text."""
        match = API_KEY.fullmatch(presented)
        item = self._table.get(_key(match[1])) if match else None
        if match is None or item is None:
            return None
        # The secret has 256 random bits, so one SHA-256 without salt is enough.
        if not hmac.compare_digest(_hash(match[2]), item["secret_hash"]):
            return None
        return _record(item)

    def list(self, owner: str | None = None) -> Iterator[ApiKeyRecord]:
        """Keys of one owner or of all, newest first."""
        for item in self._table.query(
            IndexName="GSI1",
            KeyConditionExpression="GSI1PK = :keys",
            ExpressionAttributeValues={":keys": _LISTING},
            ScanIndexForward=False,
        ):
            if owner in (None, item["owner"]):
                yield _record(item)

    def revoke(self, key_id: str) -> bool:
        """From now on the key is refused; False when there is none by that id."""
        try:
            self._table.update(
                {
                    "Key": _key(key_id),
                    "UpdateExpression": "SET revoked_at = if_not_exists(revoked_at, :now)",
                    "ConditionExpression": "attribute_exists(PK)",
                    "ExpressionAttributeValues": {":now": iso(self._clock())},
                }
            )
        except ConditionFailed:
            return False
        return True


def _key(key_id: str) -> dict[str, str]:
    return {"PK": f"KEY#{key_id}", "SK": "KEY"}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(item: Item) -> ApiKeyRecord:
    return ApiKeyRecord(
        key_id=item["key_id"],
        owner=item["owner"],
        scopes=known_scopes(item["scopes"]),
        label=item["label"],
        created_at=item["created_at"],
        valid_until=int(item["valid_until"]) if "valid_until" in item else None,
        revoked_at=item.get("revoked_at"),
        rotated_to=item.get("rotated_to"),
    )
