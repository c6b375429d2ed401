"""An owner's webhook settings: the default callback, and the secrets that sign."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dh_core.access.webhook_signing import new_secret
from dh_core.clock import Clock, iso, system_clock
from dh_core.errors import Conflict
from dh_core.store.table import ConditionFailed, Item, Table

ROTATION_SECONDS: Final = 86_400
"""How long the secret before the newest one signs as well."""

_RACE_RETRIES: Final = 5


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """`valid_until` is in seconds since the epoch; None while it is the newest."""

    value: str
    created_at: str
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What an owner set. The newest secret comes first; there are two at most."""

    url: str | None = None
    secrets: tuple[SigningSecret, ...] = ()
    events: tuple[str, ...] = ()
    """Which ends the default callback is told of; none named: every one."""
    version: int = 0


class WebhookStore:
    """Reads and writes webhook settings. Secrets must be readable to sign with: the table's
    encryption at rest protects them, and no route answers one twice."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, owner: str) -> WebhookSettings:
        """The settings as they hold now: a secret that has lapsed is left out."""
        item = self._table.get(_key(owner))
        return _settings(item, self._clock()) if item else WebhookSettings()

    def set_url(
        self, owner: str, url: str | None, events: Sequence[str] = ()
    ) -> tuple[WebhookSettings, str | None]:
        """Change the default callback. Also answers the first secret, if one was made for it."""
        made: list[str] = []

        def change(now: WebhookSettings) -> WebhookSettings:
            made.clear()
            wanted = replace(now, url=url, events=tuple(events))
            if now.secrets or url is None:
                return wanted
            first = self._new_secret()
            made.append(first.value)
            return replace(wanted, secrets=(first,))

        settings = self._change(owner, change)
        return settings, made[0] if made else None

    def rotate(self, owner: str) -> WebhookSettings:
        """Make a new secret; the one before it goes on signing for `ROTATION_SECONDS`."""

        def change(now: WebhookSettings) -> WebhookSettings:
            until = int(self._clock()) + ROTATION_SECONDS
            before = tuple(SigningSecret(s.value, s.created_at, until) for s in now.secrets[:1])
            return replace(now, secrets=(self._new_secret(), *before))

        return self._change(owner, change)

    def _new_secret(self) -> SigningSecret:
        return SigningSecret(new_secret(), iso(self._clock()))

    def _change(
        self, owner: str, change: Callable[[WebhookSettings], WebhookSettings]
    ) -> WebhookSettings:
        for _ in range(_RACE_RETRIES):
            now = self.get(owner)
            wanted = change(now)
            if self._put(owner, wanted):
                return wanted
        raise Conflict("The webhook is being changed elsewhere; try again.")

    def _put(self, owner: str, settings: WebhookSettings) -> bool:
        document = [[s.value, s.created_at, s.valid_until] for s in settings.secrets]
        item: Item = {
            **_key(owner),
            "owner": owner,
            "secrets": json.dumps(document),
            "version": settings.version + 1,
        }
        if settings.url:
            item["url"] = settings.url
        if settings.events:
            item["events"] = list(settings.events)
        put = {
            "Put": {
                "Item": item,
                "ConditionExpression": "attribute_not_exists(PK) OR version = :seen",
                "ExpressionAttributeValues": {":seen": settings.version},
            }
        }
        try:
            self._table.transact(lambda: [put])
        except ConditionFailed:
            return False
        return True


def _key(owner: str) -> dict[str, str]:
    return {"PK": f"WEBHOOK#{owner}", "SK": "WEBHOOK"}


def _settings(item: Item, now: float) -> WebhookSettings:
    kept = (SigningSecret(*entry) for entry in json.loads(item["secrets"]))
    valid = tuple(s for s in kept if s.valid_until is None or s.valid_until > now)
    return WebhookSettings(
        item.get("url"), valid, tuple(item.get("events", ())), int(item["version"])
    )
