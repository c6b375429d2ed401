from __future__ import annotations

import pytest

from dh_core.cloud.messages import AccountDeletionDue, parse
from dh_core.tasks.usage import Usage
from tests.unit.functions.api.requests_made import create


@pytest.fixture
def anna(client, sign_in):
    sign_in("anna")
    return client


def test_a_deletion_is_started_once_and_announced(anna, moto_cloud):
    first = anna.post("/api/account/delete")
    again = anna.post("/api/account/delete")
    assert (first.status_code, first.json()["state"]) == (202, "deleting")
    assert again.json()["deletion_id"] == first.json()["deletion_id"]
    assert anna.get("/api/account/deletion").json() == again.json()
    assert {parse(body) for body in moto_cloud.announced()} == {AccountDeletionDue(owner="anna")}


def test_nothing_new_is_made_while_the_account_is_deleted(anna, sign_in):
    anna.post("/api/account/delete")
    upload = {"filename": "a.wav", "file_size": 10}
    for answer in (
        create(anna),
        anna.post("/api/upload/audio", json=upload),
        anna.put("/api/webhook", json={"url": "https://example.com/hook"}),
        anna.post("/api/webhook/secret"),
        anna.delete("/api/webhook"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "account_deleting")
    sign_in("ben")
    assert create(anna).status_code == 200


def test_without_accounts_nobody_can_delete_everything(client):
    answer = client.post("/api/account/delete")
    assert (answer.status_code, answer.json()["code"]) == (409, "account_shared")


def test_who_deletes_nothing_has_no_progress_to_ask_for(anna):
    answer = anna.get("/api/account/deletion")
    assert (answer.status_code, answer.json()["code"]) == (404, "deletion_not_found")


def run(stores, usage, *, ending="complete"):
    def end(task_id):
        claim = stores.tasks.start(task_id, stores.tasks.dispatch(task_id, 60).attempt, 1, 60)
        if ending == "complete":
            stores.tasks.complete(claim, {"files": {}, "data": {}}, usage=usage)
        else:
            stores.tasks.fail(task_id, code="x", message="x", claim=claim, usage=usage)

    return end


def test_usage_is_summed_per_day_failures_included(anna, stores, clock, sign_in):
    used = Usage(attempts=1, cpu_ms=1000, gpu_ms=500, output_ms=3000, output_bytes=10)
    run(stores, used)(create(anna).json()["task_id"])
    run(stores, Usage(attempts=1, cpu_ms=500), ending="fail")(create(anna).json()["task_id"])
    clock.advance(86_400)
    run(stores, used)(create(anna).json()["task_id"])
    answer = anna.get("/api/usage").json()
    first, second = answer["days"]
    assert (first["date"], second["date"]) == ("2027-01-15", "2027-01-16")
    assert (first["attempts"], first["cpu_seconds"], first["output_seconds"]) == (2, 1.5, 3.0)
    assert answer["total"] == {
        "attempts": 3,
        "cpu_seconds": 2.5,
        "gpu_seconds": 1.0,
        "output_seconds": 6.0,
        "video_seconds": 0.0,
        "output_bytes": 20,
    }
    one = anna.get("/api/usage?from=2027-01-16&to=2027-01-16").json()
    assert [day["date"] for day in one["days"]] == ["2027-01-16"]
    sign_in("ben")
    assert anna.get("/api/usage").json()["days"] == []


def test_an_attempt_that_ended_no_task_is_charged_too(anna, stores):
    task_id = create(anna).json()["task_id"]
    stores.tasks.record_usage(task_id, "anna", Usage(attempts=1, cpu_ms=700))
    stores.tasks.cancel(task_id)
    anna.delete(f"/api/tasks/{task_id}")
    stores.tasks.record_usage(task_id, "anna", Usage(attempts=1, cpu_ms=300))
    assert anna.get("/api/usage").json()["total"]["cpu_seconds"] == 1.0


@pytest.mark.parametrize(
    "query",
    ["from=2027-02-01&to=2027-01-01", "to=0", "from=2020-01-01", "from=x", "to=0001-01-01&from=x"],
)
def test_a_period_that_makes_no_sense_is_refused(anna, query):
    assert anna.get(f"/api/usage?{query}").status_code == 400


def test_the_first_day_of_all_is_a_day(anna):
    assert anna.get("/api/usage?to=0001-01-01").status_code == 200
