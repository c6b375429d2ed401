"""Every route of the OpenAPI document, with two owners and a stranger.

A route that is not in `expectations.ROUTES` fails the first test: say there what it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Route

from dh_core.access.identity import ALL_SCOPES, USER_SCOPES, Scope
from dh_core.store import TemplateRecord
from functions.api.app import app
from functions.api.documentation import security as security_docs
from tests.conftest import Resources
from tests.unit.functions.api.access.expectations import (
    CASES,
    GUARDED,
    ROUTES,
    Kind,
    cases,
)
from tests.unit.functions.api.access.world import OTHER, OWNER, World, add_file, add_task, add_voice


@pytest.fixture(scope="module")
def furnished() -> dict[str, Any]:
    """What the first test made, for the others to start from: making it takes a third of a second,
    putting it back a hundredth."""
    return {}


@pytest.fixture
def world(
    client: TestClient,
    moto_cloud: Any,
    resources: Resources,
    furnished: dict[str, Any],
    complete: Callable[..., Any],
    guarded: None,
    key_of: Callable[..., dict[str, str]],
) -> World:
    if not furnished:
        furnished["names"] = furnish(client, moto_cloud, complete, key_of)
        furnished["contents"] = resources.contents()
    resources.put(furnished["contents"])
    theirs, nobodys = furnished["names"]
    return World(client, moto_cloud, dict(theirs), dict(nobodys))


def furnish(
    client: TestClient,
    moto_cloud: Any,
    complete: Callable[..., Any],
    key_of: Callable[..., dict[str, str]],
) -> tuple[dict[str, str], dict[str, str]]:
    """Make the owner's things; answers their names and names that nobody has."""
    theirs = {
        "file_type": "audio",
        "kind": "audio",
        "stem": "secret-a",
        "filename": "secret-a.wav",
        "video": "secret-a.mp4",
        "image": "secret-a.png",
        "uuid": "uuid-of-a",
        "idempotency_key": "key-of-a",
        "template_id": "template-of-a",
        "word": "SecretA",
        "voice_id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
    }
    for file_type, name in (("audio", "filename"), ("video", "video"), ("image", "image")):
        add_file(moto_cloud, file_type, theirs[name])
    theirs["task_id"] = add_task(moto_cloud, idempotency_key=theirs["idempotency_key"])
    output = {"key": "generated/t/1/a.wav", "content_type": "audio/wav", "filename": "a.wav"}
    complete(add_task(moto_cloud, uuid=theirs["uuid"]), {"files": {"audio": output}, "data": {}})
    moto_cloud.templates.put(
        TemplateRecord(
            OWNER, theirs["template_id"], "题", "p.jpg", "b.jpg", {}, "generated/t/1/p.mp4"
        )
    )
    add_voice(moto_cloud, theirs["voice_id"])
    nobodys = {
        **theirs,
        "stem": "secret-z",
        "filename": "secret-z.wav",
        "video": "secret-z.mp4",
        "image": "secret-z.png",
        "uuid": "uuid-of-z",
        "idempotency_key": "key-of-z",
        "template_id": "template-of-z",
        "word": "SecretZ",
        "voice_id": "99999999-9999-4999-8999-999999999999",
        "task_id": "88888888-8888-4888-8888-888888888888",
    }
    started = client.post(
        "/api/upload/audio/multipart",
        json={"filename": "x.wav", "file_size": 10, "custom_name": "in-parts-a"},
        headers=key_of(OWNER),
    )
    theirs["upload_id"] = started.json()["upload_id"]
    batch = {"tasks": [{"task_type": "voice", "text": "秘密"}]}
    made = client.post("/api/tasks/batch", json=batch, headers=key_of(OWNER))
    theirs["batch_id"] = made.json()["batch_id"]
    nobodys["batch_id"] = "77777777-7777-4777-8777-777777777777"
    theirs["key_id"] = key_of(OWNER)["Authorization"].split("_")[1]
    nobodys["key_id"] = "7" * 16
    nobodys["upload_id"] = "z" * len(theirs["upload_id"])
    client.put("/api/webhook", json={"url": "https://a.example.com"}, headers=key_of(OWNER))
    body = {"reading": "mi4 mi4"}
    client.put(f"/api/pronunciations/{theirs['word']}", json=body, headers=key_of(OWNER))
    return theirs, nobodys


