"""What a client knows of a thing's state already (RFC 9110, §13.1)."""

from __future__ import annotations


def matches(header: str | None, etag: str) -> bool:
    """Whether If-Match or If-None-Match names this state (weak comparison)."""
    known = {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}
    return "*" in known or etag.removeprefix("W/") in known
