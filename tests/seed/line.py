"""One line of the seed API's document: what it says, the request, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

BASE = "http://api.example.com/api"


@dataclass(frozen=True)
class Line:
    """`{name}` in path and body stands for a thing that `world.prepare` made.

    `like`: the answer has all that this example has, of the same JSON types. `values`: exact
    values by dotted path. `header`: a header and how it begins.
    """

    quote: str
    method: str
    path: str
    status: int = 200
    body: dict[str, Any] | None = None
    file: tuple[str, bytes] | None = None
    form: dict[str, str] = field(default_factory=dict)
    like: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    header: tuple[str, str] | None = None
    broken: bool = False
    """Whether the counts cannot be read while it is sent: our own fault."""

    def __str__(self) -> str:
        first = " ".join(self.quote.split())
        return f"{first[:60]} -> {self.method} {self.path} {self.status}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


Send = Callable[[httpx.Request], Answer]


def get(quote: str, path: str, **more: Any) -> Line:
    return Line(quote, "GET", path, **more)


def post(quote: str, path: str, body: dict[str, Any] | None = None, **more: Any) -> Line:
    return Line(quote, "POST", path, body=body, **more)


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def check(line: Line, send: Send, names: Mapping[str, str]) -> None:
    """Send the line's request and hold the answer against it."""
    answer = send(request_of(line, names))
    assert answer.status == line.status, answer.text
    document = json.loads(answer.text) if answer.text else None
    if line.status >= 400:
        assert isinstance(document["error"], str), document
        assert "success" not in document
    elif line.status == 200 and document is not None:
        assert document["success"] is True
    if line.like is not None:
        assert_like(line.like, document)
    for path, value in line.values.items():
        assert _at(document, path) == _filled(value, names), path
    if line.header:
        name, start = line.header
        assert answer.headers[name].startswith(start)


def request_of(line: Line, names: Mapping[str, str]) -> httpx.Request:
    body = json.loads(_filled(json.dumps(line.body), names))
    files = {"file": line.file} if line.file else None
    return httpx.Request(
        line.method,
        f"{BASE}{_filled(line.path, names)}",
        json=body,
        files=files,
        data=line.form or None,
    )


def assert_like(example: Any, actual: Any, where: str = "answer") -> None:
    if isinstance(example, dict):
        assert isinstance(actual, dict), where
        assert set(example) <= set(actual), f"{where}: {sorted(set(example) - set(actual))}"
        for name, value in example.items():
            assert_like(value, actual[name], f"{where}.{name}")
    elif isinstance(example, list):
        assert actual, where
        assert_like(example[0], actual[0], f"{where}[0]")
    else:
        assert type(actual) is type(example), where


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document[int(part)] if part.isdigit() else document[part]
    return document


def _filled(text: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(text, str):
        return text
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text
