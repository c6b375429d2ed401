"""The seed's own document, cut into its snippets: they run as the document prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DOCUMENT: Final = (
    Path(__file__).resolve().parents[3] / "shared" / "reference" / "seed_api_documentation_zh.txt"
)
ABSENT: Final = "the seed's document is absent: it is no part of the project"

_REQUEST: Final = re.compile(r"(GET|POST) (/api/\S+)(?: +#.*)?\s*(\{[^{}]*\})?")


@dataclass(frozen=True)
class Request:
    """A line `POST /api/…`, with the body that stands behind it."""

    method: str
    path: str
    body: str


def scripts() -> dict[str, str]:
    """The mini-program's three scripts by their headings."""
    chapter = _between("📱", "🚀")
    parts = re.split(r"^\d\. (.+)$", chapter, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def requests() -> list[Request]:
    """Those of the three flows, in their order."""
    return [
        Request(method, path, body) for method, path, body in _REQUEST.findall(_between("🔄", "⚠"))
    ]


def _between(start: str, end: str) -> str:
    text = DOCUMENT.read_text("utf-8")
    return text[text.index(f"\n{start}") : text.index(f"\n{end}")]
