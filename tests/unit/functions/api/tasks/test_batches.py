"""Many tasks asked for together."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from functions.api.service.tasks import batches

BATCH = "/api/tasks/batch"
TWO = {"tasks": [{"task_type": "voice", "text": "一。"}, {"task_type": "voice", "text": "二。"}]}


def ask(client: TestClient, body: Any, key: str | None = None, language: str = "en") -> Any:
    headers = {"Accept-Language": language} | ({"Idempotency-Key": key} if key else {})
    return client.post(BATCH, json=body, headers=headers)


def templated(template: dict[str, Any], *rows: dict[str, Any]) -> dict[str, Any]:
    return {"template": template, "variables": list(rows)}


def test_each_task_is_accepted_or_refused_by_itself_with_its_own_code(client: TestClient) -> None:
    answer = ask(
        client,
        {
            "tasks": [
                {"task_type": "voice", "text": "好。", "uuid": "first"},
                {"task_type": "voice", "text": "好。", "speed": 9},
                {"task_type": "digital_human", "speech_text": "好。", "sample_video": "no.mp4"},
                {"task_type": "nonsense"},
                {"text": "好。"},
            ]
        },
    ).json()
    assert [task["status"] for task in answer["tasks"]] == ["pending", *[None] * 4]
    errors = [task["error"] for task in answer["tasks"]]
    assert errors[0] is None
    assert [one["code"] for one in errors[1:]] == [
        "invalid_request",
        "file_not_found",
        "invalid_request",
        "invalid_request",
    ]
    assert errors[1]["details"][0] == {
        "field": "speed",
        "reason": "speed must be at most 2.0.",
        "allowed": {"maximum": 2.0},
    }
    assert [one["details"][0]["field"] for one in errors[3:]] == ["task_type", "task_type"]
    assert (answer["counts"]["pending"], answer["counts"]["refused"]) == (1, 4)
    status = client.get(f"/api/tasks/{answer['tasks'][0]['task_id']}/status").json()
    assert status["uuid"] == "first"


def test_a_batch_tells_where_its_tasks_are(client: TestClient, complete: Any) -> None:
    made = ask(client, TWO).json()
    first, second = (task["task_id"] for task in made["tasks"])
    complete(first, {"files": {}, "data": {}})
    client.post(f"/api/tasks/{second}/cancel")
    then = client.get(made["status_url"]).json()
    assert [task["status"] for task in then["tasks"]] == ["completed", "cancelled"]
    assert then["ended"] and not made["ended"]
    client.delete(f"/api/tasks/{second}")
    last = client.get(made["status_url"]).json()
    assert (last["counts"]["completed"], last["counts"]["deleted"]) == (1, 1)
    assert last["tasks"][1]["status"] is None


def test_the_same_key_answers_the_same_batch_and_tries_again_what_was_refused(
    client: TestClient, announce_file: Any
) -> None:
    body = {"tasks": [*TWO["tasks"], {"task_type": "extract_audio", "video_file": "late.mp4"}]}
    first = ask(client, body, key="order-1").json()
    assert first["tasks"][2]["error"]["code"] == "file_not_found"
    announce_file("video", "late.mp4")
    again = ask(client, body, key="order-1").json()
    assert again["batch_id"] == first["batch_id"]
    assert again["tasks"][:2] == first["tasks"][:2]
    assert again["tasks"][2]["status"] == "pending"
    assert client.get("/api/tasks").json()["tasks"].__len__() == 3
    other = ask(client, TWO, key="order-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_a_batch_that_was_cut_short_is_made_whole_by_the_same_request(
    client: TestClient, stores: Any, monkeypatch: Any
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(type(stores.batches), "note", lambda *_: None)
        first = ask(client, TWO, key="k").json()
    again = ask(client, TWO, key="k").json()
    assert [one["task_id"] for one in again["tasks"]] == [one["task_id"] for one in first["tasks"]]


def test_what_there_is_no_time_for_is_left_to_the_next_request(
    client: TestClient, monkeypatch: Any
) -> None:
    with monkeypatch.context() as slow:
        slow.setattr(batches, "_SECONDS", -1.0)
        late = ask(client, TWO, key="k").json()
    assert {one["error"]["code"] for one in late["tasks"]} == {"batch_unfinished"}
    assert all(one["error"]["retryable"] for one in late["tasks"])
    assert ask(client, TWO, key="k").json()["counts"]["pending"] == 2


def test_a_template_is_filled_in_for_each_row(client: TestClient, stores: Any) -> None:
    answer = ask(
        client,
        templated(
            {"task_type": "voice", "text": "{姓名}您好，{{共}}{n}件。", "uuid": "order-{n}"},
            {"姓名": "小王", "n": 3},
            {"姓名": "小李", "n": 12},
        ),
    ).json()
    said = [stores.tasks.spec(one["task_id"]).text for one in answer["tasks"]]
    assert said == ["小王您好，{共}3件。", "小李您好，{共}12件。"]
    assert [one["uuid"] for one in answer["tasks"]] == ["order-3", "order-12"]


def test_a_value_is_never_a_tag(client: TestClient, stores: Any) -> None:
    text = '<speak>{who}<break time="1s"/></speak>'
    template = {"task_type": "voice", "text_type": "ssml", "text": text}
    (made,) = ask(client, templated(template, {"who": "A&B<break/>"})).json()["tasks"]
    assert stores.tasks.spec(made["task_id"]).script.words == "A&B<break/>"


def test_a_wrong_variable_is_named_and_nothing_is_made(client: TestClient) -> None:
    template = {"task_type": "voice", "text": "{name}您好。"}
    missing = ask(client, templated(template, {"name": "王"}, {}))
    assert (missing.status_code, missing.json()["code"]) == (400, "variable_missing")
    assert missing.json()["details"][0]["field"] == "variables.1.name"
    unknown = ask(client, templated(template, {"name": "王", "nmae": "李"})).json()
    assert unknown["code"] == "variable_unknown"
    assert "did you mean name?" in unknown["error"]
    stray = ask(client, templated({**template, "text": "{name}:{"}, {"name": "王"}), language="zh")
    assert stray.json()["code"] == "variable_malformed"
    assert "花括号" in stray.json()["error"]
    assert client.get("/api/tasks").json()["tasks"] == []


def test_a_batch_is_one_of_two_forms_and_bounded(client: TestClient) -> None:
    for body in (
        {},
        {"tasks": []},
        {**TWO, "template": {"task_type": "voice", "text": "好"}},
        {"template": {"task_type": "voice", "text": "好"}},
        {"tasks": TWO["tasks"] * 51},
        templated({"task_type": "voice", "text": "{a}"}, {"a": True}),
    ):
        answer = ask(client, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), body
    missing = client.get("/api/batches/77777777-7777-4777-8777-777777777777")
    assert (missing.status_code, missing.json()["code"]) == (404, "batch_not_found")
