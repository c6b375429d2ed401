"""Who is calling, as every use case sees it."""

from __future__ import annotations

from dataclasses import dataclass

from dh_core.access.identity import ALL_SCOPES, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """`owner` decides what a request may see and change, `scopes` what it may do there."""

    owner: str
    scopes: frozenset[Scope] = ALL_SCOPES
