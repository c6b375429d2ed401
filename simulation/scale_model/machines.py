"""What a lane runs on: workers that are launched, used, reclaimed and paid for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from simulation.scale_model.figures import ComputeFigures

_QUICKEST, _SLOWEST = 0.8, 1.3
"""Launches scatter evenly between these shares of their mean seconds."""


class Worker:
    """An EC2 instance with one slot, or a Fargate task. Times in seconds of the day."""

    __slots__ = (
        "billed_from",
        "drains",
        "ends",
        "is_idle",
        "is_spot",
        "launched",
        "loaded",
        "ready",
        "task",
        "version",
        "warm_until",
    )

    def __init__(self, figures: ComputeFigures, now: float, random: Random) -> None:
        provision = figures.provision * random.uniform(_QUICKEST, _SLOWEST)
        pull = figures.image_pull * random.uniform(_QUICKEST, _SLOWEST)
        self.launched = now
        self.ready = now + provision + pull
        # EC2 bills from the launch; Fargate from the start of the pull (its pricing page).
        self.billed_from = now if figures.keeps_hosts else now + provision
        self.is_spot = random.random() >= figures.on_demand_share
        self.ends = math.inf
        self.drains = math.inf
        if self.is_spot and figures.reclaims_per_hour > 0:
            reclaimed = now + provision + random.expovariate(figures.reclaims_per_hour / 3600.0)
            self.drains = reclaimed
            # From the notice on nothing new is placed here; what runs may have its two minutes.
            self.ends = reclaimed + (0.0 if figures.stops_at_notice else figures.notice_seconds)
        self.is_idle = False
        self.warm_until = -1.0
        self.loaded = 0
        self.task = -1
        self.version = 0

    def is_warm(self, now: float) -> bool:
        """Whether its container is still kept alive."""
        return now <= self.warm_until


@dataclass(slots=True)
class Ledger:
    """Where the workers' paid seconds went, and how often what happened."""

    spot: float = 0.0
    on_demand: float = 0.0
    booting: float = 0.0
    loading: float = 0.0
    useful: float = 0.0
    lost: float = 0.0
    launches: int = 0
    reclaims: int = 0
    lost_runs: int = 0
    model_loads: int = 0
    runs: int = 0

    @property
    def billed(self) -> float:
        return self.spot + self.on_demand

    @property
    def idle(self) -> float:
        """Paid for, and neither starting nor working."""
        return self.billed - self.booting - self.loading - self.useful - self.lost

    def dollars(self, figures: ComputeFigures) -> float:
        spot, on_demand = figures.spot_price, figures.on_demand_price
        return (self.spot * spot + self.on_demand * on_demand) / 3600.0

    def close(self, worker: Worker, now: float) -> None:
        """The worker is gone: book what it costs."""
        paid = max(0.0, now - worker.billed_from)
        if worker.is_spot:
            self.spot += paid
        else:
            self.on_demand += paid
        self.booting += min(paid, worker.ready - worker.billed_from)
