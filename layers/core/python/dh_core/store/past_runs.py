"""What past runs took, one item per type of task: read by the API, written at each completion."""

from __future__ import annotations

from decimal import Decimal

from dh_core.clock import Clock, system_clock
from dh_core.store.table import Item, Table
from dh_core.tasks.polling import PastRuns

_FRESH_SECONDS = 30.0


class PastRunStore:
    """Means are kept for half a minute: a creation must not cost another read each time."""

    def __init__(self, table: Table, clock: Clock = system_clock) -> None:
        self._table = table
        self._clock = clock
        self._known: dict[str, tuple[float, PastRuns | None]] = {}

    def get(self, task_type: str) -> PastRuns | None:
        """What runs of this type took; None before the first."""
        now = self._clock()
        read_at, past = self._known.get(task_type, (-_FRESH_SECONDS, None))
        # The first one is looked for each time.
        if past is None or now - read_at >= _FRESH_SECONDS:
            past = _read(self._table.get(_key(task_type)))
            self._known[task_type] = (now, past)
        return past

    def add(self, task_type: str, run: PastRuns) -> None:
        """Take a completed run in.

        Read, then written without a condition: of two runs that end at once one may go uncounted,
        which a rolling mean does not notice.
        """
        past = _read(self._table.get(_key(task_type)))
        mean = run if past is None else past.after(run)
        self._table.put(
            {
                **_key(task_type),
                "engine": mean.engine,
                "wait": _decimal(mean.wait),
                "run": _decimal(mean.run),
                "characters": _decimal(mean.characters),
                "setup": _decimal(mean.setup),
            }
        )


def _key(task_type: str) -> dict[str, str]:
    return {"PK": f"PAST_RUNS#{task_type}", "SK": "PAST_RUNS"}


def _read(item: Item | None) -> PastRuns | None:
    if item is None:
        return None
    return PastRuns(
        item["engine"],
        float(item["wait"]),
        float(item["run"]),
        float(item["characters"]),
        float(item.get("setup", 0)),
    )


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.3f}")
