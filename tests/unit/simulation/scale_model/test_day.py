"""A whole small day: its arrivals, its repeatability, what the switches do, the figures' origin."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from simulation.scale_model.day import LANE_OF, SCENARIOS, Outcome, simulate
from simulation.scale_model.figures import FOLDER, GPU_ENGINES, Assumptions, ServiceTimes
from simulation.scale_model.tables import comparison, where_it_went
from simulation.scale_model.workload import DAY, TYPES, Workload, draw, rate_by_minute
from tools.prices import prices

TASKS = 4000


@pytest.fixture(scope="module")
def assumptions() -> Assumptions:
    return Assumptions.read(prices.read().values())


@pytest.fixture(scope="module")
def workload(assumptions: Assumptions) -> Workload:
    return draw(TASKS, assumptions.workload, ServiceTimes.read(), seed=5)


@pytest.fixture(scope="module")
def outcomes(workload: Workload, assumptions: Assumptions) -> list[Outcome]:
    return [simulate(workload, assumptions, scenario, seed=5) for scenario in SCENARIOS]


def test_arrivals_follow_the_rate_of_the_hour(assumptions: Assumptions) -> None:
    values = dict(assumptions.workload, bursts_per_day=0)
    many = draw(200_000, values, ServiceTimes.read(), seed=1)
    assert np.all(np.diff(many.arrival) >= 0)
    assert 0 <= many.arrival[0] <= many.arrival[-1] <= DAY
    rate = rate_by_minute(values, np.random.default_rng(0))
    expected = rate.reshape(24, 60).sum(axis=1) / rate.sum() * 200_000
    counted, _ = np.histogram(many.arrival, bins=24, range=(0, DAY))
    assert np.max(np.abs(counted - expected) / np.sqrt(expected)) < 4.5


def test_a_burst_raises_the_rate_for_its_minutes(assumptions: Assumptions) -> None:
    calm = rate_by_minute(dict(assumptions.workload, bursts_per_day=0), np.random.default_rng(0))
    burst = rate_by_minute(dict(assumptions.workload, bursts_per_day=1), np.random.default_rng(0))
    assert np.count_nonzero(burst > calm * 2.9) == 2


def test_the_same_seed_gives_the_same_day_and_another_seed_another(
    workload: Workload, assumptions: Assumptions, outcomes: Sequence[Outcome]
) -> None:
    again = simulate(workload, assumptions, SCENARIOS[3], seed=5)
    assert np.array_equal(again.wait, outcomes[3].wait)
    assert again.dollars == outcomes[3].dollars
    other = draw(TASKS, assumptions.workload, ServiceTimes.read(), seed=6)
    assert not np.array_equal(other.arrival, workload.arrival)


def test_every_task_of_the_day_ends_once_in_every_scenario(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.completed + outcome.failed == TASKS
        assert not np.isnan(outcome.whole).any()


def test_keep_alive_loads_models_less_often_and_fan_out_finishes_long_videos_sooner(
    outcomes: Sequence[Outcome],
) -> None:
    neither, keep_alive, fanout, _ = outcomes
    loads = [
        sum(lane.ledger.model_loads for lane in one.lanes.values()) for one in (neither, keep_alive)
    ]
    assert loads[1] < loads[0]
    assert fanout.percentile("whole", 50, longer_than=60) < neither.percentile(
        "whole", 50, longer_than=60
    )


def test_the_types_run_on_the_lanes_that_the_dispatcher_reads() -> None:
    lanes = dict(zip(TYPES, LANE_OF, strict=True))
    assert lanes["digital_human"] == lanes["voice"] == "speaking"
    assert lanes["extract_audio"] == lanes["template"] == "editing"


def test_the_tables_name_every_scenario_and_share_out_what_was_paid(
    outcomes: Sequence[Outcome],
) -> None:
    text = comparison(outcomes, 60.0) + "\n" + where_it_went(outcomes)
    assert all(text.count(f"| {scenario.name} |") == 2 for scenario in SCENARIOS)
    parts = ("useful", "loading", "booting", "idle", "lost")
    assert sum(outcomes[0].share_of(part) for part in parts) == pytest.approx(1.0)


def test_gpu_engines_take_published_figures_and_the_default_ones_measured_figures() -> None:
    document = json.loads((FOLDER / "service_times.json").read_text(encoding="utf-8"))
    default, gpu = ServiceTimes.read(), ServiceTimes.read(GPU_ENGINES)
    assert gpu.speak == document["published"]["voxcpm.per_speech_second"]["value"]
    assert default.speak == document["measured"]["voice.per_speech_second"]["value"]
    assert gpu.render(30) == 30 / document["published"]["musetalk.frames_per_second"]["value"]


def test_every_figure_says_where_it_comes_from() -> None:
    times = json.loads((FOLDER / "service_times.json").read_text(encoding="utf-8"))
    for entry in times["measured"].values():
        assert {"command", "date", "threads", "what"} <= entry.keys()
        assert entry["command"].startswith("python -m bench.")
    assert all(entry["source"] for entry in times["published"].values())
    assert all(entry["why"] and len(entry["range"]) == 2 for entry in times["assumed"].values())
    assert list(unexplained(json.loads((FOLDER / "assumptions.json").read_text("utf-8")))) == []


def unexplained(document: dict[str, Any]) -> list[str]:
    """Values without a reason, or outside their own range."""
    found = []
    for name, entry in document.items():
        if not isinstance(entry, dict):
            continue
        if "value" not in entry:
            found += unexplained(entry)
            continue
        low, high = entry.get("range", (-math.inf, math.inf))
        in_range = not isinstance(entry["value"], int | float) or low <= entry["value"] <= high
        if not entry.get("why") or not in_range:
            found.append(name)
    return found
