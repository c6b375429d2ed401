"""What an answer says of a wrong value: which field, and what to write instead."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from dh_core.specs.task_types import SPECS
from dh_core.specs.task_types.compose import ComposeSpec
from dh_core.specs.task_types.template import TemplateSpec
from dh_core.specs.task_types.template_edit import TemplateEditSpec
from dh_core.specs.task_types.voice import VoiceSpec
from functions.api.app import app
from functions.api.http.faults import explain
from functions.api.schemas.files.multipart import MultipartRequest, PartsRequest
from functions.api.schemas.files.uploads import FromUrlRequest, UploadForm, UploadRequest
from functions.api.schemas.library.pronunciations import PronunciationRequest, PronunciationsRequest
from functions.api.schemas.owners.auth import RefreshRequest, WechatSignInRequest
from functions.api.schemas.owners.keys import RotateKeyRequest, TokenRequest
from functions.api.schemas.requests import (
    Request,
    TaskRequest,
    TemplateEditRequest,
    request_of,
)
from functions.api.schemas.tasks.batches import BatchRequest
from functions.api.schemas.tasks.lifecycle import ProcessRequest
from functions.api.schemas.tasks.text_previews import TextPreviewRequest
from functions.api.schemas.tasks.webhooks import WebhookRequest, WebhookTestRequest

CONSENT = {"subject": "王", "statement": "同意", "given_at": "2026-03-01T09:30:00+08:00"}
PICTURES = {"person_image": "p.png", "background_image": "b.png"}
VALID = {
    UploadForm: {},
    UploadRequest: {"filename": "a.mp4", "file_size": 1},
    FromUrlRequest: {"url": "https://example.com/a.mp4"},
    MultipartRequest: {"filename": "a.mp4", "file_size": 1},
    PartsRequest: {"part_numbers": [1]},
    **{
        request_of(spec): spec.examples[0]
        for spec in SPECS.values()
        if spec is not TemplateEditSpec
    },
    request_of(VoiceSpec): {"text": "好", "consent": CONSENT, "pronounce": {"好": "hao3"}},
    request_of(TemplateSpec): {**PICTURES, "consent": CONSENT},
    TemplateEditRequest: {"title_bold": True, "person_image": "p.png"},
    request_of(ComposeSpec): {"template_id": "t", "text_content": "好"},
    WechatSignInRequest: {"code": "x"},
    RefreshRequest: {"refresh_token": "x"},
    TokenRequest: {},
    RotateKeyRequest: {},
    ProcessRequest: {"task_id": "x"},
    BatchRequest: {"tasks": [{"task_type": "voice", "text": "好"}]},
    TextPreviewRequest: {"text": "好", "pronounce": {"好": "hao3"}},
    PronunciationsRequest: {"pronunciations": {"好": "hao3"}},
    PronunciationRequest: {"reading": "hao3"},
    WebhookRequest: {"url": "https://example.com/"},
    WebhookTestRequest: {},
}
WRONG = (
    None,
    "",
    " ",
    "red",
    "a/b\\c\x00\n",
    "九" * 9_000,
    True,
    7,
    -1,
    0.3,
    10**9,
    10**30,
    float("inf"),
    [],
    [1, "x"],
    ["x"] * 200,
    {},
    {"x": "y"},
    {"好": 7},
    {"九" * 9_000: "x"},
)
JARGON = re.compile(r"Input should|string_|valid \w+ (type|instance)|pattern|regex|\\|pydantic|\^")
FORM = re.compile(
    r"must be |must have |missing; |is empty; give|shorten it|give |send |take|write |not pinyin"
    r"|take it out|did you mean|there are |need \d+ syllables"
)


ENGLISH = re.compile(r"\b(?:must|give|send|leave|missing|longer|shorten|there is|holds)\b")
IN_ENGLISH_ONLY = ("拼音", "SSML", "读音")
"""Of a reading or of SSML only the English words say which part is wrong."""


def errors(model, body):
    try:
        model.model_validate(body)
    except ValidationError as error:
        for one in error.errors():
            yield {**one, "loc": ("body", *one["loc"])}


def complaints(model, body):
    for one in errors(model, body):
        yield explain(one)


def all_requests(kind=Request):
    for model in kind.__subclasses__():
        yield model
        yield from all_requests(model)


def test_every_request_is_tried():
    abstract = {TaskRequest}
    assert {m for m in all_requests() if m.__module__.startswith("functions.")} - abstract == set(
        VALID
    )
    for model, body in VALID.items():
        model.model_validate(body)


@pytest.mark.parametrize("model", VALID, ids=lambda model: model.__name__)
def test_a_wrong_value_is_told_its_field_and_the_form_that_it_must_have(model):
    known = VALID[model]
    for name in model.model_fields:
        for wrong in WRONG:
            for error in errors(model, {**known, name: wrong}):
                assert_helpful(explain(error), name, wrong)
                assert_chinese(explain(error, "zh"), name)
    if "consent" in model.model_fields:
        for name in CONSENT:
            for wrong in WRONG:
                consent = {**CONSENT, name: wrong}
                for error in errors(model, {**known, "consent": consent}):
                    assert_helpful(explain(error), name, wrong)
                    assert_chinese(explain(error, "zh"), name)


def assert_chinese(said, name):
    assert re.search(r"[\u4e00-\u9fff]", said), said
    if not said.startswith(IN_ENGLISH_ONLY):
        assert name in said, (name, said)
        assert not ENGLISH.search(said), said
        assert said.endswith(("。", "？")), said


def assert_helpful(said, name, wrong):
    assert name in said, (name, wrong, said)
    assert not JARGON.search(said), (name, wrong, said)
    assert FORM.search(said), (name, wrong, said)
    assert len(said) < 300, (name, said)
    assert said.endswith((".", "?")), said


@pytest.mark.parametrize(
    ("model", "body", "said"),
    [
        (
            request_of(TemplateSpec),
            {**PICTURES, "title_color": "red"},
            'title_color must be a colour as # and six digits from 0 to F, such as "#FF8800".',
        ),
        (request_of(VoiceSpec), {"text": 5}, "text must be text in quotes."),
        (request_of(VoiceSpec), {"text": "x", "speed": 9}, "speed must be at most 2.0."),
        (
            request_of(TemplateSpec),
            {**PICTURES, "aspect": "4:3"},
            "aspect must be one of '9:16', '16:9', '1:1' or 'background'.",
        ),
    ],
)
def test_the_sentence_says_what_to_write(model, body, said):
    assert next(complaints(model, body)) == said


def test_a_query_parameter_is_told_its_form(client):
    for path, operations in app.openapi()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["in"] != "query":
                continue
            name = parameter["name"]
            for wrong in ("x y", "-1", "99999", "", "九" * 3_000):
                address = re.sub(r"\{file_type\}", "video", path)
                answer = client.get(re.sub(r"\{\w+\}", "x", address), params={name: wrong})
                if answer.status_code == 400 and answer.json()["code"] == "invalid_request":
                    assert_helpful(answer.json()["error"], name, wrong)


def test_a_plus_that_arrives_as_a_space_is_told_how_to_write_it(client):
    answer = client.get("/api/tasks?created_after=2026-03-01T09:30:00+08:00")
    assert answer.status_code == 400
    assert "created_after must be a time" in answer.json()["error"]
    assert "%2B08:00" in answer.json()["error"]
    assert client.get("/api/tasks?created_after=2026-03-01T09:30:00%2B08:00").status_code == 200
