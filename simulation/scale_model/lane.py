"""One lane as AWS Batch runs it: a queue of jobs, machines that come and go, Spot reclaims.

Discrete events on a heap. Times in seconds from midnight. FIFO; a free worker takes the first in
the queue. A job whose machine is reclaimed goes back to its end, a bounded number of
times. With `keep_alive` a worker keeps its container and models for so long after its last task.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from simulation.scale_model.figures import ComputeFigures, Recovery
from simulation.scale_model.machines import Ledger, Worker
from simulation.scale_model.sharing import SharedBody

READY, DONE, LOST, IDLE, RETRY, SCALE, HEAD, JOINED = range(8)
WAITING, COMPLETED, FAILED = 0, 1, 2
PICKUP_SECONDS = 1.0
"""A worker that is kept alive looks for the next task once a second."""
NEVER = -1.0


class Lane:
    """Runs tasks 0..n-1, given by their arrival (sorted), work and kind, to their end.

    `work`: seconds of a run after its models are loaded. `load`: seconds of loading by kind.
    `shared`: of some tasks the part of `work` that helpers may share, with a segment's seconds.
    """

    def __init__(
        self,
        figures: ComputeFigures,
        recovery: Recovery,
        *,
        arrival: Sequence[float],
        work: Sequence[float],
        kind: Sequence[int],
        load: Sequence[float],
        start: float = 0.0,
        keep_alive: float = 0.0,
        shared: dict[int, tuple[float, float]] | None = None,
        width: int = 1,
        around: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.figures, self.recovery = figures, recovery
        self.arrival, self.work, self.kind, self.load = arrival, work, kind, load
        self.start, self.keep_alive, self.width, self.around = start, keep_alive, width, around
        self.shared = shared or {}
        self.random = Random(seed)  # noqa: S311 - a simulation
        self.ledger = Ledger()
        self.began = [NEVER] * len(arrival)
        self.ended = [NEVER] * len(arrival)
        self.state = bytearray(len(arrival))
        self.losses = bytearray(len(arrival))
        self.busy = [0.0] * len(load)
        self.spans: list[tuple[float, float]] = []
        self.workers = 0
        self.open = len(arrival)
        self._bodies: dict[int, SharedBody] = {}
        self._queue: deque[int] = deque()
        self._idle: list[Worker] = []
        self._events: list[tuple[float, int, int, Worker | None, int]] = []
        self._count = 0
        self._launching = 0
        self._scales_at = -1.0

    def run(self) -> None:
        """Until every task has ended and every worker is gone."""
        arrival, events, handle = self.arrival, self._events, self._handlers()
        index, count = 0, len(arrival)
        while index < count or events:
            if index < count and (not events or arrival[index] <= events[0][0]):
                self._enter(arrival[index], index)
                index += 1
            else:
                now, _, kind, worker, value = heapq.heappop(events)
                handle[kind](now, worker, value)

    def _handlers(self) -> tuple[Callable[[float, Any, int], None], ...]:
        """By the numbers of the events."""
        return (
            self._ready,
            self._done,
            self._lost,
            self._idled,
            lambda now, _worker, task: self._enter(now, task),
            self._scale,
            self._head_done,
            self._body_done,
        )

    def _push(self, at: float, kind: int, worker: Worker | None, value: int) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, kind, worker, value))

    # ---- the queue and the machines --------------------------------------------------------------
    def _enter(self, now: float, task: int) -> None:
        idle = self._idle
        while idle:
            worker = idle.pop()
            if worker.is_idle and now < worker.drains:
                worker.is_idle = False
                self._begin(now, worker, task)
                return
        self._queue.append(task)
        interval = self.figures.scaling_interval
        if interval == 0:
            self._scale(now, None, 0)
        elif self._scales_at < now:
            self._scales_at = (now // interval + 1) * interval
            self._push(self._scales_at, SCALE, None, 0)

    def _scale(self, now: float, _worker: Worker | None, _value: int) -> None:
        room = self.figures.max_workers - self.workers
        for _ in range(min(len(self._queue) - self._launching, room)):
            worker = Worker(self.figures, now, self.random)
            self.workers += 1
            self._launching += 1
            self.ledger.launches += 1
            self._push(worker.ready, READY, worker, 0)
        interval = self.figures.scaling_interval
        if interval and self._queue and self._scales_at <= now:
            self._scales_at = now + interval
            self._push(self._scales_at, SCALE, None, 0)

    def _ready(self, now: float, worker: Worker, _value: int) -> None:
        self._launching -= 1
        self._free(now, worker)

    def _free(self, now: float, worker: Worker) -> None:
        """Give a worker the next task, or let it wait for one."""
        if now >= worker.drains:
            self._close(now if now >= worker.ends else worker.ends, worker)
        elif self._queue:
            self._begin(now, worker, self._queue.popleft())
        else:
            worker.is_idle = True
            worker.version += 1
            self._idle.append(worker)
            leaves = max(now, worker.warm_until) + self.figures.idle_seconds
            self._push(min(leaves, worker.drains), IDLE, worker, worker.version)

    def _idled(self, now: float, worker: Worker, version: int) -> None:
        if worker.is_idle and worker.version == version:
            worker.is_idle = False
            self._close(now, worker)

    def _close(self, at: float, worker: Worker) -> None:
        self.workers -= 1
        self.ledger.reclaims += at >= worker.drains
        self.ledger.close(worker, at)
        self.spans.append((worker.launched, at))
        if self._queue and self.figures.scaling_interval == 0:
            self._scale(at, None, 0)

    # ---- runs -----------------------------------------------------------------------------------
    def _begin(self, now: float, worker: Worker, task: int) -> None:
        kind = self.kind[task]
        if worker.is_warm(now):
            claimed = now + PICKUP_SECONDS
        else:
            claimed = now + self.figures.placement + self.start
            worker.loaded = 0
        if self.began[task] == NEVER:
            self.began[task] = claimed
        loading = 0.0
        if not worker.loaded >> kind & 1:
            loading = self.load[kind]
            # JOB_CACHE_SIZE is 1: another kind's models are released first.
            worker.loaded = 1 << kind
            self.ledger.model_loads += 1
        self.ledger.runs += 1
        worker.task = task
        finish = claimed + loading + self._own_work(task)
        if finish > worker.ends:
            self._push(worker.ends, LOST, worker, 0)
            self.ledger.lost += max(0.0, worker.ends - now)
            return
        self.ledger.loading += claimed + loading - now
        worker.version += 1
        self._push(finish, HEAD if task in self.shared else DONE, worker, worker.version)

    def _own_work(self, task: int) -> float:
        """Seconds until the run ends, or until it may share the rest."""
        if task not in self.shared:
            return self.work[task]
        return self.around if task in self._bodies else self.work[task] - self.shared[task][0]

    def _done(self, now: float, worker: Worker, _value: int) -> None:
        task = worker.task
        self._book(task, self.work[task])
        self._end(now, task, COMPLETED)
        self._release(now, worker)

    def _book(self, task: int, seconds: float) -> None:
        self.ledger.useful += seconds
        self.busy[self.kind[task]] += seconds

    def _end(self, now: float, task: int, state: int) -> None:
        assert self.state[task] == WAITING, "a task ends once"
        self.state[task] = state
        self.ended[task] = now
        self.open -= 1

    def _release(self, now: float, worker: Worker) -> None:
        worker.task = -1
        if self.keep_alive:
            worker.warm_until = now + self.keep_alive
        elif not self.figures.keeps_hosts:
            self._close(now, worker)
            return
        self._free(now, worker)

    def _lost(self, now: float, worker: Worker, _value: int) -> None:
        task = worker.task
        self.ledger.lost_runs += 1
        self._close(now, worker)
        if self.state[task] != WAITING:
            return
        self.losses[task] += 1
        if self.losses[task] >= self.recovery.runs:
            self._end(now, task, FAILED)
            return
        silent = self.random.random() < self.recovery.silent_share
        after = self.recovery.silent_after if silent else self.recovery.noticed_after
        self._push(now + after, RETRY, None, task)

    # ---- fan-out --------------------------------------------------------------------------------
    def _head_done(self, now: float, worker: Worker, _value: int) -> None:
        """The speech is there (or a helper has fetched it): take part in the drawing."""
        task = worker.task
        self._book(task, self._own_work(task))
        body = self._bodies.get(task)
        if body is None:
            body = self._bodies[task] = SharedBody(*self.shared[task])
            for _ in range(self.width - 1):
                self._enter(now, task)
        if body.ended:
            self._release(now, worker)
            return
        body.join(worker, now)
        self._plan(now, task, body)

    def _plan(self, now: float, task: int, body: SharedBody) -> None:
        """The next thing that happens to a shared task: its end, or a reclaim."""
        if not body.joined:
            return
        first = min(body.joined, key=lambda one: one.ends)
        at = min(body.end_at(now), first.ends)
        self._push(at, JOINED, None, (body.version << 32) | task)

    def _body_done(self, now: float, _worker: Worker | None, value: int) -> None:
        task, version = value & 0xFFFFFFFF, value >> 32
        body = self._bodies[task]
        if version != body.version or body.ended:
            return
        gone = [one for one in body.joined if one.ends <= now]
        for worker in gone:
            self._book(task, now - body.joined[worker])
            lost = body.drop(worker, now)
            self._book(task, -lost)
            self.ledger.lost += lost
            self._lost(now, worker, 0)
        if gone:
            self._plan(now, task, body)
            return
        body.ended = True
        for worker, since in list(body.joined.items()):
            self._book(task, now - since)
            self._release(now, worker)
        if self.state[task] == WAITING:
            self._end(now, task, COMPLETED)
