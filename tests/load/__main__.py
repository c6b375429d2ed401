"""Measure what tasks cost in the table; with `--write` keep it for the simulation.

.venv/bin/python -m tests.load [--write]
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any, Final

from tests.load.lives import bill_of_a_life, metered_world
from tests.load.meter import Bill
from tests.model.cloud.dynamo import DynamoInMemory
from tests.model.world import World

KEPT: Final = Path(__file__).resolve().parents[2] / "simulation/scale_model/limits/table_load.json"
TEXTS: Final = {"ordinary": "你好，欢迎来到我们的直播间。" * 6, "5,000 characters": "好" * 5000}
MINUTE, HOUR = 43, 3600
"""Seconds of a run: that of a minute's video, and a long one."""


def measure(world: World, text: str) -> dict[str, Any]:
    """What a task costs beside its running, a run that is lost, and an hour of running."""
    bill_of_a_life(world, text=text, seconds=0)  # the first creates counters, past runs and days
    none, minute, hour = (
        bill_of_a_life(world, text=text, seconds=seconds) for seconds in (0, MINUTE, HOUR)
    )
    lost = bill_of_a_life(world, text=text, seconds=0, losses=1)
    return {
        "task": _units(none),
        "lost_run": _difference(lost, none),
        "run_of_43_s": _difference(minute, none),
        "running_hour": _difference(hour, none),
        "largest_bytes": dict(sorted(hour.largest.items())),
        "of_the_task_by_kind": {
            "table": dict(none.table),
            **{index: dict(units) for index, units in none.indexes.items()},
        },
    }


def _units(bill: Bill) -> dict[str, float]:
    return {
        "writes": bill.writes,
        "write_units": bill.write_units,
        "GSI1": bill.index_units("GSI1"),
        "GSI2": bill.index_units("GSI2"),
        "read_units": bill.read_units,
    }


def _difference(longer: Bill, none: Bill) -> dict[str, float]:
    return {name: value - _units(none)[name] for name, value in _units(longer).items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.load", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"into {KEPT.name}")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found = {}
    for name, text in TEXTS.items():
        with metered_world(DynamoInMemory()) as world:
            found[name] = measure(world, text)
    document = json.dumps(found, indent=2)
    if arguments.write:
        KEPT.write_text(f"{document}\n", encoding="utf-8")
    sys.stdout.write(f"{document}\n")


if __name__ == "__main__":
    main()
