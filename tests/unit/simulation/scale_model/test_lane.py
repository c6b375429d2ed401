"""The lane against queueing theory, and what it promises about every task."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from simulation.scale_model.figures import ComputeFigures, Recovery
from simulation.scale_model.lane import COMPLETED, FAILED, Lane

RECOVERY = Recovery(
    runs_per_attempt=3, attempts=3, noticed_after=15, silent_share=0.1, silent_after=90
)
EC2 = ComputeFigures(
    max_workers=50,
    scaling_interval=60,
    provision=90,
    image_pull=100,
    placement=8,
    idle_seconds=300,
    reclaims_per_hour=0.0,
    notice_seconds=120,
    stops_at_notice=False,
    on_demand_share=0.0,
    keeps_hosts=True,
    spot_price=0.36,
    on_demand_price=0.72,
)
FARGATE = replace(
    EC2,
    scaling_interval=0,
    placement=0,
    idle_seconds=0,
    stops_at_notice=True,
    keeps_hosts=False,
)


def lane_of(
    figures: ComputeFigures,
    *,
    count: int = 2000,
    every: float = 2.0,
    work: float = 30.0,
    seed: int = 3,
    keep_alive: float = 0.0,
    load: float = 5.0,
) -> Lane:
    """Poisson arrivals, exponential work, one kind of task."""
    drawn = random.Random(seed)
    now, arrival = 0.0, []
    for _ in range(count):
        now += drawn.expovariate(1 / every)
        arrival.append(now)
    return Lane(
        figures,
        RECOVERY,
        arrival=arrival,
        work=[drawn.expovariate(1 / work) for _ in range(count)],
        kind=[0] * count,
        load=[load],
        keep_alive=keep_alive,
        seed=seed,
    )


def erlang_c(servers: int, offered: float) -> float:
    """Probability of waiting in M/M/c; `offered`: arrival rate times mean service. Erlang 1917."""
    terms = [offered**k / math.factorial(k) for k in range(servers)]
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return last / (sum(terms) + last)


def test_mean_wait_is_that_of_erlang_c_when_machines_are_always_there() -> None:
    servers, every, work = 8, 5.0, 32.0
    always = replace(
        EC2,
        max_workers=servers,
        scaling_interval=0,
        provision=0,
        image_pull=0,
        placement=0,
        idle_seconds=math.inf,
    )
    waits: list[float] = []
    for seed in range(3):
        lane = lane_of(always, count=20_000, every=every, work=work, load=0.0, seed=seed)
        lane.run()
        began = zip(lane.began, lane.arrival, strict=True)
        waits += [start - came for start, came in list(began)[2000:]]
    offered = work / every
    expected = erlang_c(servers, offered) * work / (servers - offered)
    assert sum(waits) / len(waits) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("figures", [EC2, FARGATE])
@pytest.mark.parametrize("keep_alive", [0.0, 60.0])
def test_every_task_ends_exactly_once_although_machines_are_reclaimed(
    figures: ComputeFigures, keep_alive: float
) -> None:
    lane = lane_of(replace(figures, reclaims_per_hour=20.0), keep_alive=keep_alive)
    lane.run()
    assert lane.open == 0
    assert lane.workers == 0
    assert lane.state.count(COMPLETED) + lane.state.count(FAILED) == 2000
    assert all(end > came for end, came in zip(lane.ended, lane.arrival, strict=True))
    assert lane.ledger.lost_runs == sum(lane.losses) > 0
    assert lane.ledger.runs == lane.state.count(COMPLETED) + lane.ledger.lost_runs


def test_a_task_that_no_machine_survives_fails_after_the_bounded_number_of_runs() -> None:
    deadly = replace(FARGATE, image_pull=0, reclaims_per_hour=2000.0)
    lane = lane_of(deadly, count=5, every=500.0, work=5000.0)
    lane.run()
    assert lane.state.count(FAILED) == 5
    assert list(lane.losses) == [RECOVERY.runs] * 5


def test_work_that_fits_into_the_two_minutes_of_notice_is_not_lost() -> None:
    lane = lane_of(replace(EC2, reclaims_per_hour=20.0), work=1.0, load=1.0)
    lane.run()
    assert lane.ledger.reclaims > 0
    assert lane.ledger.lost_runs == 0


def test_workers_that_are_kept_alive_load_models_less_often_and_let_tasks_wait_less() -> None:
    cold, warm = lane_of(EC2), lane_of(EC2, keep_alive=60.0)
    cold.run()
    warm.run()
    assert cold.ledger.model_loads == 2000
    assert warm.ledger.model_loads < 200
    assert waiting(warm) < waiting(cold)


def waiting(lane: Lane) -> float:
    return sum(lane.began) - sum(lane.arrival)


def test_without_tasks_nobody_is_paid_and_an_idle_machine_leaves_after_its_time() -> None:
    none = lane_of(EC2, count=0)
    none.run()
    assert none.ledger.billed == 0
    one = lane_of(EC2, count=1, work=10.0)
    one.run()
    (_, left), (ended,) = one.spans[0], one.ended
    assert left - ended == pytest.approx(EC2.idle_seconds)
    assert one.ledger.dollars(EC2) == pytest.approx(one.ledger.billed * 0.36 / 3600)


def test_paid_seconds_are_start_loading_work_idleness_and_loss() -> None:
    lane = lane_of(replace(FARGATE, reclaims_per_hour=5.0))
    lane.run()
    ledger = lane.ledger
    parts = ledger.booting + ledger.loading + ledger.useful + ledger.lost
    assert parts == pytest.approx(ledger.billed, rel=0.001)
    assert ledger.idle == pytest.approx(0.0, abs=1.0)


def test_a_shared_video_is_done_sooner_by_its_helpers_and_its_work_stays_the_same() -> None:
    arrival = [float(number * 40) for number in range(50)]

    def run(width: int) -> Lane:
        lane = Lane(
            replace(EC2, reclaims_per_hour=0.0),
            RECOVERY,
            arrival=arrival,
            work=[100.0] * 50,
            kind=[0] * 50,
            load=[2.0],
            keep_alive=120.0,
            shared=dict.fromkeys(range(50), (90.0, 5.0)),
            width=width,
            around=1.0,
        )
        lane.run()
        return lane

    alone, shared = run(1), run(4)
    assert shared.open == 0
    assert alone.ledger.useful == pytest.approx(5000.0)
    # Helpers fetch the avatar and label their segments; those that come too late find nothing.
    assert 5000.0 <= shared.ledger.useful <= 5000.0 + 50 * 3 * 1.0
    assert sum(shared.ended) - sum(alone.ended) < -50 * 30


def test_shared_videos_survive_reclaims() -> None:
    lane = Lane(
        replace(EC2, reclaims_per_hour=15.0),
        RECOVERY,
        arrival=[float(number * 20) for number in range(200)],
        work=[400.0] * 200,
        kind=[0] * 200,
        load=[2.0],
        shared=dict.fromkeys(range(0, 200, 2), (390.0, 20.0)),
        width=4,
        around=1.0,
    )
    lane.run()
    assert lane.ledger.lost_runs > 0
    assert lane.open == 0
    assert lane.workers == 0
    assert lane.state.count(COMPLETED) + lane.state.count(FAILED) == 200
