"""Who is calling, as every use case sees it."""

from __future__ import annotations

from dataclasses import dataclass

from dh_core.access.identity import ALL_SCOPES, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """`owner` decides what a request may see and change, `scopes` what it may do there."""

    owner: str
    scopes: frozenset[Scope] = ALL_SCOPES
    key_id: str | None = None
    """Of the API key that the request came with, if it was one."""


def needed_scope(method: str, path: str) -> Scope:
    """The right that a route asks for: its method says it, and uploads have one of their own."""
    if path.removeprefix("/api").startswith("/upload/"):
        return Scope.UPLOAD
    return Scope.READ if method in ("GET", "HEAD") else Scope.WRITE
