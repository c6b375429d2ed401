"""What a task would take and cost, asked before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dh_core.settings.prices import PriceTable, TaskPrice
from dh_core.tasks.polling import PastRuns

TEXT = "今天天气很好，我们去公园走走。"


def ask(client: TestClient, **fields: Any) -> Any:
    return client.post("/api/tasks/estimate", json=fields)


def test_speech_work_and_cost_are_told_before_anything_is_made(
    client: TestClient, stores: Any, configure: Callable[..., None]
) -> None:
    stores.past_runs.add("voice", PastRuns("kokoro", wait=2, run=10, characters=len(TEXT)))
    prices = PriceTable(currency="CNY", tasks={"voice": TaskPrice(task=1, second=0.1)})
    configure(price_table=prices)
    told = ask(client, task_type="voice", text=TEXT).json()
    assert 2 < told["speech_seconds"] < 5
    assert (told["work_seconds"], told["wait_seconds"]) == (10.0, 2.0)
    assert told["ready_at"].startswith("2027-01-15T08:00:12")
    assert told["cost"] == {
        "amount": pytest.approx(1 + 0.1 * told["speech_seconds"]),
        "currency": "CNY",
    }
    slow = ask(client, task_type="voice", text=TEXT, speed=0.5).json()
    assert slow["speech_seconds"] == pytest.approx(2 * told["speech_seconds"], abs=0.2)
    assert client.get("/api/tasks").json()["tasks"] == []


def test_what_nobody_knows_is_null(client: TestClient, configure: Callable[..., None]) -> None:
    prices = PriceTable(currency="CNY", tasks={"digital_human": TaskPrice(second=0.1)})
    configure(price_table=prices)
    recorded = {"sample_video": "later.mp4", "speech_audio": "later.wav"}
    told = ask(client, task_type="digital_human", **recorded).json()
    assert set(told.values()) == {True, None}


def test_a_wrong_field_is_refused_as_by_the_creating_route(client: TestClient) -> None:
    wrong = ask(client, task_type="voice", text=TEXT, speed=9)
    assert (wrong.status_code, wrong.json()["details"][0]["field"]) == (400, "speed")
    assert ask(client, task_type="voice", text="。").json()["code"] == "unspeakable_text"
    unknown = ask(client, task_type="film").json()
    assert unknown["error"].startswith("task_type must be one of")
