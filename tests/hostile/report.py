"""What a campaign found, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.hostile.bench import Result


def table(results: Sequence[Result]) -> str:
    """One line per family: cases, runs, worst seconds and megabytes, how often each outcome."""
    families: dict[str, list[Result]] = {}
    for result in results:
        families.setdefault(result.run.case.family, []).append(result)
    lines = ["family        cases  runs  worst s  worst MB  outcomes"]
    lines += [_line(name, found) for name, found in sorted(families.items())]
    lines.append(_line("all", results))
    return "\n".join(lines)


def _line(name: str, found: Sequence[Result]) -> str:
    cases = len({result.run.case.name for result in found})
    slowest = max((result.seconds for result in found), default=0.0)
    largest = max((result.peak for result in found), default=0) / (1 << 20)
    outcomes = Counter(result.outcome for result in found).most_common()
    said = ", ".join(f"{outcome} {count}" for outcome, count in outcomes)
    return f"{name:<13} {cases:>5} {len(found):>5} {slowest:>8.1f} {largest:>9.0f}  {said}"


def violations(results: Iterable[Result]) -> str:
    """Every run that broke a rule, with its traceback."""
    return "\n".join(f"{told(one)}\n{one.detail}".rstrip() for one in results if one.violations)


def told(result: Result) -> str:
    """One run in a line."""
    name = f"{result.run.case.name} as {result.run.use}"
    notes = [result.outcome, *result.warnings, *map(str.upper, result.violations)]
    return f"{result.seconds:6.1f} s {result.peak >> 20:5} MB  {name}: {', '.join(notes)}"
