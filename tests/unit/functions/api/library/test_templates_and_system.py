from __future__ import annotations

from dataclasses import replace


def test_templates_are_listed_as_the_seed_shapes_them(client, template):
    answer = client.get("/api/templates/list").json()
    assert answer["total"] == 1
    assert (
        answer["templates"][0].items()
        >= {
            "template_id": "template123",
            "title_text": "示例标题",
            "person_image": "person.jpg",
            "background_image": "bg.jpg",
            "download_url": "/api/download/template/template123",
        }.items()
    )


def test_templates_come_in_pages(client, stores, template):
    for number in range(4):
        stores.templates.put(replace(template, template_id=f"t{number}", created_at=""))
    first = client.get("/api/templates/list?limit=3").json()
    rest = client.get(f"/api/templates/list?limit=3&cursor={first['next_cursor']}").json()
    ids = [entry["template_id"] for entry in first["templates"] + rest["templates"]]
    assert ids == ["t3", "t2", "t1", "t0", "template123"]
    assert (first["total"], rest["next_cursor"]) == (5, None)


def test_one_template_brings_its_parameters(client, template):
    answer = client.get("/api/templates/template123").json()
    assert answer["template"]["parameters"] == {"video_length": 10.0}


def test_an_unknown_template_is_not_found(client):
    answer = client.get("/api/templates/none")
    assert (answer.status_code, answer.json()["code"]) == (404, "template_not_found")


def test_system_status_counts_tasks_and_files(client, ready_file):
    ready_file("video", "a.mp4")
    first, _ = (
        client.post("/api/tasks/voice/generate", json={"text": "你好"}).json() for _ in range(2)
    )
    client.post(f"/api/tasks/{first['task_id']}/cancel")
    assert client.get("/api/system/status").json() == {
        "success": True,
        "system_status": "running",
        "task_stats": {
            "pending": 1,
            "processing": 0,
            "completed": 0,
            "failed": 0,
            "cancelled": 1,
        },
        "file_stats": {"video": 1, "audio": 0, "image": 0, "document": 0},
        "total_tasks": 2,
        "worker_running": True,
    }


def test_tasks_that_nobody_picks_up_show_as_degraded(client, clock):
    client.post("/api/tasks/voice/generate", json={"text": "你好"})
    clock.advance(120)
    assert client.get("/api/system/status").json()["worker_running"] is True
    clock.advance(600)
    answer = client.get("/api/system/status").json()
    assert (answer["system_status"], answer["worker_running"]) == ("degraded", False)
