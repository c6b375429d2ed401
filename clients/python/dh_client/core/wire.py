"""What a flow asks its driver for, and what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Moved = Callable[[int], None]
"""Told how many bytes of a file have gone or come by now."""


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form whose last part is a file."""

    fields: Mapping[str, str]
    file: Path
    content_type: str
    on_bytes: Moved


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request and read the whole answer. A driver answers with a Reply."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Save:
    """GET `url` from byte `offset` on into `file`. A driver answers with a Reply.

    `accept` is shown the answer's head first. It returns where in the file to write, or None to
    leave the body alone: then the Reply holds it.
    """

    url: str
    offset: int
    file: Path
    accept: Callable[[Reply], int | None]
    on_bytes: Moved


@dataclass(frozen=True, slots=True)
class Listen:
    """GET a stream of events and tell each line, until one answers False. Answers with a Reply.

    What is no stream of events is read whole: then the Reply holds it.
    """

    url: str
    headers: Mapping[str, str]
    on_line: Callable[[str], bool]
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait. A driver answers None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Alone:
    """Run a flow while no other of this client runs one so. A driver answers its outcome."""

    flow: Callable[[], Flow[Any]]


class LineBroke(Exception):
    """Thrown into a flow instead of a Reply: the server was not reached, or the line broke.

    `was_sent`: the server may have seen the request.
    """

    def __init__(self, reason: str, *, was_sent: bool) -> None:
        super().__init__(reason)
        self.was_sent = was_sent


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The document in the body, or None where there is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


Command = Send | Save | Listen | Pause | Alone
Flow = Generator[Command, Any, T]
