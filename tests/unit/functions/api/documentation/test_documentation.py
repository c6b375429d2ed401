"""The OpenAPI document, its page, the error page and the changelog say what is true."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import BaseModel

from dh_core.errors.catalogue import WARNINGS, job_codes, request_codes
from dh_core.version import VERSION
from functions.api.app import app
from tools.pages import error_page, options_page

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="module")
def document():
    return app.openapi()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def models(base=BaseModel):
    for model in base.__subclasses__():
        yield model
        yield from models(model)


def test_every_route_has_a_summary_in_english_and_chinese_and_a_known_tag(document):
    tags = {tag["name"] for tag in document["tags"]}
    for route, operation in operations(document):
        assert re.fullmatch(r"[\x20-\x7e]+ · .*[\u4e00-\u9fff].*", operation["summary"]), route
        assert operation["tags"] and set(operation["tags"]) <= tags, route


def test_every_operation_has_a_short_name_of_its_own_for_generated_clients(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    names += [call["post"]["operationId"] for call in document["webhooks"].values()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+){1,3}", name)] == []
    assert [server["url"] for server in document["servers"]] == ["/"]


def test_every_field_and_parameter_says_what_it_means(document):
    parts = [
        (f"{name}.{field}", part)
        for name, schema in document["components"]["schemas"].items()
        for field, part in schema.get("properties", {}).items()
    ]
    parts += [
        (f"{route}: {parameter['name']}", parameter)
        for route, operation in operations(document)
        for parameter in operation.get("parameters", ())
    ]
    silent = [name for name, part in parts if not (part.get("description") or "$ref" in part)]
    assert silent == []


def test_every_answer_says_what_it_holds_and_names_its_request(document):
    for route, operation in operations(document):
        responses = operation["responses"]
        assert "500" in responses, route
        assert not {"422", "default"} & set(responses), route
        for status, response in responses.items():
            assert response["description"], route
            assert "X-Request-Id" in response["headers"], route
            if int(status) >= 400:
                examples = response["content"]["application/json"]["examples"]
                assert all(one["value"]["code"] == code for code, one in examples.items())
            if status == "302":
                assert "Location" in response["headers"], route


def test_every_request_and_answer_has_an_example_that_its_model_takes(document):
    schemas = document["components"]["schemas"]
    lacking = [
        name
        for name, schema in schemas.items()
        if name.endswith(("Response", "Request")) and not schema.get("examples")
    ]
    assert lacking == []
    known = {model.__name__: model for model in models()}
    for name, schema in schemas.items():
        for example in schema.get("examples", ()):
            known[name].model_validate(example)


def test_what_counts_as_absent_is_said_of_optional_fields_only(document, client):
    field = document["components"]["schemas"]["VoiceRequest"]["properties"]
    assert {"const": "", "description": "Counts as absent"} in field["reference_audio"]["anyOf"]
    assert {"type": "number"} in field["user_id"]["anyOf"]
    assert "anyOf" not in field["text"]
    body = {"text": "你好", "reference_audio": "", "speed": None, "uuid": "", "user_id": 7}
    assert client.post("/api/tasks/voice/generate", json=body).status_code == 200


def test_every_refusal_says_what_to_do_about_it():
    told = re.compile(r"; |must |takes |ign in|wait |cut it|: [A-Z]")
    silent = [
        f"{code}: {one.meaning}"
        for code, one in {**job_codes(), **request_codes()}.items()
        if not told.search(one.meaning) and code != "wechat_user_blocked"
    ]
    assert silent == []


def test_every_code_in_the_sources_is_in_the_catalogue():
    known = set(request_codes()) | set(job_codes())
    found = {}
    for folder in ("functions", "layers"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            pattern = r"""(?:\bcode=|\bcode\s*=\s*|FileProblem\(\s*)"([a-z_]+)\""""
            found |= dict.fromkeys(re.findall(pattern, text), path.name)
    # These end an attempt or a move, never a task or an answer.
    inner = {"attempt_failed", "cancelled", "transition_refused"}
    assert {code: at for code, at in found.items() if code not in known | inner} == {}


def test_every_warning_in_the_sources_is_in_the_catalogue():
    found = {"subtitles_unavailable"}
    for path in (ROOT / "gpu_jobs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""_WARNING(?:: Final)? = "([a-z_]+)\"""", text))
        found |= set(re.findall(r"""[A-Z_]+: Final = "(reference_[a-z_]+)\"""", text))
    assert found == set(WARNINGS)


def test_the_error_page_is_current():
    current = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert current == error_page.render(), "run make docs"
    assert error_page.CLIENT.read_text("utf-8") == error_page.client_sentences(), "run make docs"
    assert error_page.STUDIO.read_text("utf-8") == error_page.studio_warnings(), "run make docs"


def test_the_page_of_options_is_current(document):
    current = options_page.PAGE.read_text(encoding="utf-8")
    assert current == options_page.render(document["components"]["schemas"]), "run make docs"


def test_the_version_is_the_changelogs_newest(document):
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(\d.*?)\]", text, re.MULTILINE)[0] == VERSION
    assert document["info"]["version"] == VERSION


def test_a_browser_at_the_door_of_the_api_is_led_to_its_page_and_a_program_is_told_of_it(client):
    led = client.get("/api", headers={"Accept": "text/html,*/*"}, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (302, "/api/docs")
    told = client.get("/api", headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (404, "route_not_found")


def test_the_page_is_served_and_loads_nothing_from_elsewhere(client):
    answer = client.get("/api/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "openapi.json" in answer.text
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//|url\(|@import", answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    asked = client.post("/api/upload/audio", json={"filename": "a.wav", "file_size": 9}).json()
    bucket = urlsplit(asked["upload"]["url"])
    assert f"connect-src 'self' {bucket.scheme}://{bucket.netloc};" in policy
    assert client.get("/api/openapi.json").json()["info"]["title"] in answer.text
