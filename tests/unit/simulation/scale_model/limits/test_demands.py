"""The limits around the jobs: a queue before each, fed with what a day asks for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from simulation.scale_model.day import Scenario, simulate
from simulation.scale_model.figures import Assumptions, ServiceTimes
from simulation.scale_model.limits.demands import KEPT, LOADS, Day, Figures, demands, use, uses
from simulation.scale_model.workload import draw
from tools.prices import prices

FIGURES = Figures.read()
ASSUMPTIONS = Assumptions.read(prices.read().values())
SEED = 1


@pytest.fixture(scope="module")
def outcome():
    workload = draw(LOADS[0], ASSUMPTIONS.workload, ServiceTimes.read(), SEED)
    scenario = Scenario("both", keep_alive=True, fanout=True, speaking_compute="cpu")
    return simulate(workload, ASSUMPTIONS, scenario, SEED)


def test_what_stays_below_a_limit_waits_for_nothing():
    assert use(np.asarray([1.0, 9.0, 3.0]), 10.0).delay == 0.0
    assert use(np.asarray([1.0, 9.0, 3.0]), 10.0).share == pytest.approx(0.9)


def test_what_exceeds_a_limit_waits_until_the_limit_has_worked_it_off():
    # Ten seconds of twice the limit leave ten seconds' work behind, which five at half take away.
    over = use(np.asarray([20.0, 5.0, 5.0]), 10.0)
    assert (over.share, over.delay) == (2.0, 10.0)


def test_twenty_thousand_running_tasks_do_not_fill_the_index_whatever_their_texts_weigh():
    for text in ("ordinary", "5,000 characters"):
        assert FIGURES.saturating_runs(text) >= 20_000
    assert FIGURES.saturating_runs_before() == 1_000
    assert FIGURES.saturating_runs_before("5,000 characters") < 130


def test_every_limit_has_a_demand_a_source_and_what_happens_then(outcome):
    asked = demands(Day.of(outcome, ASSUMPTIONS.fanout_seconds), FIGURES)
    assert asked.keys() == FIGURES.limits.keys()
    assert all(entry["why"] and entry["then"] for entry in FIGURES.limits.values())


def test_a_day_is_counted_whole(outcome):
    day = Day.of(outcome, ASSUMPTIONS.fanout_seconds)
    assert day.arrivals.sum() * 10 == pytest.approx(LOADS[0])
    assert day.starts.sum() * 10 >= outcome.completed
    assert day.running[-1] == 0


def test_the_page_shows_what_the_simulation_finds(outcome):
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert [int(load) for load in kept] == list(LOADS)
    for name, one in uses(outcome, FIGURES, ASSUMPTIONS.fanout_seconds).items():
        stale = f"{name}: run python -m simulation.scale_sim --limits"
        assert kept[str(LOADS[0])][name]["share"] == pytest.approx(one.share, abs=2e-5), stale
