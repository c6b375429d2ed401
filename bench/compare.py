"""Whether anything got slower: `python -m bench.compare OLD.json NEW.json`.

Each is what a bench wrote with `--json`: `{"machine": facts, "ratios": {name: value}}`, values of
which less is better. Prints a Markdown table; exits with 1 where a ratio is worse than WORST times
the old one, or is not measured any more. On other machines or packages it says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

WORST: Final = 1.25
LEAST: Final = 0.02
"""Values that differ by less are noise: a stage of milliseconds."""


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0, or 1 where something is worse."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args(argv)
    old, new = (json.loads(path.read_text()) for path in (arguments.old, arguments.new))
    for fact in changed(old["machine"], new["machine"]):
        print(f"Measured under another {fact}.")
    print("| | old | new | new / old | |\n|---|---|---|---|---|")
    worse = 0
    for name, before in old["ratios"].items():
        after = new["ratios"].get(name)
        is_worse = after is None or (after > before * WORST and after - before > LEAST)
        worse += is_worse
        shown = "- | -" if after is None else f"{after:.3f} | {after / max(before, 1e-9):.2f}"
        print(f"| {name} | {before:.3f} | {shown} | {'worse' if is_worse else ''} |")
    return 1 if worse else 0


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The facts that make figures hard to compare, with both values; the load is none."""
    names = sorted({*old, *new} - {"load"})
    return [
        f"{name}: {old.get(name)}, now {new.get(name)}"
        for name in names
        if old.get(name) != new.get(name)
    ]


if __name__ == "__main__":
    sys.exit(main())
