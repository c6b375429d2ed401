"""Feeds workers with runs, watches them, and judges what came of each."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dh_core.errors import InternalJobError
from tests.hostile.case import Case
from tests.hostile.goods import BAIT, ROOT, lay_bait
from tests.hostile.watch import Calls, OpenedFiles, Tree, descendants

MAX_SECONDS = 60.0
MAX_BYTES = 1536 << 20
_DICTIONARY = "jieba.cache"
"""What jieba keeps of its dictionary between processes, the same for every text."""
_RUNS_A_PROCESS = 50
"""moto keeps some 3 MB of every task for ever, which would count as the task's own memory."""
_PATIENCE_SECONDS = 240.0
_PATIENCE_WITH_MAKING = 600.0


@dataclass(frozen=True)
class Run:
    """A case in one use."""

    case: Case
    use: str


@dataclass(frozen=True)
class Result:
    """`code` as `tasks.Ending`'s, or `crashed` or `hangs` of the worker itself."""

    run: Run
    code: str
    where: str
    seconds: float
    peak: int
    violations: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    detail: str = ""

    @property
    def outcome(self) -> str:
        return f"upload: {self.code}" if self.where == "upload" else self.code


def play(
    runs: Iterable[Run],
    folder: Path,
    goods: Path,
    *,
    seed: int,
    jobs: int,
    max_seconds: float = MAX_SECONDS,
    tell: Callable[[Result], None],
) -> None:
    """Run all, `jobs` at a time; `tell` is called with each result, one call at a time."""
    # By use: a worker keeps the models of the last one.
    waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
    for run in sorted(runs, key=lambda run: run.use):
        waiting.put(run)
    lock = threading.Lock()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with Worker(folder / f"worker-{number}", goods, seed, max_seconds) as worker:
                while not failures:
                    result = worker.carry(waiting.get_nowait())
                    with lock:
                        tell(result)
        except queue.Empty:
            pass
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Worker:
    """One child, started again when it dies. A context manager."""

    def __init__(self, place: Path, goods: Path, seed: int, max_seconds: float) -> None:
        self._place, self._goods = place, goods
        self._seed, self._max_seconds = seed, max_seconds
        self._work, self._bait = place / "work", place / "bait"
        self._temporary = place / "tmp"
        for folder in (self._work, self._temporary):
            folder.mkdir(parents=True, exist_ok=True)
        # A relative reference leads from a task's folder into the one above it.
        for folder in (self._bait, self._work):
            lay_bait(folder, goods)
        baits = [folder / name for folder in (self._bait, self._work) for name in BAIT]
        self._opened, self._calls = OpenedFiles(baits), Calls()
        self._process: subprocess.Popen[bytes] | None = None
        self._carried = 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._opened.close()
        self._calls.close()

    def carry(self, run: Run) -> Result:
        """Make the case's file, run it, and say what happened."""
        self._carried += 1
        if self._carried % _RUNS_A_PROCESS == 0:
            self._end()
        order = {"case": run.case.name, "use": run.use, "seed": self._seed}
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        made = self._answer(_PATIENCE_WITH_MAKING)
        if made is None:
            self._end()
            log = (self._place / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{run.case.name} cannot be made:\n{log}")
        self._opened.any()
        self._calls.any()
        before = self._left_behind()
        tree, started = Tree(process.pid), time.monotonic()
        found = self._answer(_PATIENCE_SECONDS)
        tree.stop()
        if found is None:
            process.wait()
            seconds = time.monotonic() - started
            log = (self._place / "log").read_text(errors="replace")[-2000:]
            found = {
                "code": "hangs" if seconds >= _PATIENCE_SECONDS else "crashed",
                "where": "job",
                "seconds": seconds,
                "warnings": [],
                "detail": log,
            }
            self._end()
        violations = (
            *_faults(found, tree, self._max_seconds),
            *(["opens a file of the machine"] if self._opened.any() else []),
            *(["calls a server"] if self._calls.any() else []),
            *(f"leaves {left}" for left in sorted(self._left_behind() - before)),
        )
        return Result(
            run,
            code=found["code"],
            where=found["where"],
            seconds=found["seconds"],
            peak=tree.peak,
            violations=violations,
            warnings=tuple(found["warnings"]),
            detail=found["detail"],
        )

    def _start(self) -> subprocess.Popen[bytes]:
        shutil.rmtree(self._work, ignore_errors=True)
        lay_bait(self._work, self._goods)
        self._opened.close()
        baits = [folder / name for folder in (self._bait, self._work) for name in BAIT]
        self._opened = OpenedFiles(baits)
        arguments = [self._place, self._goods, self._bait, self._calls.url]
        with (self._place / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.worker", *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(self._temporary), "ORT_DISABLE_TELEMETRY": "1"},
                start_new_session=True,
            )

    def _answer(self, patience: float) -> dict[str, Any] | None:
        """The worker's next line; None when it died or says nothing."""
        assert self._process is not None
        stdout = self._process.stdout
        assert stdout is not None
        timer = threading.Timer(patience, self._process.kill)
        timer.start()
        try:
            line = stdout.readline()
        finally:
            timer.cancel()
        return json.loads(line) if line.endswith(b"\n") else None

    def _left_behind(self) -> set[str]:
        """Names of folders, and of processes that still run."""
        names = {path.name for path in self._temporary.iterdir()} - {_DICTIONARY}
        names |= {path.name for path in self._work.iterdir() if path.name not in BAIT}
        if self._process is not None and self._process.poll() is None:
            names |= {f"process {pid}" for pid in descendants(self._process.pid)}
        return names

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for child in descendants(process.pid):
            os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _faults(found: dict[str, Any], tree: Tree, max_seconds: float) -> list[str]:
    """What the ending itself, the time and the memory say."""
    faults = []
    if found["code"] in _OUR_FAULT:
        faults.append(found["code"])
    if found["seconds"] > max_seconds:
        faults.append("takes too long")
    if tree.peak > MAX_BYTES:
        faults.append("takes too much memory")
    faults += [f"opens a socket: {program}" for program in sorted(tree.sockets)]
    return faults


def _codes(error: type[InternalJobError]) -> set[str]:
    return {error.code}.union(*map(_codes, error.__subclasses__()))


_OUR_FAULT = {"unfinished", "crashed", "hangs", "job_failed", *_codes(InternalJobError)}
