"""Whose everything is that we keep: each kind of item of the table, each folder of the bucket.

Deleting an account walks these lists, and table and bucket refuse to write what is not in them: a
new store cannot outlive its owner because somebody forgot it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Belongs(StrEnum):
    """To whom a kind of thing belongs, and so how it is found when its owner goes."""

    LISTED = "listed"
    """To an owner; an item that lies in GSI1 under `OWNER#owner#KIND`."""
    NAMED = "named"
    """To an owner; the partition `KIND#owner`, the folder `{kind}/{owner}/`."""
    KEY = "key"
    """To an owner whom its attribute `owner` names; the operator lists those of all together."""
    TASK = "task"
    """To a task and goes with it: the partition or the folder bears the task's id."""
    FILE = "file"
    """To an uploaded file and goes with it."""
    LAW = "law"
    """To the record that the law asks for: it outlives its owner for a while, then it goes."""
    NOBODY = "nobody"
    """To the deployment: counts, shared keys, how long tasks take."""


ITEMS: Final[dict[str, Belongs]] = {
    "TASK": Belongs.TASK,
    "CLAIM": Belongs.TASK,
    "FILE": Belongs.FILE,
    "TEMPLATE": Belongs.LISTED,
    "VOICE": Belongs.LISTED,
    "SESSION": Belongs.LISTED,
    "UPLOAD": Belongs.LISTED,
    "KEY": Belongs.KEY,
    "USAGE": Belongs.NAMED,
    "RATE": Belongs.NAMED,
    "AT_WORK": Belongs.NAMED,
    "BATCH": Belongs.NAMED,
    "WEBHOOK": Belongs.NAMED,
    "OPENID": Belongs.NAMED,
    "PRONUNCIATIONS": Belongs.NAMED,
    "LOG": Belongs.LAW,
    # Says for a month that the account was deleted, and when.
    "ACCOUNT": Belongs.NOBODY,
    "COUNT": Belongs.NOBODY,
    "SHARED_KEY": Belongs.NOBODY,
    "PAST_RUNS": Belongs.NOBODY,
}
"""By the first word of the partition key."""

FOLDERS: Final[dict[str, Belongs]] = {
    "uploads": Belongs.NAMED,
    "avatars": Belongs.NAMED,
    "voices": Belongs.NAMED,
    "templates": Belongs.NAMED,
    "generated": Belongs.TASK,
    "evidence": Belongs.LAW,
    "built-in-voices": Belongs.NOBODY,
}
"""By the first part of an object's key."""


class Undeclared(LookupError):
    """A kind of thing that the lists above do not know must not be kept."""


def declared_item(partition: str) -> None:
    """Raises Undeclared."""
    if partition.partition("#")[0] not in ITEMS:
        raise Undeclared(f"items of the kind {partition.partition('#')[0]} belong to nobody known")


def declared_object(key: str) -> None:
    """Raises Undeclared."""
    if key.partition("/")[0] not in FOLDERS:
        raise Undeclared(f"objects under {key.partition('/')[0]}/ belong to nobody known")


def folders_of(owner: str) -> list[str]:
    """The prefixes of all that lies in the bucket under an owner's name."""
    return [f"{name}/{owner}/" for name, belongs in FOLDERS.items() if belongs is Belongs.NAMED]


def kinds(belongs: Belongs) -> list[str]:
    """The kinds of items that belong to somebody in this way."""
    return [kind for kind, whose in ITEMS.items() if whose is belongs]
