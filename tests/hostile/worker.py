"""The child that runs cases: one JSON line per order on stdin, two lines per answer on stdout.

A crash in here is a finding, not the end: whoever feeds it starts another one.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.hostile.case import Case, Studio
from tests.hostile.families import CASES
from tests.hostile.tasks import Desk


def main(place: Path, goods: Path, bait: Path, url: str) -> None:
    """`place`: this worker's own folder, `work` in it what tasks may write into."""
    # Whatever is printed or logged must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    cases = {case.name: case for case in CASES}
    desk = Desk(place / "work", goods)
    for line in sys.stdin:
        order = json.loads(line)
        case, use = cases[order["case"]], order["use"]
        chance = random.Random(f"{order['seed']} {case.name}")
        path = _made(case, Studio(goods, bait, url, place / "studio", chance))
        _tell(answers, {"size": path.stat().st_size})
        started = time.monotonic()
        ending = desk.run(case.kind, case.filename, path, use)
        seconds = time.monotonic() - started
        path.unlink()
        _tell(answers, {**asdict(ending), "seconds": seconds})


def _made(case: Case, studio: Studio) -> Path:
    studio.folder.mkdir(exist_ok=True)
    path = studio.folder / "case"
    case.make(studio, path)
    return path


def _tell(answers: Any, facts: dict[str, Any]) -> None:
    answers.write(json.dumps(facts) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
