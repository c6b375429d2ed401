"""Every route of the OpenAPI document, with two owners and a stranger.

A route that is not in `ROUTES` fails the first test: say there what it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dh_core.access import ALL_SCOPES, USER_SCOPES, Scope
from dh_core.media_store import upload_key, voice_key
from dh_core.specs import VoiceSpec
from dh_core.store import NewFile, NewTask, TemplateRecord, VoiceRecord
from dh_core.tasks import TaskType
from functions.api import security_docs
from functions.api.app import app

OWNER, OTHER = "shop-a", "shop-b"


class Kind(Enum):
    PUBLIC = auto()
    """Needs no credential and tells nothing of any owner."""
    NAMES = auto()
    """Names a thing: another owner's is as good as none."""
    LISTS = auto()
    """Tells of all that the caller has, and of nothing else."""
    CREATES = auto()
    """Makes something of the caller's own, whatever names others have taken."""


@dataclass(frozen=True)
class Route:
    """`body` and the path are filled in with the names of things that exist, or do not."""

    kind: Kind
    scope: Scope | None = None
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def names(scope: Scope, body: Mapping[str, Any] | None = None) -> Route:
    return Route(Kind.NAMES, scope, body)


READ, WRITE, UPLOAD = Scope.READ, Scope.WRITE, Scope.UPLOAD
ROUTES: dict[str, Route] = {
    "POST /api/upload/{file_type}": Route(
        Kind.CREATES, UPLOAD, {"filename": "x.wav", "file_size": 10, "custom_name": "{stem}"}
    ),
    "POST /api/upload/{file_type}/multipart": Route(
        Kind.CREATES, UPLOAD, {"filename": "x.wav", "file_size": 10, "custom_name": "{stem}"}
    ),
    "POST /api/upload/{file_type}/multipart/{upload_id}/parts": names(
        UPLOAD, {"part_numbers": [1]}
    ),
    "GET /api/upload/{file_type}/multipart/{upload_id}": names(UPLOAD),
    "POST /api/upload/{file_type}/multipart/{upload_id}/complete": names(UPLOAD),
    "DELETE /api/upload/{file_type}/multipart/{upload_id}": names(UPLOAD),
    "GET /api/webhook": Route(Kind.LISTS, READ),
    "PUT /api/webhook": Route(Kind.CREATES, WRITE, {"url": "https://example.com/{stem}"}),
    "DELETE /api/webhook": Route(Kind.CREATES, WRITE),
    "POST /api/webhook/secret": Route(Kind.CREATES, WRITE),
    "GET /api/tasks/{task_id}/deliveries": names(READ),
    "GET /api/files/list": Route(Kind.LISTS, READ),
    "POST /api/tasks/voice/generate": names(WRITE, {"text": "好", "reference_audio": "{filename}"}),
    "POST /api/tasks/digital-human/create": names(
        WRITE, {"speech_text": "好", "sample_video": "{video}", "sample_voice": "{filename}"}
    ),
    "POST /api/avatars": names(WRITE, {"sample_video": "{video}"}),
    "POST /api/tasks/template/create": names(
        WRITE,
        {"person_image": "{image}", "background_image": "{image}", "title_text": "题"},
    ),
    "POST /api/tasks/video/compose": names(
        WRITE, {"template_id": "{template_id}", "audio_file": "{filename}"}
    ),
    "POST /api/tasks/audio/extract": names(WRITE, {"video_file": "{video}"}),
    "GET /api/tasks/{task_id}/status": names(READ),
    "POST /api/tasks/{task_id}/cancel": names(WRITE),
    "POST /api/task/process": names(WRITE, {"task_id": "{task_id}"}),
    "GET /api/download/upload/{file_type}/{filename}": names(READ),
    "GET /api/download/generated/{kind}/{uuid}": names(READ),
    "GET /api/download/template/{template_id}": names(READ),
    "GET /api/download/voice/{voice_id}": names(READ),
    "GET /api/templates/list": Route(Kind.LISTS, READ),
    "GET /api/templates/{template_id}": names(READ),
    "POST /api/voices": names(WRITE, {"name": "我", "audio_file": "{filename}"}),
    "GET /api/voices": Route(Kind.LISTS, READ),
    "GET /api/voices/{voice_id}": names(READ),
    "DELETE /api/voices/{voice_id}": names(WRITE),
    "GET /api/system/status": Route(Kind.LISTS, READ),
    "GET /api/health": Route(Kind.PUBLIC),
    "POST /api/auth/wechat": Route(Kind.PUBLIC, body={"code": "x"}),
    "POST /api/auth/refresh": Route(Kind.PUBLIC, body={"refresh_token": "x"}),
    "POST /api/auth/logout": Route(Kind.PUBLIC, body={"refresh_token": "x"}),
}
# The same request under another guise: what a body may name besides, and the seed's addresses.
VARIANTS: dict[str, Route] = {
    "POST /api/tasks/voice/generate (saved voice)": names(
        WRITE, {"text": "好", "voice_id": "{voice_id}"}
    ),
    "POST /api/tasks/digital-human/create (recording)": names(
        WRITE, {"speech_audio": "{filename}", "sample_video": "{video}"}
    ),
    "POST /api/tasks/voice/generate (uuid)": Route(
        Kind.CREATES, WRITE, {"text": "好", "uuid": "{uuid}"}
    ),
    "POST /api/tasks/voice/generate (Idempotency-Key)": Route(
        Kind.CREATES, WRITE, {"text": "好"}, {"Idempotency-Key": "{idempotency_key}"}
    ),
    **{
        name.replace(" /api/", " /"): route
        for name, route in ROUTES.items()
        if " /api/download/" in name
    },
}
CASES = ROUTES | VARIANTS
GUARDED = [name for name, route in CASES.items() if route.kind is not Kind.PUBLIC]


