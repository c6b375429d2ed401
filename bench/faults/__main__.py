"""The embedded cloud under hundreds of real tasks and bad luck: nothing lost, doubled or left over.

    python -m bench.faults [--tasks 300] [--seed 1] [--without disk,power] [--keep]

Kills (SIGKILL) of jobs, of their media children, of the server, of the store and of all at once,
creations that are sent twice at the same time, cancellations, messages that come twice or late, a
full work disk, an S3 that refuses or hangs. Prints a table of what became of every task; exit
status 1 if one was lost or doubled, failed without a proper reason, or anything was left over. The
same seed gives the same orders and faults, though not the same moments. Linux; the full disk needs
root.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.faults import audit
from bench.faults.clients import Clients
from bench.faults.ledger import Ledger
from bench.faults.luck import BadLuck
from bench.faults.orders import make_media, orders, upload_all
from bench.faults.report import tables
from bench.faults.system import ROOT, System
from dh_client import Client
from gpu_jobs.weights.store import WeightStore


def main() -> int:
    arguments = _arguments()
    media = make_media(arguments.media, WeightStore(ROOT / ".weights"))
    root = Path(tempfile.mkdtemp(prefix="dh-faults-"))
    ledger, found = Ledger(), audit.Findings()
    started = time.monotonic()
    with System(root, arguments.vcpus, arguments.keep_alive) as system:
        starts = _run(arguments, system, media, ledger, found)
    for line in tables(ledger, found, time.monotonic() - started, starts):
        print(line)
    if arguments.keep:
        print(f"kept: {root}")
    else:
        shutil.rmtree(root)
    return 0 if found.is_clean else 1


def _run(
    arguments: argparse.Namespace,
    system: System,
    media: dict[str, Path],
    ledger: Ledger,
    found: audit.Findings,
) -> int:
    chance = random.Random(arguments.seed)  # noqa: S311 - repeatable, not secret
    without = frozenset(filter(None, arguments.without.split(",")))
    bad_luck = BadLuck(system, ledger, random.Random(arguments.seed), arguments.between, without)  # noqa: S311 - as above
    if not system.has_own_disk:
        print("the full disk is left out: a small one cannot be mounted here", file=sys.stderr)
    with Client(system.url, longest_pause=1.0) as api:
        uploads = upload_all(api, media)
        stop = threading.Event()
        luck = threading.Thread(target=bad_luck.strike, args=(stop,), daemon=True)
        luck.start()
        clients = Clients(system.url, ledger, arguments.hands)
        enough = threading.Event()
        timer = threading.Timer(arguments.minutes * 60, enough.set)
        timer.start()
        clients.work_off(orders(arguments.tasks, uploads, chance), enough)
        timer.cancel()
        stop.set()
        luck.join()
        system.await_answer()
        # What the last killed job left is the next one's to remove.
        last = api.create("extract_audio", {"video_file": uploads.clip})
        api.wait(last, timeout=300)
        audit.of_tasks(api, ledger, found, {uploads.template, last})
        audit.of_the_bucket(system, found)
    starts = system.starts
    system.stop()
    audit.of_the_machine(system, found)
    return starts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60.0, help="no new orders after it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="", help="kinds of fault to leave out, by commas")
    parser.add_argument("--between", type=float, default=2.0, help="tasks that end between faults")
    parser.add_argument("--hands", type=int, default=6, help="orders under way at once")
    parser.add_argument("--vcpus", type=float, default=8.0, help="what jobs may use at once")
    parser.add_argument(
        "--keep-alive", type=int, default=3, help="KEEP_ALIVE_SECONDS of the workers"
    )
    parser.add_argument("--media", type=Path, default=Path(".local/faults"), help="kept media")
    parser.add_argument("--keep", action="store_true", help="keep the data and its logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
