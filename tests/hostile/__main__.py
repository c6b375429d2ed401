"""Send every hostile file through every task that it could reach.

    .venv/bin/python -m tests.hostile [--only damage,png] [--seed 2] [--jobs 2]

Each is uploaded as the dispatcher sees uploads and run by the real runner and job, in a child
process, on a cloud in memory. Nothing may end as our own fault, take over 60 s or 1.5 GB, open a
file of the machine, call a server, or leave a process or a folder. Prints every run, a table and
all violations; exit status 1 if there is any. Half an hour on two idle cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile import report
from tests.hostile.bench import MAX_SECONDS, Result, Run, play
from tests.hostile.case import only
from tests.hostile.families import CASES
from tests.hostile.goods import make_goods


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hostile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", help="words of the names of cases, parted by commas")
    parser.add_argument("--use", default="", help="only as this input, such as avatar")
    parser.add_argument("--seed", type=int, default=1, help="of the damage")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument(
        "--seconds", type=float, default=MAX_SECONDS, help="that a run may take; busy machine: more"
    )
    parser.add_argument("--list", action="store_true", help="print the cases' names")
    arguments = parser.parse_args()
    cases = list(only(CASES, arguments.only))
    if arguments.list:
        print("\n".join(case.name for case in cases))
        return 0
    runs = [Run(case, use) for case in cases for use in case.tried_as]
    runs = [run for run in runs if arguments.use in run.use]
    results: list[Result] = []
    started = time.monotonic()

    def tell(result: Result) -> None:
        results.append(result)
        print(report.told(result), flush=True)

    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        make_goods(folder / "goods")
        play(
            runs,
            folder,
            folder / "goods",
            seed=arguments.seed,
            jobs=arguments.jobs,
            max_seconds=arguments.seconds,
            tell=tell,
        )
    minutes = (time.monotonic() - started) / 60
    print(f"\n{report.table(results)}\n\n{len(cases)} cases in {minutes:.1f} minutes")
    broken = [result for result in results if result.violations]
    print(f"{len(broken)} runs broke a rule\n{report.violations(results)}")
    return 1 if broken or not results else 0


if __name__ == "__main__":
    sys.exit(main())
