"""What of ministack's state is kept, and how it comes back.

ministack holds everything in dictionaries. Those whose entries have to last note what is touched;
`commit` writes just that to the journal. Where the disk is full, the entries become again what
the journal has.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudformation, dynamodb, s3, sqs

from infra.local.store.blobs import BlobFolder
from infra.local.store.journal import Change, Journal, Key, StorageFull

STRUCTURE: Final = "structure"
ITEM: Final = "item"
OBJECT: Final = "object"
UPLOAD: Final = "upload"
MESSAGE: Final = "message"

_SETTLED: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})


class _Noting(dict[Any, Any]):
    """A dictionary that tells which of its keys are set or removed."""

    def __init__(self, note: Callable[[Any], None]) -> None:
        super().__init__()
        self._note = note

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._note(key)

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self._note(key)

    def pop(self, key: Any, *default: Any) -> Any:
        self._note(key)
        return super().pop(key, *default)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of row is read from ministack's memory and put into it."""

    read: Callable[[Key], Any]
    put: Callable[[Key, Any], None]
    """With None: remove."""


class Mirror:
    """One thread, the event loop's, calls `commit`; ministack's own may touch items."""

    def __init__(self, journal: Journal, blobs: BlobFolder) -> None:
        self._journal = journal
        self._blobs = blobs
        self._touched: dict[tuple[str, Key], None] = {}
        self._messages: dict[Key, Any] = {}
        self._stacks: list[str] = []
        self._kinds = {
            ITEM: _Kind(_read_item, self._put_item),
            OBJECT: _Kind(_read_object, _put_object),
            UPLOAD: _Kind(_read_upload, _put_upload),
            MESSAGE: _Kind(self._read_message, _put_message),
        }
        self._set_item, self._remove_item = dynamodb._set_item, dynamodb._remove_item
        dynamodb._set_item = self._noted(self._set_item)
        dynamodb._remove_item = self._noted(self._remove_item)
        s3._multipart_uploads._data = _Noting(lambda key: self._note(UPLOAD, key))

    # ---- start -----------------------------------------------------------------------------
    def load(self) -> list[str]:
        """Fill ministack's memory. Returns what was lost, in sentences."""
        lost: list[str] = []
        structure = self._journal.read(STRUCTURE, ())
        if structure is None:
            return lost
        _restore_structure(json.dumps(structure))
        self._stacks = _stacks()
        self._watch_buckets()
        gone: list[Change] = []
        for kind in (ITEM, OBJECT, UPLOAD, MESSAGE):
            for key, value in self._journal.all(kind):
                if kind in (OBJECT, UPLOAD) and not self._blobs.holds(dict(_blobs_of(value))):
                    lost.append(f"the bytes of {value.get('key') or key[-1]} are not on the disk")
                    gone.append(Change(kind, key))
                    continue
                try:
                    self._kinds[kind].put(key, value)
                except KeyError:
                    gone.append(Change(kind, key))  # its table, bucket or queue is no more
        self._touched.clear()
        self._messages = dict(_messages())
        if gone:
            self._journal.write(gone)
        return lost

    def named_blobs(self) -> set[str]:
        """The files that objects and unfinished uploads consist of."""
        rows = (*self._journal.all(OBJECT), *self._journal.all(UPLOAD))
        return {name for _, value in rows for name, _ in _blobs_of(value)}

    def adopt(self) -> None:
        """Take what ministack holds already, which it read from files of its own."""
        for (_, name), bucket in s3._buckets._data.items():
            for key, record in bucket["objects"].items():
                writer = self._blobs.writer()
                writer.write(s3._read_body(name, key, record))
                blob = writer.finish()
                record |= {"body": None, "blobs": [(blob.name, blob.size)]}
        old = {scope: dict(bucket["objects"]) for scope, bucket in s3._buckets._data.items()}
        self.commit_structure()
        for (account, name), objects in old.items():
            s3._buckets._data[account, name]["objects"].update(objects)
            for key in objects:
                self._note_object(account, name, key)
        for table in dynamodb._tables.all_values():
            for pk, items in table["items"].items():
                for sk in items:
                    self._note(ITEM, (table["TableArn"], pk, sk))
        self.commit()

    # ---- every request -----------------------------------------------------------------------
    def commit(self) -> None:
        """Write what was touched. Raises StorageFull, and then nothing was touched."""
        self._touch_messages()
        touched = list(self._touched)
        if not touched:
            return
        before = {entry: self._journal.read(*entry) for entry in touched}
        after = {entry: self._kinds[entry[0]].read(entry[1]) for entry in touched}
        old = {name for value in before.values() for name, _ in _blobs_of(value)}
        new = {name for value in after.values() for name, _ in _blobs_of(value)}
        try:
            self._journal.write([Change(kind, key, after[kind, key]) for kind, key in touched])
        except StorageFull:
            for (kind, key), value in before.items():
                self._kinds[kind].put(key, value)
            self._forget(touched)
            self._messages = dict(_messages())
            self._blobs.remove(new - old)
            raise
        self._forget(touched)
        self._messages = dict(_messages())
        self._blobs.remove(old - new)

    def commit_structure(self) -> None:
        """Write tables, queues, buckets and stacks, unless a stack is on its way."""
        stacks = _stacks()
        if stacks and stacks != self._stacks:
            self._journal.write([Change(STRUCTURE, (), json.loads(_dump_structure()))])
            self._stacks = stacks
        self._watch_buckets()

    # ---- noting ------------------------------------------------------------------------------
    def _note(self, kind: str, key: Key) -> None:
        self._touched[kind, key] = None

    def _forget(self, touched: list[tuple[str, Key]]) -> None:
        for entry in touched:
            self._touched.pop(entry, None)

    def _noted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def noting(table: dict[str, Any], pk: str, sk: str, *item: Any) -> Any:
            self._note(ITEM, (table["TableArn"], pk, sk))
            return write(table, pk, sk, *item)

        return noting

    def _watch_buckets(self) -> None:
        for (account, name), bucket in s3._buckets._data.items():
            if not isinstance(bucket["objects"], _Noting):
                bucket["objects"] = _Noting(partial(self._note_object, account, name))

    def _note_object(self, account: str, bucket: str, name: str) -> None:
        self._note(OBJECT, (account, bucket, name))

    def _touch_messages(self) -> None:
        now = dict(_messages())
        for key in now.keys() ^ self._messages.keys():
            self._note(MESSAGE, key)

    def _put_item(self, key: Key, value: Any) -> None:
        arn, pk, sk = key
        table = next((t for t in dynamodb._tables.all_values() if t["TableArn"] == arn), None)
        if table is None:
            raise KeyError(arn)
        if value is None:
            self._remove_item(table, pk, sk)
        else:
            self._set_item(table, pk, sk, value)

    def _read_message(self, key: Key) -> Any:
        queue = sqs._queues._data.get(key[:3])
        messages = queue["messages"] if queue else ()
        return next((message for message in messages if message["id"] == key[3]), None)


