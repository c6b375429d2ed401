"""Sees every write at the moment it happens, and holds it against what may happen at all."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from dh_core.specs.task_types import SPECS
from dh_core.store.owners.accounts import DELETED
from dh_core.tasks.states import MOVES, TERMINAL, Phase, Transition
from tests.model.settings import KEPT_ALIVE

if TYPE_CHECKING:
    from tests.model.workers.processes import Process
    from tests.model.world import World

_FIRST = (Phase.WAITING_INPUTS, Phase.QUEUED)
_NEW_ATTEMPT = (Transition.DISPATCH, Transition.CLAIM_WAITING)


class Broken(AssertionError):
    """Something happened that may not happen."""


class Watch:
    """Told of each item that changes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.claimed_by: dict[str, Process | None] = {}
        """Which process took a task under which worker id."""
        self.violations: list[str] = []
        self.moves: Counter[str] = Counter()

    def __call__(
        self, key: tuple[str, str], before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        if key[1] == "TASK":
            self._task(before, after)
        elif key[1] == "RUN" and before and after:
            self._reported(before, after)
        elif key[1] == "DELETION" and after and after["state"] == DELETED:
            self._account_is_gone(after["owner"])

    def check(self) -> None:
        """Raise what was found since the last time; a process may have swallowed the alarm."""
        if self.violations:
            raise Broken("; ".join(self.violations))

    def _task(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if before is None:
            assert after is not None
            self.world.tasks_of[after["owner"]].add(after["task_id"])
            self._demand(after["phase"] in _FIRST and after["attempt"] == 0, "began oddly", after)
        elif after is None:
            self._demand(before["phase"] in TERMINAL, "was forgotten before its end", before)
        elif before["phase"] != after["phase"]:
            self._moved(before, after)
        else:
            self._stayed(before, after)

    def _moved(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        source, target = Phase(before["phase"]), Phase(after["phase"])
        found = [t for t, m in MOVES.items() if source in m.sources and m.target is target]
        self.moves[f"{source} -> {target}"] += 1
        self._demand(bool(found), f"went from {source} to {target}", after)
        step = after["attempt"] - before["attempt"]
        begins = any(t in _NEW_ATTEMPT for t in found)
        self._demand(step == 0 or (step == 1 and begins), f"went {step} attempts on", after)
        if step and target is Phase.SUBMITTED:
            self._no_machine_starts_for_nothing(before)
        if target is Phase.RUNNING:
            self.claimed_by[after["worker"]] = self.world.scheduler.current
        if target is Phase.COMPLETED:
            self._completed(before, after)
        else:
            self._demand("result" not in after, "has a result before its completion", after)

    def _no_machine_starts_for_nothing(self, task: dict[str, Any]) -> None:
        """A task that is dispatched again leaves no job of its own behind that waits.

        One that had begun, in a lane whose workers are kept alive, may have lost its machine just
        now: it is not ended while it runs, because it may carry somebody else's task.
        """
        job = self.world.batch.jobs.get(task.get("job_id", ""))
        if job is None or (job.run and SPECS[task["type"]].lane == KEPT_ALIVE):
            return
        self._demand(not job.waits, f"was dispatched while {job.job_id} waits for it", task)

    def _completed(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        self._is_holder(before, "was completed by a job that does not hold it")
        folder = f"generated/{after['task_id']}/{before['attempt']}"
        for file in json.loads(after["result"])["files"].values():
            key = file["key"]
            self._demand(key in self.world.bucket.objects, f"shows {key}, which is not", after)
            ours = key.startswith(folder) and key[len(folder)] in "-/"
            self._demand(ours, f"shows {key} of another attempt", after)

    def _stayed(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        same = all(before.get(name) == after.get(name) for name in ("attempt", "result"))
        self._demand(same, "changed its attempt or its result without a move", after)
        worker = after.get("worker")
        if before.get("worker") != worker and worker is not None:
            self.claimed_by[worker] = self.world.scheduler.current

    def _reported(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """A run was written to, not put anew."""
        if before["worker"] == after["worker"]:
            self._is_holder(after, "got a heartbeat from a job that does not hold it")

    def _is_holder(self, task: dict[str, Any], what: str) -> None:
        holder = self.claimed_by.get(task.get("worker", ""))
        self._demand(holder is self.world.scheduler.current, what, task)

    def _account_is_gone(self, owner: str) -> None:
        left = [*self.items_of(owner), *self.objects_of(owner, but="generated/")]
        if left:
            self._fail(f"the account of {owner} is deleted, but there is {left}")

    def items_of(self, owner: str) -> list[str]:
        """What the table holds of an owner."""
        tasks = self.world.tasks_of[owner]
        return [
            " ".join(key)
            for key, item in self.world.dynamo.items.items()
            if key[1] != "DELETION"
            and (item.get("owner") == owner or f"#{owner}" in key[0] or key[0][5:] in tasks)
        ]

    def objects_of(self, owner: str, *, but: str | None = None) -> list[str]:
        """What the bucket holds of an owner; not what a process that still runs will clear up.

        `but`: what the end of a job clears up, of which the event may come later.
        """
        running = {process.name for process in self.world.scheduler.held()}
        tasks = self.world.tasks_of[owner]
        return [
            key
            for key, stored in self.world.bucket.objects.items()
            if (f"/{owner}/" in key or key.split("/")[1] in tasks)
            and stored.writer not in running
            and not (but and key.startswith(but))
        ]

    def _demand(self, holds: bool, what: str, task: dict[str, Any]) -> None:
        if not holds:
            self._fail(f"task {task['task_id']} {what}")

    def _fail(self, what: str) -> None:
        current = self.world.scheduler.current
        self.violations.append(f"{what} (by {current.name if current else 'nobody'})")
