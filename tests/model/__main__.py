"""Play many random histories of the whole system, and say what was played.

    .venv/bin/python -m tests.model --examples 2000 --steps 50

Exit status 1 and the shortest history found, if one breaks a law or does not come to rest.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.model.model import Model
from tests.model.play import play
from tests.model.rules.rule import FIRED


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.model", description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true", help="report the first history found")
    arguments = parser.parse_args()
    started = time.process_time()
    play(
        examples=arguments.examples,
        steps=arguments.steps,
        seed=arguments.seed,
        shrink=not arguments.no_shrink,
    )
    seconds = time.process_time() - started
    print(f"{Model.histories} histories, {sum(FIRED.values())} steps, {seconds:.0f} s of CPU")
    for title, counts in (("rules", FIRED), ("moves of tasks", Model.moves)):
        print(f"\n{title}:")
        for name, count in counts.most_common():
            print(f"{count:8} {name.replace('_', ' ')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
