"""Who is calling. With `AUTH_MODE=none` everybody shares one owner, as in the seed API.

A `user_id` in a request is then only a label: it is recorded, and lists may be filtered by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

PUBLIC_OWNER = "public"


@dataclass(frozen=True, slots=True)
class Caller:
    """`owner` decides what a request may see and change."""

    owner: str


async def identify() -> Caller:
    return Caller(PUBLIC_OWNER)


CurrentCaller = Annotated[Caller, Depends(identify)]
