"""Bad luck, by kind; a seeded generator decides when and which."""

from __future__ import annotations

import errno
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.faults import processes
from bench.faults.ledger import Fault, Ledger
from bench.faults.s3_proxy import Mode
from bench.faults.system import System

_BLOCK: Final = b"\0" * (1 << 20)
_LONGEST_PEACE_SECONDS: Final = 60.0
_AIM_SECONDS: Final = 5.0
"""How long is waited for a process of the wanted kind."""


@dataclass
class BadLuck:
    """Does something whenever a few more tasks have ended, until told to stop.

    So a slow machine meets as much bad luck for each task as a fast one. `tasks_between`: how many
    tasks end from one fault to the next, on average.
    """

    system: System
    ledger: Ledger
    chance: random.Random
    tasks_between: float
    without: frozenset[str]

    def kinds(self) -> dict[str, tuple[int, Callable[[], bool]]]:
        """Weight and deed of each kind; a deed answers whether it found something to do it to."""
        every = {
            "job": (7, lambda: self._kill_one(processes.jobs_of)),
            "media": (7, lambda: self._kill_one(processes.media_of)),
            "server": (3, self._kill_server),
            "store": (3, lambda: self._kill_one(processes.stores_of)),
            "power": (3, self._cut_power),
            "s3-503": (3, lambda: self._fail_s3(Mode.REFUSE)),
            "s3-hang": (3, lambda: self._fail_s3(Mode.HANG)),
            "disk": (2, self._fill_disk),
            "messages": (4, self._repeat_messages),
        }
        left_out = self.without if self.system.has_own_disk else self.without | {"disk"}
        return {kind: deed for kind, deed in every.items() if kind not in left_out}

    def strike(self, stop: threading.Event) -> None:
        """One fault after another, each over and the API answering before the next."""
        kinds = self.kinds()
        weights = [weight for weight, _ in kinds.values()]
        while self._bide(stop):
            kind = self.chance.choices(list(kinds), weights)[0]
            fault = Fault(kind, time.monotonic())
            if not kinds[kind][1]():
                continue
            fault.over_at = time.monotonic()
            fault.answered_after = self.system.await_answer()
            self.ledger.faults.append(fault)

    def _bide(self, stop: threading.Event) -> bool:
        """Wait until it is time for the next; False when there is to be none."""
        wanted = self.ledger.ended() + self.chance.uniform(0, 2) * self.tasks_between
        latest = time.monotonic() + _LONGEST_PEACE_SECONDS
        while self.ledger.ended() < wanted and time.monotonic() < latest:
            if stop.wait(0.1):
                return False
        # Not just when a task has ended, but at any moment of the next.
        return not stop.wait(self.chance.uniform(0, 5))

    def _kill_one(self, find: Callable[[int], set[int]]) -> bool:
        deadline = time.monotonic() + _AIM_SECONDS
        while time.monotonic() < deadline:
            server = self.system.pid
            found = sorted(find(server)) if server is not None else []
            if found:
                return processes.kill([self.chance.choice(found)]) > 0
            time.sleep(0.02)
        return False

    def _kill_server(self) -> bool:
        server = self.system.pid
        return server is not None and processes.kill([server]) > 0

    def _cut_power(self) -> bool:
        server = self.system.pid
        return server is not None and processes.kill(processes.everything_of(server)) > 0

    def _fail_s3(self, mode: Mode) -> bool:
        with self.system.door.failing(mode):
            time.sleep(self.chance.uniform(2, 6))
        return True

    def _fill_disk(self) -> bool:
        filler = Path(self.system.work / "filler")
        with filler.open("wb") as file:
            end = time.monotonic() + self.chance.uniform(3, 6)
            while time.monotonic() < end:
                try:
                    file.write(_BLOCK)
                    file.flush()
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    time.sleep(0.05)
            with suppress(OSError):
                file.truncate(0)
        filler.unlink()
        return True

    def _repeat_messages(self) -> bool:
        """Messages about tasks, ended ones too: twice, late, out of order."""
        known = self.ledger.known_ids()
        if not known:
            return False
        # The store may be down: then there are no messages either.
        with suppress(Exception):
            sqs = self.system.client("sqs")
            urls = sqs.list_queues().get("QueueUrls", [])
            queue = next(url for url in urls if "Tasks" in url and "Dead" not in url)
            for task_id in self.chance.choices(known, k=10):
                sqs.send_message(
                    QueueUrl=queue,
                    MessageBody=json.dumps({"kind": "task_changed", "task_id": task_id}),
                    DelaySeconds=self.chance.choice((0, 0, 5, 30)),
                )
            return True
        return False