def cases(*kinds: Kind) -> Any:
    chosen = [name for name, route in CASES.items() if route.kind in kinds]
    return pytest.mark.parametrize("name", chosen)


@dataclass(frozen=True)
class World:
    """What the owner has, and names of the same form that nobody has."""

    client: TestClient
    cloud: Any
    theirs: dict[str, str]
    nobodys: dict[str, str]

    def ask(self, name: str, called: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        route = CASES[name]
        method, path, *_ = name.split(" ")
        sent = {key: value.format(**called) for key, value in route.headers.items()}
        body = {
            key: value.format(**called) if isinstance(value, str) else value
            for key, value in (route.body or {}).items()
        }
        return self.client.request(
            method,
            path.format(**called),
            json=body if route.body else None,
            headers={**headers, **sent},
        )

    def contents(self) -> list[str]:
        """All rows and objects that bear the owner's name, as text."""
        rows = self.cloud.table.client.scan(TableName=self.cloud.table.name)["Items"]
        objects = self.cloud.media.client.list_objects_v2(Bucket=self.cloud.media.bucket)
        everything = [*map(repr, rows), *(entry["Key"] for entry in objects.get("Contents", ()))]
        # A key's row is no property of the owner's; counts of all owners have no name.
        return sorted(one for one in everything if OWNER in one and "KEY#" not in one)

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """Kinds of the calls to DynamoDB and S3 within the block."""
        seen: list[str] = []

        def note(model: Any, **_: Any) -> None:
            seen.append(model.name)

        clients = (self.cloud.table.client, self.cloud.media.client)
        for client in clients:
            client.meta.events.register("before-call", note)
        yield seen
        for client in clients:
            client.meta.events.unregister("before-call", note)


@pytest.fixture
def world(
    client: TestClient,
    moto_cloud: Any,
    complete: Callable[..., Any],
    guarded: None,
    key_of: Callable[..., dict[str, str]],
) -> World:
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
        "voice_id": "99999999-9999-4999-8999-999999999999",
        "task_id": "88888888-8888-4888-8888-888888888888",
    }
    started = client.post(
        "/api/upload/audio/multipart",
        json={"filename": "x.wav", "file_size": 10, "custom_name": "in-parts-a"},
        headers=key_of(OWNER),
    )
    theirs["upload_id"] = started.json()["upload_id"]
    nobodys["upload_id"] = "z" * len(theirs["upload_id"])
    client.put("/api/webhook", json={"url": "https://a.example.com"}, headers=key_of(OWNER))
    return World(client, moto_cloud, theirs, nobodys)


def add_file(cloud: Any, file_type: Any, filename: str) -> None:
    key = upload_key(OWNER, file_type, filename)
    file = cloud.files.announce(
        NewFile(OWNER, file_type, filename, 10, "audio/wav", key, 2_000_000_000)
    )
    assert cloud.files.mark_ready(file, size=10, expires_at=2_000_000_000)


def add_task(cloud: Any, *, uuid: str | None = None, idempotency_key: str | None = None) -> str:
    new = NewTask(
        owner=OWNER,
        type=TaskType.VOICE,
        spec=VoiceSpec(text="秘密"),
        digest="digest",
        missing=(),
        lease_seconds=60,
        retention_seconds=86_400,
        uuid=uuid,
        idempotency_key=idempotency_key,
    )
    task_id: str = cloud.tasks.create(new).task.task_id
    return task_id


def add_voice(cloud: Any, voice_id: str) -> None:
    profile, preview = (voice_key(OWNER, voice_id, "1", name) for name in ("p.zip", "p.mp3"))
    cloud.media.client.put_object(Bucket=cloud.media.bucket, Key=profile, Body=b"x")
    record = VoiceRecord(OWNER, voice_id, "秘密", "kokoro-1", profile, preview, "audio/mpeg")
    cloud.table.transact(lambda: [cloud.voices.put_write(record)])


def unnamed(answer: Any, called: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers without the request's id and the names that it was asked for."""
    body = answer.text
    if answer.headers.get("content-type") == "application/json":
        document = answer.json()
        document.pop("request_id", None)
        body = json.dumps(document, ensure_ascii=False)
    for name in ("filename", "video", "image", "task_id", "voice_id", "template_id", "uuid"):
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


@pytest.mark.parametrize("field_name", ["owner", "user_id"])
def test_no_field_of_a_body_makes_a_request_somebody_elses(
    world: World, key_of: Callable[..., dict[str, str]], field_name: str
) -> None:
    body = {"text": "好", "reference_audio": world.theirs["filename"], field_name: OWNER}
    answer = world.client.post("/api/tasks/voice/generate", json=body, headers=key_of(OTHER))
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
    mine = world.client.get(f"/api/files/list?user_id={OWNER}", headers=key_of(OTHER))
    assert (mine.json()["files"], mine.json()["total"]) == ([], 0)


def test_no_field_of_a_body_sets_what_the_server_decides(
    world: World, key_of: Callable[..., dict[str, str]], moto_cloud: Any
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
    body = {"text": "好", **wanted}
    answer = world.client.post("/api/tasks/voice/generate", json=body, headers=key_of(OTHER))
    task = moto_cloud.tasks.get(answer.json()["task_id"])
    assert (task.owner, task.status, task.progress, task.attempt) == (OTHER, "pending", 0, 0)
    assert task.result is None
    assert task.task_id != world.theirs["task_id"]


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

    assert counts(key_of(OWNER)) == (2, 1, 1)
    assert counts(key_of(OTHER)) == (0, 0, 0)
    assert counts(key_of(OTHER, USER_SCOPES | {Scope.ADMIN})) == (2, 1, 1)
