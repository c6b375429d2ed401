"""Making, changing and deleting templates over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dh_core.cloud.media_store import template_key
from functions.api.app import app
from functions.api.auth.caller import Caller
from functions.api.http.dependencies import authenticate

CREATE = "/api/tasks/template/create"
BODY = {"person_image": "p.png", "background_image": "b.png"}


@pytest.fixture
def pictures(ready_file):
    for name in ("p.png", "b.png"):
        ready_file("image", name)


@pytest.fixture
def stored(stores, template, tmp_path):
    """The template with its pictures in the bucket."""
    names = {"preview": "preview.mp4", "poster": "poster.png"}
    keys = {
        f"{role}_key": template_key(template.owner, template.template_id, "t-1", name)
        for role, name in names.items()
    }
    for key in keys.values():
        path = tmp_path / "object"
        path.write_bytes(b"x")
        stores.media.upload(path, key, content_type="image/png")
    record = replace(template, **keys)
    stores.templates.put(record)
    return record


def asked(stores, created):
    """What the job of a created task is asked, without what it is not."""
    return stores.tasks.spec(created["task_id"]).model_dump(mode="json", exclude_none=True)


def objects(moto_cloud):
    listed = moto_cloud.media.client.list_objects_v2(Bucket=moto_cloud.media.bucket)
    return [entry["Key"] for entry in listed.get("Contents", ()) if "templates/" in entry["Key"]]


def test_the_seeds_request_is_enough_and_names_the_template(client, pictures):
    answer = client.post(
        CREATE,
        json={
            **BODY,
            "title_text": "AI助手",
            "title_position": [100, 50],
            "title_font_size": 48,
            "video_length": 15.0,
            "user_id": "anna",
        },
    )
    created = answer.json()
    assert answer.status_code == 200, created
    assert created["template_id"] == created["task_id"]
    assert created["message"] == "数字人模板任务已创建"


def test_all_that_a_template_may_say_reaches_its_job(client, stores, pictures):
    wanted = {
        "aspect": "16:9",
        "person_position": [900, 1080],
        "person_scale": 0.8,
        "title_bold": False,
        "title_color": "#FFCC00",
        "face_index": 1,
    }
    created = client.post(CREATE, json={**BODY, **wanted}).json()
    spec = asked(stores, created)
    assert wanted.items() <= spec.items()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title_text", "长" * 500, "text_too_long"),
        ("title_position", [-5, 10], "invalid_request"),
        ("title_position", [5], "invalid_request"),
        ("title_position", [100_000, 10], "invalid_request"),
        ("title_font_size", 0, "invalid_request"),
        ("title_color", "red", "invalid_request"),
        ("aspect", "4:3", "invalid_request"),
        ("person_scale", 50, "invalid_request"),
        ("video_length", 0.5, "invalid_request"),
        ("video_length", 61, "invalid_request"),
        ("face_index", -1, "invalid_request"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(client, pictures, field, value, code):
    answer = client.post(CREATE, json={**BODY, field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert field in answer.json()["error"]


def test_a_patch_starts_a_task_that_keeps_the_templates_id(client, stores, stored):
    answer = client.patch(
        "/api/templates/template123", json={"title_text": "新的", "aspect": "1:1"}
    )
    changed = answer.json()
    assert answer.status_code == 200, changed
    assert changed["template_id"] == "template123"
    assert changed["message"] == "数字人模板修改任务已创建"
    assert asked(stores, changed) == {
        "type": "template_edit",
        "template_id": "template123",
        "title_text": "新的",
        "aspect": "1:1",
    }


def test_an_empty_title_is_a_change_and_takes_it_away(client, stores, stored):
    changed = client.patch("/api/templates/template123", json={"title_text": ""}).json()
    assert asked(stores, changed)["title_text"] == ""


def test_the_address_decides_which_template_is_changed(client, stores, stored):
    body = {"template_id": "another", "title_bold": False}
    refused = client.patch("/api/templates/template123", json=body)
    assert refused.json()["error"].startswith("template_id is not a field here")
    changed = client.patch("/api/templates/template123", json={"title_bold": False}).json()
    assert asked(stores, changed)["template_id"] == "template123"


def test_new_pictures_must_have_been_uploaded(client, stored, ready_file):
    missing = client.patch("/api/templates/template123", json={"background_image": "new.png"})
    assert (missing.status_code, missing.json()["code"]) == (404, "file_not_found")
    ready_file("image", "new.png")
    found = client.patch("/api/templates/template123", json={"background_image": "new.png"})
    assert found.status_code == 200


@pytest.mark.parametrize("body", [{}, {"face_index": 1}, {"title_font_size": 9000}])
def test_a_patch_that_makes_no_sense_is_refused(client, stored, body):
    answer = client.patch("/api/templates/template123", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_an_unknown_template_cannot_be_changed(client):
    answer = client.patch("/api/templates/none", json={"title_text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "template_not_found")


def test_deleting_takes_record_and_pictures_and_may_be_repeated(client, stored, moto_cloud):
    assert objects(moto_cloud)
    answer = client.delete("/api/templates/template123")
    assert answer.json() == {
        "success": True,
        "message": "模板已删除",
        "template_id": "template123",
    }
    assert objects(moto_cloud) == []
    assert client.get("/api/templates/template123").status_code == 404
    again = client.delete("/api/templates/template123")
    assert (again.status_code, again.json()["code"]) == (404, "template_not_found")


def test_another_owner_can_neither_change_nor_delete_it(client, stored):
    app.dependency_overrides[authenticate] = lambda: Caller("somebody-else")
    try:
        for method, body in (("patch", {"title_text": "x"}), ("delete", None)):
            answer = client.request(method, "/api/templates/template123", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "template_not_found")
    finally:
        del app.dependency_overrides[authenticate]
    assert client.get("/api/templates/template123").status_code == 200


@pytest.mark.parametrize(
    ("query", "content_type", "suffix"),
    [("", "video/mp4", "mp4"), ("&file=poster", "image/png", "png")],
)
def test_preview_and_poster_can_be_downloaded(client, stored, query, content_type, suffix):
    answer = client.get(f"/api/download/template/template123?redirect=false{query}").json()
    assert answer["content_type"] == content_type
    assert answer["filename"] == f"template123.{suffix}"
