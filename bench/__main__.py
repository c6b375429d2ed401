"""All of the benches, or some: `python -m bench [PART …] [--short] [--against OLD.json]`.

Each part is a process of its own and prints its tables; their figures go to one JSON (`--json`,
out/bench.json) with the facts of the machine, and their curves to one picture beside it. With
`--against`, `bench.compare` follows. `--short` takes a minute or two: what `.ci/run` compares with
bench/landed.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench import compare
from bench.measuring import plots
from bench.measuring.figures import Figures

PARTS: Final[dict[str, tuple[str, ...]]] = {
    "voice": ("bench.engines.voice",),
    "stages": ("bench.workers.stages", "--seconds", "4,20,60,300", "--lines", "512,720,1080"),
    "waiting": ("bench.workers.waiting", "--seconds", "4,20,60"),
    "growth": ("bench.workers.growth",),
    "lips": ("bench.digital_human",),
    "compose": ("bench.engines.compose",),
    "api": ("bench.api",),
    "table": ("bench.server.table", "--tasks", "100,1000,10000,100000"),
    "pollers": ("bench.server.pollers", "--pollers", "100", "--seconds", "30"),
    "uploads": ("bench.server.upload",),
}
SHORT: Final[dict[str, tuple[str, ...]]] = {
    "voice": ("bench.engines.voice", "--rounds", "1"),
    "stages": ("bench.workers.stages", "--seconds", "4", "--demo"),
    "table": ("bench.server.table", "--tasks", "100,1000", "--requests", "50"),
}


def main() -> int:
    """Exit status: of `bench.compare`, or 1 where a part failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("out/bench.json"))
    parser.add_argument("--against", type=Path)
    arguments = parser.parse_args()
    commands = SHORT if arguments.short else PARTS
    figures, failed = Figures(), []
    with tempfile.TemporaryDirectory() as folder:
        for part in arguments.part or commands:
            module, *options = commands[part]
            print(f"\n## {part}\n", flush=True)
            written = Path(folder) / f"{part}.json"
            argv = [sys.executable, "-m", module, *options, "--json", str(written)]
            if subprocess.run(argv, check=False).returncode != 0:
                failed.append(part)
            if written.exists():
                figures.add(part, Figures.read(written))
    figures.write(arguments.json)
    print(f"\nFigures: {arguments.json}")
    draw(figures, arguments.json.with_suffix(".svg"))
    if failed:
        print(f"Failed: {', '.join(failed)}")
    slower = 0
    if arguments.against is not None:
        print(f"\n## Against {arguments.against}\n", flush=True)
        slower = compare.main([str(arguments.against), str(arguments.json)])
    return slower or bool(failed)


def draw(figures: Figures, target: Path) -> None:
    """Where matplotlib is."""
    if not figures.curves:
        return
    try:
        plots.draw(figures.curves, target)
    except ImportError:
        print("No plot: it needs `pip install -r bench/requirements.txt`.")
    else:
        print(f"Plots: {target}")


if __name__ == "__main__":
    sys.exit(main())
