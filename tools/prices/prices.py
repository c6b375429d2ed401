"""AWS's prices as tools/prices/prices.json keeps them: dated, each with where it was found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent / "prices.json"
KINDS = ("aws", "quoted", "assumed")


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one unit. `kind` is one of KINDS: how well the figure is known."""

    name: str
    value: float
    unit: str
    kind: str
    date: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The prices of one region on one day, by name."""

    region: str
    collected: str
    prices: dict[str, Price]

    def __getitem__(self, name: str) -> float:
        """Dollars for one unit of `name`; KeyError where the table has none."""
        return self.prices[name].value

    def values(self) -> dict[str, float]:
        """Only the figures."""
        return {name: price.value for name, price in self.prices.items()}


def read(path: Path = FILE) -> PriceTable:
    """The table in `path`."""
    document = json.loads(path.read_text(encoding="utf-8"))
    prices = {name: Price(name, **entry) for name, entry in document["prices"].items()}
    return PriceTable(document["region"], document["collected"], prices)
