"""The formula of conflicts, against a simulation of `Table.transact`'s tries."""

from __future__ import annotations

import heapq
from random import Random

import pytest

from dh_core.store.table import TRIES
from simulation.scale_model.limits.conflicts import (
    GIVEN_UP,
    carried_at_most,
    given_up_share,
    refused_share,
)
from simulation.scale_model.limits.demands import Figures

SHARDS, SECONDS, COUNT = 8, 0.02, 10_000


def tries_refused(per_shard: float, seed: int) -> float:
    """The share of refused tries, of transactions that come at random and choose a random shard."""
    random = Random(seed)
    moment, due = 0.0, []
    for number in range(COUNT):
        moment += random.expovariate(per_shard * SHARDS)
        due.append((moment, number, 0))
    free_at = [0.0] * SHARDS
    tries = refused = 0
    while due:
        now, number, attempt = heapq.heappop(due)
        shard = random.randrange(SHARDS)
        tries += 1
        if free_at[shard] <= now:
            free_at[shard] = now + SECONDS
        elif attempt + 1 < TRIES:
            refused += 1
            wait = random.uniform(0, 0.02 * 2**attempt)
            heapq.heappush(due, (now + wait, number, attempt + 1))
    return refused / tries


@pytest.mark.parametrize("per_shard", [8.9, 17.3])
def test_as_many_tries_are_refused_as_the_formula_says(per_shard):
    found = tries_refused(per_shard, seed=1)
    assert found == pytest.approx(refused_share(per_shard, SECONDS), rel=0.1)


def test_the_limits_are_those_at_which_one_in_a_million_is_given_up():
    figures = Figures.read()
    most = carried_at_most(figures.handling["transaction_seconds"])
    assert given_up_share(most, SECONDS) == pytest.approx(GIVEN_UP)
    for name in ("counter_shard", "owner_at_work", "owner_usage"):
        assert figures.limits[name]["value"] == pytest.approx(most, abs=0.05)
