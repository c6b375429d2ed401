"""The campaign's tables, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from bench.faults.audit import Findings
from bench.faults.ledger import Ledger


def tables(ledger: Ledger, found: Findings, seconds: float, starts: int) -> Iterator[str]:
    """Line by line."""
    entries = ledger.entries
    ended = Counter(entry.status for entry in entries)
    codes = Counter(entry.code for entry in entries if entry.status == "failed")
    sent = sum(entry.order.copies for entry in entries)
    yield f"{len(entries)} orders, {sent} creations, {seconds / 60:.1f} min, {starts} server starts"
    yield ""
    yield "| Tasks | |"
    yield "|---|---|"
    yield f"| accepted | {sum(bool(entry.ids) for entry in entries)} |"
    yield f"| completed | {ended['completed']} |"
    yield f"| failed with a reason | {ended['failed'] - len(found.improper)}{_of(codes)} |"
    yield f"| failed without a proper reason | {len(found.improper)} |"
    yield f"| cancelled | {ended['cancelled']} |"
    yield f"| lost | {len(found.lost)} |"
    yield f"| doubled | {len(found.doubled)} |"
    yield f"| orphans | {len(found.orphans)} |"
    yield ""
    yield "| Fault | Times | API answers after s (median, most) | A task completes after s |"
    yield "|---|---|---|---|"
    for kind in sorted({fault.kind for fault in ledger.faults}):
        faults = [fault for fault in ledger.faults if fault.kind == kind]
        answers = [fault.over_at - fault.began_at + fault.answered_after for fault in faults]
        recoveries = [s for fault in faults if (s := ledger.recovery(fault)) is not None]
        times = f"{_middle_and_most(answers)} | {_middle_and_most(recoveries)}"
        yield f"| {kind} | {len(faults)} | {times} |"
    yield ""
    yield f"Requests that had to be repeated: {sum(ledger.answers.values())}{_of(ledger.answers)}"
    for title in ("lost", "doubled", "orphans", "improper"):
        yield from (f"{title}: {line}" for line in getattr(found, title))


def _of(counts: Counter[str | None] | Counter[str]) -> str:
    if not counts:
        return ""
    return f" ({', '.join(f'{name} {count}' for name, count in counts.most_common())})"


def _middle_and_most(seconds: list[float]) -> str:
    return f"{median(seconds):.1f}, {max(seconds):.1f}" if seconds else "-"