def unnamed(answer: Any, called: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers without the request's id and the names that it was asked for."""
    body = answer.text
    if answer.headers.get("content-type") == "application/json":
        document = answer.json()
        document.pop("request_id", None)
        body = json.dumps(document, ensure_ascii=False)
    for name in (
        "filename",
        "video",
        "image",
        "task_id",
        "batch_id",
        "key_id",
        "voice_id",
        "template_id",
        "uuid",
        "word",
    ):
        body = body.replace(called[name], f"<{name}>")
    headers = {k: v for k, v in answer.headers.items() if k not in ("x-request-id",)}
    return answer.status_code, body, headers


def test_every_route_of_the_document_is_walked_here() -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert documented == set(ROUTES)


def test_routes_beside_the_document_are_walked_too_or_show_only_the_document() -> None:
    shown = {"/api", "/api/openapi.json", "/api/docs", "/api/docs/errors"}
    served = {
        f"{method} {route.path}"
        for route in app.router.routes
        if isinstance(route, Route) and route.path not in shown
        for method in route.methods or ()
    }
    assert served - set(CASES) == set()


def test_the_document_names_the_scope_of_every_route_that_has_one() -> None:
    document = {
        "paths": {
            name.split(" ")[1]: {name.split(" ")[0].lower(): {"security": [{"bearer": []}]}}
            for name, route in ROUTES.items()
            if route.scope
        },
        "components": {},
    }
    security_docs.declare(document, is_open=False)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scope = ROUTES[f"{method.upper()} {path}"].scope
            assert operation["security"] == [{"bearer": [scope]}, {"api_key": [scope]}]


@cases(Kind.NAMES)
def test_another_owners_thing_answers_exactly_like_none(
    world: World, key_of: Callable[..., dict[str, str]], name: str
) -> None:
    before = world.contents()
    with world.calls() as calls_for_theirs:
        theirs = world.ask(name, world.theirs, key_of(OTHER))
    with world.calls() as calls_for_nobodys:
        nobodys = world.ask(name, world.nobodys, key_of(OTHER))
    assert theirs.status_code == 404
    assert unnamed(theirs, world.theirs) == unnamed(nobodys, world.nobodys)
    assert calls_for_theirs == calls_for_nobodys
    assert world.contents() == before
    own = world.ask(name, world.theirs, key_of(OWNER))
    assert own.status_code not in (401, 403, 404), own.text


@cases(Kind.LISTS)
def test_a_list_tells_of_the_callers_own_things_only(
    world: World, key_of: Callable[..., dict[str, str]], name: str
) -> None:
    own = world.ask(name, world.theirs, key_of(OWNER))
    others = world.ask(name, world.theirs, key_of(OTHER))
    nobodys = world.ask(name, world.theirs, key_of("shop-with-nothing"))
    assert own.status_code == others.status_code == 200
    assert others.json() == nobodys.json() != own.json()
    known = {*world.theirs.values()} - {"audio"}
    assert not [secret for secret in known if secret in others.text]


@cases(Kind.CREATES)
def test_a_name_that_another_owner_has_taken_is_free(
    world: World, key_of: Callable[..., dict[str, str]], name: str
) -> None:
    before = world.contents()
    with world.calls() as calls_for_theirs:
        taken = world.ask(name, world.theirs, key_of(OTHER))
    with world.calls() as calls_for_nobodys:
        free = world.ask(name, world.nobodys, key_of(OTHER))
    assert taken.status_code == free.status_code == 200
    assert taken.json().keys() == free.json().keys()
    assert calls_for_theirs == calls_for_nobodys
    assert taken.json().get("task_id") not in (world.theirs["task_id"],)
    if "file_info" in taken.json():
        assert taken.json()["file_info"]["filename"] == world.theirs["filename"]
    assert world.contents() == before


@cases(Kind.ACTS)
def test_what_concerns_an_account_leaves_the_others_alone(
    world: World, key_of: Callable[..., dict[str, str]], name: str
) -> None:
    before = world.contents()
    answer = world.ask(name, world.theirs, key_of(OTHER))
    nobodys = world.ask(name, world.theirs, key_of("shop-with-nothing"))
    assert answer.status_code == nobodys.status_code
    assert answer.status_code not in (401, 403)
    assert not [secret for secret in world.theirs.values() if f'"{secret}"' in answer.text]
    assert world.contents() == before


def test_a_task_named_among_others_is_as_good_as_none(
    world: World, key_of: Callable[..., dict[str, str]]
) -> None:
    theirs, nobodys = (
        world.client.get(f"/api/tasks?ids={named['task_id']}", headers=key_of(OTHER))
        for named in (world.theirs, world.nobodys)
    )
    assert unnamed(theirs, world.theirs) == unnamed(nobodys, world.nobodys)
    assert "秘密" not in theirs.text


def test_a_stranger_is_turned_away_before_anything_is_looked_up(world: World) -> None:
    def refusals(headers: dict[str, str]) -> set[tuple[int, str, str]]:
        answers = [world.ask(name, world.theirs, headers) for name in GUARDED]
        return {(a.status_code, a.json()["code"], a.headers["WWW-Authenticate"]) for a in answers}

    with world.calls() as calls:
        assert refusals({}) == {(401, "token_missing", 'Bearer realm="digital-human"')}
        invalid = 'Bearer realm="digital-human", error="invalid_token"'
        assert refusals({"Authorization": "Bearer a.b.c"}) == {(401, "token_invalid", invalid)}
        assert refusals({"X-Api-Key": "dhk_x"}) == {(401, "token_invalid", invalid)}
    assert calls == []


def test_a_key_opens_the_routes_of_its_scopes_and_no_others(
    world: World, key_of: Callable[..., dict[str, str]]
) -> None:
    for scope in USER_SCOPES:
        only, others = key_of(OWNER, frozenset({scope})), key_of(OWNER, ALL_SCOPES - {scope})
        for name in (name for name in GUARDED if CASES[name].scope is scope):
            refused = world.ask(name, world.theirs, others)
            assert (name, refused.status_code, refused.json()["code"]) == (
                name,
                403,
                "scope_missing",
            )
            challenge = refused.headers["WWW-Authenticate"]
            assert f'error="insufficient_scope", scope="{scope}"' in challenge
            assert world.ask(name, world.theirs, only).status_code not in (401, 403), name


@cases(Kind.PUBLIC)
def test_a_public_route_answers_everybody_alike(
    world: World, key_of: Callable[..., dict[str, str]], name: str
) -> None:
    stranger = world.ask(name, world.theirs, {})
    assert unnamed(stranger, world.theirs) == unnamed(
        world.ask(name, world.theirs, key_of(OWNER)), world.theirs
    )
    assert stranger.json().get("code") not in ("token_missing", "token_invalid")


def test_no_field_of_a_body_makes_a_request_somebody_elses(
    world: World, key_of: Callable[..., dict[str, str]]
) -> None:
    body = {"text": "好", "reference_audio": world.theirs["filename"], "user_id": OWNER}
    answer = world.client.post("/api/tasks/voice/generate", json=body, headers=key_of(OTHER))
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
    mine = world.client.get(f"/api/files/list?user_id={OWNER}", headers=key_of(OTHER))
    assert (mine.json()["files"], mine.json()["total"]) == ([], 0)


def test_no_field_of_a_body_sets_what_the_server_decides(
    world: World, key_of: Callable[..., dict[str, str]]
) -> None:
    wanted = {
        "status": "completed",
        "phase": "completed",
        "progress": 100,
        "task_id": world.theirs["task_id"],
        "attempt": 9,
        "result": {"files": {"audio": {"key": f"uploads/{OWNER}/audio/secret-a.wav"}}},
        "expires_at": 4_000_000_000,
        "PK": "TASK#x",
        "GSI1PK": f"OWNER#{OWNER}#TASK",
        "owner": OWNER,
    }
    for name, value in wanted.items():
        body = {"text": "好", name: value}
        answer = world.client.post("/api/tasks/voice/generate", json=body, headers=key_of(OTHER))
        assert answer.status_code == 400
        assert answer.json()["error"].startswith(f"{name} is not a field here")


def test_a_page_cursor_of_another_owner_leads_nowhere(
    world: World, key_of: Callable[..., dict[str, str]]
) -> None:
    first = world.client.get("/api/files/list?limit=1", headers=key_of(OWNER)).json()
    cursor = first["next_cursor"]
    answer = world.client.get(f"/api/files/list?cursor={cursor}", headers=key_of(OTHER))
    assert "secret-a" not in answer.text


def test_an_administrator_sees_the_counts_of_all_owners_and_a_user_only_their_own(
    world: World, key_of: Callable[..., dict[str, str]]
) -> None:
    def counts(headers: dict[str, str]) -> tuple[int, int, int]:
        body = world.client.get("/api/system/status", headers=headers).json()
        return body["total_tasks"], body["task_stats"]["completed"], body["file_stats"]["audio"]

    assert counts(key_of(OWNER)) == (3, 1, 1)
    assert counts(key_of(OTHER)) == (0, 0, 0)
    assert counts(key_of(OTHER, USER_SCOPES | {Scope.ADMIN})) == (3, 1, 1)
