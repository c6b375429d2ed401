"""Cold starts of the built functions: `sam build`, then `python -m bench.api.cold_start`.

Each start is a new Runtime Interface Emulator with a function in it, called twice with its sample
event against the embedded cloud. The emulator starts its function at the first call, and the
"Init Duration" that it reports is wrong (issue 106 of its repository), so a start is taken as the
first call's time less the second's: interpreter, runtime client, imports, and what the first
request makes. The functions take turns, so that a busy machine is busy for all alike, and their
processor time is shown beside; medians.
"Bare" and "Powertools" are bench/api/peers in the API's package, with its layer.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any, Final

from infra.local.cloud import template as templates
from infra.local.cloud.template import FunctionSpec
from infra.local.lambdas.emulator import (
    BuiltFunctions,
    LambdaEmulator,
    find_emulator,
    package_bytes,
)
from infra.local.server import LocalCloud

ROOT: Final = Path(__file__).resolve().parents[2]
_API: Final = "ApiFunction"
_SAMPLES: Final = {
    _API: "api_system_status.json",
    "TextFunction": "api_preview_text.json",
    "ObjectsFunction": "objects.json",
    "TasksFunction": "tasks.json",
    "DeliveriesFunction": "deliveries.json",
    "BatchEventsFunction": "batch_job_failed.json",
    "SweepFunction": "sweep.json",
}
_PEERS: Final = {"Bare": "bare_fastapi", "Powertools": "powertools"}


@dataclass(frozen=True)
class Spent:
    """Milliseconds of one call."""

    clock: float
    cpu: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--built", type=Path, default=ROOT / ".aws-sam" / "build")
    parser.add_argument("--starts", type=int, default=7)
    arguments = parser.parse_args()
    if not (arguments.built / _API).is_dir():
        raise SystemExit(f"{arguments.built} holds no {_API}: run `sam build` first.")
    specs = {one.name: one for one in templates.functions(templates.load(ROOT / "template.yaml"))}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        built = _with_peers(arguments.built.resolve(), folder / "built", specs)
        functions = BuiltFunctions(
            built,
            emulator=find_emulator(ROOT / ".venv-sam"),
            python=ROOT / ".venv-lambda" / "bin" / "python",
        )
        cloud = stack.enter_context(LocalCloud(folder / "data", sweep_seconds=3600))
        times: dict[str, list[tuple[Spent, Spent]]] = {name: [] for name in specs}
        for _ in range(arguments.starts):
            for name, spec in specs.items():
                times[name].append(_start(functions, spec, cloud.environment, folder))
    print(f"Medians of {arguments.starts} starts. Sizes unzipped.\n")
    print(
        "| function | package, MB | with layers, MB | cold start, ms | of it CPU | warm call, ms |"
    )
    print("|---|---|---|---|---|---|")
    for name, pairs in times.items():
        cold = statistics.median(first.clock - second.clock for first, second in pairs)
        cpu = statistics.median(first.cpu - second.cpu for first, second in pairs)
        warm = statistics.median(second.clock for _, second in pairs)
        own, *layers = (package_bytes(arguments.built, one) for one in (name, *specs[name].layers))
        sizes = f"{_mb(own)} | {_mb(own + sum(layers))}" if name in _SAMPLES else "- | -"
        print(f"| {name} | {sizes} | {cold:.0f} | {cpu:.0f} | {warm:.0f} |")


def _with_peers(built: Path, copy: Path, specs: dict[str, FunctionSpec]) -> Path:
    """The built folder again, and two more functions: the API's package with a peer's handler."""
    shutil.copytree(built, copy)
    for name, module in _PEERS.items():
        shutil.copytree(copy / _API, copy / name)
        peers = copy / name / "bench" / "api" / "peers"
        shutil.copytree(ROOT / "bench" / "api" / "peers", peers, ignore=lambda *_: ["__pycache__"])
        compileall.compile_dir(peers, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        handler = f"bench.api.peers.{module}.handler"
        specs[name] = replace(specs[_API], name=name, handler=handler)
    return copy


def _start(
    functions: BuiltFunctions, spec: FunctionSpec, environment: dict[str, str], logs: Path
) -> tuple[Spent, Spent]:
    """What the first and the second call took."""
    emulator = functions.emulator(spec, environment, logs)
    emulator.start()
    try:
        return _call(emulator, _event(spec.name)), _call(emulator, _event(spec.name))
    finally:
        emulator.stop()


def _call(emulator: LambdaEmulator, event: dict[str, Any]) -> Spent:
    started, used = time.perf_counter(), _cpu_milliseconds(emulator.pid)
    emulator.invoke(event)
    clock = (time.perf_counter() - started) * 1000
    return Spent(clock, _cpu_milliseconds(emulator.pid) - used)


def _cpu_milliseconds(session: int) -> float:
    """Processor time of all processes of a session so far, to 10 ms (proc_pid_stat(5))."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # What follows the name, which may hold anything: state, ppid, pgrp, session, …
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(
        (ROOT / "events" / _SAMPLES.get(name, _SAMPLES[_API])).read_text()
    )
    if name in _PEERS:
        # The peers' only reading route; they answer 404, as ours does for a task of nobody.
        event["rawPath"] = event["requestContext"]["http"]["path"] = "/api/tasks/none/status"
    return event


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.1f}"


if __name__ == "__main__":
    main()