def _read_item(key: Key) -> Any:
    arn, pk, sk = key
    for table in dynamodb._tables.all_values():
        if table["TableArn"] == arn:
            return table["items"].get(pk, {}).get(sk)
    return None


def _read_object(key: Key) -> Any:
    account, bucket, name = key
    found = s3._buckets._data.get((account, bucket), {"objects": {}})["objects"].get(name)
    return None if found is None else {k: v for k, v in found.items() if k != "body"}


def _put_object(key: Key, value: Any) -> None:
    account, bucket, name = key
    objects = s3._buckets._data[account, bucket]["objects"]
    if value is None:
        objects.pop(name, None)
    else:
        objects[name] = {"body": None, **value}


def _read_upload(key: Key) -> Any:
    return s3._multipart_uploads._data.get(key)


def _put_upload(key: Key, value: Any) -> None:
    if value is None:
        s3._multipart_uploads._data.pop(key, None)
    else:
        # JSON knows no numbers as keys.
        parts = {int(number): part for number, part in value["parts"].items()}
        s3._multipart_uploads._data[key] = {**value, "parts": parts}


def _put_message(key: Key, value: Any) -> None:
    queue = sqs._queues._data[key[:3]]
    if value is None:
        queue["messages"] = [kept for kept in queue["messages"] if kept["id"] != key[3]]
    else:
        queue["messages"].append({**value, "visible_at": min(value["visible_at"], time.time())})


def _messages() -> Iterator[tuple[Key, Any]]:
    for scope, queue in sqs._queues._data.items():
        for message in queue["messages"]:
            yield (*scope, message["id"]), None


def _blobs_of(value: Any) -> Iterator[tuple[str, int]]:
    """Names and sizes of the files behind an object's or an unfinished upload's row."""
    for part in (value, *value.get("parts", {}).values()) if value else ():
        yield from part.get("blobs", ())


# ---- tables, queues, buckets and stacks ------------------------------------------------------
def _stacks() -> list[str]:
    """What every change of a stack changes; nothing while one is on its way, or failed."""
    stacks = list(cloudformation._stacks._data.values())
    if any(stack["StackStatus"] not in _SETTLED for stack in stacks):
        return []
    names = ("StackId", "StackStatus", "CreationTime", "LastUpdatedTime")
    return [json.dumps([stack.get(name) for name in names]) for stack in stacks]


def _dump_structure() -> str:
    """Tables, queues, buckets and stacks as JSON."""
    structure = {
        "cloudformation": cloudformation.get_state(),
        "s3": s3.get_state(),
        "sqs": {"queues": _without(sqs._queues, messages=[], dedup_cache={})},
        "dynamodb": {
            "tables": _without(dynamodb._tables, items={}, ItemCount=0, _index_members=None),
            "tags": dynamodb._tags,
            "ttl_settings": dynamodb._ttl_settings,
            "pitr_settings": dynamodb._pitr_settings,
        },
    }
    return json.dumps(structure, default=persistence._json_default)


def _without(entries: AccountRegionScopedDict, **emptied: Any) -> AccountRegionScopedDict:
    reduced = AccountRegionScopedDict()
    reduced._data = {scope: {**entry, **emptied} for scope, entry in entries._data.items()}
    return reduced


def _restore_structure(text: str) -> None:
    structure = json.loads(text, object_hook=persistence._json_object_hook)
    for table in structure["dynamodb"]["tables"]._data.values():
        table["items"] = defaultdict(dict)
    for name, service in (
        ("cloudformation", cloudformation),
        ("s3", s3),
        ("sqs", sqs),
        ("dynamodb", dynamodb),
    ):
        service.load_persisted_state(structure[name])
