"""The voice library: adapted once, spoken with often.

A voice bears the id of the task that made it and appears in the write that completes that task, so
it never exists half. It stays until its owner deletes it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from dh_core.access.cursors import Position
from dh_core.clock import Clock, iso, system_clock
from dh_core.store.table import ConditionFailed, Item, Page, Table, Write


@dataclass(frozen=True, slots=True)
class VoiceRecord:
    """A saved voice: whose it is, which engine made it, and where its two objects lie."""

    owner: str
    voice_id: str
    name: str
    engine: str
    """Name and version of the form of `profile_key`."""
    profile_key: str
    preview_key: str
    preview_type: str
    """MIME type of the preview."""
    warnings: tuple[str, ...] = ()
    created_at: str = ""
    consent: str | None = None
    """The consent statement's JSON; `dh_core.specs.consent`."""


class VoiceStore:
    """Reads, lists and deletes voices; how one is put is a write for the completing transaction."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock

    def put_write(self, voice: VoiceRecord) -> Write:
        """To be carried out with the transition that ends the voice's task."""
        created_at = voice.created_at or iso(self._clock())
        item = {
            **_key(voice.owner, voice.voice_id),
            "GSI1PK": _owner_partition(voice.owner),
            "GSI1SK": f"{created_at}#{voice.voice_id}",
            **asdict(voice),
            "created_at": created_at,
        }
        return {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(PK)"}}

    def get(self, owner: str, voice_id: str) -> VoiceRecord | None:
        item = self._table.get(_key(owner, voice_id))
        return _record(item) if item else None

    def list(self, owner: str, *, limit: int, cursor: Position | None) -> Page[VoiceRecord]:
        """Voices of an owner, newest first."""
        page = self._table.newest(_owner_partition(owner), limit=limit, cursor=cursor, filters={})
        return Page(tuple(_record(item) for item in page.records), page.cursor)

    def count(self, owner: str) -> int:
        return self._table.count(_owner_partition(owner), {})

    def delete(self, owner: str, voice_id: str) -> bool:
        """Forget a voice; False when there was none (any more)."""
        delete: Write = {
            "Delete": {
                "Key": _key(owner, voice_id),
                "ConditionExpression": "attribute_exists(PK)",
            }
        }
        try:
            self._table.transact(lambda: [delete])
        except ConditionFailed:
            return False
        return True


def _key(owner: str, voice_id: str) -> dict[str, str]:
    return {"PK": f"VOICE#{owner}#{voice_id}", "SK": "VOICE"}


def _owner_partition(owner: str) -> str:
    return f"OWNER#{owner}#VOICE"


def _record(item: Item) -> VoiceRecord:
    return VoiceRecord(
        owner=item["owner"],
        voice_id=item["voice_id"],
        name=item["name"],
        engine=item["engine"],
        profile_key=item["profile_key"],
        preview_key=item["preview_key"],
        preview_type=item["preview_type"],
        warnings=tuple(item["warnings"]),
        created_at=item["created_at"],
        consent=item.get("consent"),
    )
