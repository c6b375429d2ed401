"""docs/cost-and-scale.md follows from its figures, and one of its rows from a pencil."""

from __future__ import annotations

import pytest

from simulation import cost_page
from simulation.cost_model import CostModel, endpoint_month, standing_lines
from tools.prices import prices


@pytest.fixture(scope="module")
def model() -> CostModel:
    return CostModel.read(prices.read())


def test_the_cost_page_is_current() -> None:
    assert cost_page.PAGE.read_text(encoding="utf-8") == cost_page.render(), "run make docs"


def test_a_minute_of_talking_video_by_hand(model: CostModel) -> None:
    rows = {(row.task_type, row.engines, row.compute): row for row in model.rows()}
    row = rows["digital_human", "default", "gpu"]
    speech, render = 60 * 0.31, 60 * 25 / 69.4
    prepare, files = 0.4 * 20 * 0.267, 1.0 + 0.1
    assert row.work == pytest.approx(speech + render + prepare + files)
    hour = 0.5 * 0.237 + 0.3 * 0.362 + 0.2 * 0.45
    assert row.warm_spot == pytest.approx(row.work * hour / 3600)
    assert row.cold_spot - row.warm_spot == pytest.approx((0.45 + 2.2) * hour / 3600)


def test_the_table_of_a_minute_by_hand(model: CostModel) -> None:
    row = next(row for row in model.rows() if (row.task_type, row.compute) == ("voice", "cpu"))
    writes = 59 + 35 / 43 * row.work
    reads = 78 + 24 + row.work
    assert row.table == pytest.approx((writes * 0.625 + reads * 0.125) / 1e6, rel=0.03)


def test_delivery_of_a_minute_by_hand(model: CostModel) -> None:
    around = model.around_a_video(busy_seconds=40.0)
    assert around["delivery"] == pytest.approx(2.5 * 60 / 8 / 1000 * 0.09)


def test_one_interface_endpoint_in_two_zones_by_hand() -> None:
    assert endpoint_month(prices.read()) == pytest.approx(2 * 730 * 0.01)


def test_a_standing_line_is_its_amount_times_its_price() -> None:
    lines = {what: dollars for what, dollars, _ in standing_lines(prices.read())}
    assert lines["images in ECR: 8 GB"] == pytest.approx(0.8)


def test_every_price_is_dated_and_says_how_well_it_is_known() -> None:
    for price in prices.read().prices.values():
        assert price.value > 0
        assert price.kind in prices.KINDS
        assert price.date.startswith("20")
        assert price.source
        assert price.note or price.kind != "assumed", price.name
