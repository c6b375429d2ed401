"""What is left when all is over: tasks gone or there twice, objects, folders, processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from bench.faults import processes
from bench.faults.clients import missing_result, patiently
from bench.faults.ledger import Entry, Ledger
from bench.faults.system import System
from dh_client import ApiError, Client

SETTLE_SECONDS: Final = 120.0
"""How long the system may take to remove what killed attempts left."""
_NAMED_BY_NO_RECORD: Final = ("avatars/", "built-in-voices/")
"""A cache that is found by its names, and files of the release."""
_CACHES: Final = ("jieba.cache",)
"""Files of libraries that every job may use."""
_PROPER: Final = frozenset({"work_disk_full"})
_ATTEMPTS: Final = 3


@dataclass
class Findings:
    """Each list says what was found; empty is good."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    improper: list[str] = field(default_factory=list)
    """Failures without a proper reason."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.orphans or self.improper)


def of_tasks(api: Client, ledger: Ledger, found: Findings, others: set[str]) -> None:
    """Look at every task once more. `others`: ids that are no order's."""
    for entry in ledger.entries:
        name = f"{entry.order.key} ({entry.order.kind})"
        if len(entry.ids) > 1:
            found.doubled.append(f"{name}: {sorted(entry.ids)}")
        lost = entry.lost or _is_gone(api, ledger, entry)
        if lost:
            found.lost.append(f"{name} {entry.task_id}: {lost}")
        if entry.status == "failed" and not _is_proper(ledger, entry):
            found.improper.append(f"{name} {entry.task_id}: {entry.code}")
    known = set(ledger.known_ids()) | others
    listed = [task["task_id"] for task in _all_tasks(api, ledger)]
    found.doubled += [f"{task_id}: no order knows it" for task_id in set(listed) - known]
    for task_id in known:
        ends = [event for event in _events(api, ledger, task_id) if _is_completion(event)]
        if len(ends) > 1:
            found.doubled.append(f"{task_id}: completed {len(ends)} times")


def _is_gone(api: Client, ledger: Ledger, entry: Entry) -> str | None:
    """Whether what was once told of a task is no longer so."""
    task_id = entry.task_id
    if task_id is None or entry.status is None:
        return None
    try:
        status = patiently(ledger, lambda: api.status(task_id))
    except ApiError as error:
        return f"its status answers {error.status}"
    if status.status != entry.status:
        return f"it was {entry.status} and is {status.status}"
    return missing_result(api, ledger, status) if status.status == "completed" else None


def _is_proper(ledger: Ledger, entry: Entry) -> bool:
    if entry.code == "attempts_exhausted":
        return ledger.faults_during(entry) >= _ATTEMPTS
    return entry.code in _PROPER


def _all_tasks(api: Client, ledger: Ledger) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = patiently(ledger, partial(api.get, f"/tasks?limit=100{cursor}"))
        yield from page["tasks"]
        if not page.get("next_cursor"):
            return
        cursor = f"&cursor={page['next_cursor']}"


def _events(api: Client, ledger: Ledger, task_id: str) -> list[dict[str, Any]]:
    try:
        answer = patiently(ledger, lambda: api.get(f"/tasks/{task_id}/events?limit=100"))
    except ApiError:
        return []  # counted as lost already
    events: list[dict[str, Any]] = answer["events"]
    return events


def _is_completion(event: dict[str, Any]) -> bool:
    return "completed" in event.values()


def of_the_bucket(system: System, found: Findings) -> None:
    """Objects that no record names, once the system has had time to remove them."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (left := _unnamed(system)) and time.monotonic() < deadline:
        time.sleep(2)
    found.orphans += [f"object {key}" for key in left]


def _unnamed(system: System) -> list[str]:
    s3, dynamodb = system.client("s3"), system.client("dynamodb")
    named: list[str] = []
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                named += _strings(item)
    left = []
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            left += [entry["Key"] for entry in page.get("Contents", [])]
    # A result is one text that names several.
    text = "\n".join(named)
    return [key for key in left if key not in text and not key.startswith(_NAMED_BY_NO_RECORD)]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def of_the_machine(system: System, found: Findings) -> None:
    """Work folders and processes that outlived the stopped system."""
    left_over = [*system.work.iterdir(), *system.tmp.iterdir()]
    found.orphans += [f"folder {path}" for path in left_over if path.name not in _CACHES]
    deadline = time.monotonic() + 2
    while (left := processes.mentioning(str(system.root))) and time.monotonic() < deadline:
        time.sleep(0.05)
    found.orphans += [f"process {pid}" for pid in left]
