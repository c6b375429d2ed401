"""Finds every condition that the stores write under, and takes one of their clauses away.

A condition is known by its write: the store's method, what is written, and the expression. While
tests run, `Recorder` notes where a clause alone made a write lose; `Removal` lets one clause hold
whatever the item says.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dh_core.store.table import ConditionFailed, Table, Write
from tests.model.cloud.expressions import condition

_STORES = "dh_core.store."
_ALWAYS = "attribute_exists(PK) OR attribute_not_exists(PK)"


@dataclass(frozen=True, order=True)
class Clause:
    """A part of a condition, joined to the others by AND."""

    write: str
    expression: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.expression[self.start : self.end]

    def removed(self) -> str:
        """The expression without it: every placeholder is still used, as DynamoDB demands."""
        before, after = self.expression[: self.start], self.expression[self.end :]
        return f"{before}({self.text} OR {_ALWAYS}){after}"

    def decides(self, write: Write, item: dict[str, Any]) -> bool:
        """Whether the write loses by this clause and by no other."""
        names = write.get("ExpressionAttributeNames", {})
        values = write.get("ExpressionAttributeValues", {})
        held = condition(self.expression)(item, names, values)
        return not held and condition(self.removed())(item, names, values)


def clauses_of(write: str, expression: str) -> list[Clause]:
    """What AND joins, at the top or within parentheses; what OR joins is one clause."""
    found = [Clause(write, expression, *span) for span in _parts(expression, 0)]
    for group in re.finditer(r"\(([^()]* AND [^()]*)\)", expression):
        found += [Clause(write, expression, *span) for span in _parts(group[1], group.start(1))]
    return found


def _parts(text: str, offset: int) -> Iterator[tuple[int, int]]:
    depth, start = 0, 0
    cuts: list[tuple[int, int]] = []
    for token in re.finditer(r"[()]| AND | OR ", text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token[0] == " OR ":
            yield offset, offset + len(text)
            return
        if depth == 0 and token[0] == " AND ":
            cuts.append((start, token.start()))
            start = token.end()
    for first, last in [*cuts, (start, len(text))]:
        yield offset + first, offset + last


def _name_of(kind: str, body: Write) -> str:
    """The outermost method of a store that is at work, and what it writes."""
    frame, name = sys._getframe(), ""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_STORES) and module != f"{_STORES}table":
            name = frame.f_code.co_qualname
        elif name:
            break
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    key = body["Item"] if "Item" in body else body["Key"]
    what = key["SK"] if "#" not in key["SK"] else key["SK"].partition("#")[0]
    return f"{name}: {kind} {what if what.isupper() else key['PK'].partition('#')[0]}"


@contextmanager
def _watched(
    change: Callable[[str, Write], Write], lost: Callable[[Table, list[tuple[str, Write]]], None]
) -> Iterator[None]:
    """Every conditional write goes through `change`; `lost` hears of those that refused."""
    update, transact = Table.update, Table.transact

    def watched_update(self: Table, write: Write) -> Any:
        changed = change("Update", write)
        try:
            return update(self, changed)
        except ConditionFailed:
            lost(self, [("Update", write)])
            raise

    def watched_transact(self: Table, make_writes: Callable[[], Sequence[Write]]) -> None:
        made: list[tuple[str, Write]] = []

        def changed() -> list[Write]:
            made[:] = [next(iter(write.items())) for write in make_writes()]
            return [{kind: change(kind, body)} for kind, body in made]

        try:
            transact(self, changed)
        except ConditionFailed as refused:
            lost(self, [made[position] for position in sorted(refused.failed)])
            raise

    Table.update, Table.transact = watched_update, watched_transact  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        Table.update, Table.transact = update, transact  # type: ignore[method-assign]  # as above


class Recorder:
    """Notes every clause, and by whom it was seen to decide."""

    def __init__(self) -> None:
        self.decided_in: dict[Clause, set[str]] = defaultdict(set)
        self.test = ""

    def __call__(self) -> Any:
        return _watched(self._seen, self._lost)

    def _seen(self, kind: str, write: Write) -> Write:
        if "ConditionExpression" in write:
            for clause in clauses_of(_name_of(kind, write), write["ConditionExpression"]):
                self.decided_in.setdefault(clause, set())
        return write

    def _lost(self, table: Table, writes: list[tuple[str, Write]]) -> None:
        for kind, write in writes:
            key = write["Item"] if "Item" in write else write["Key"]
            # Not as a step of whoever writes.
            client = vars(table.client).get("_client", table.client)
            found = client.get_item(
                TableName=table.name,
                Key={"PK": key["PK"], "SK": key["SK"]},
                ConsistentRead=True,
            ).get("Item", {})
            for clause in clauses_of(_name_of(kind, write), write["ConditionExpression"]):
                if clause.decides(write, found):
                    self.decided_in[clause].add(self.test)


def without(clause: Clause) -> Any:
    """In this block the clause always holds."""

    def change(kind: str, write: Write) -> Write:
        same = write.get("ConditionExpression") == clause.expression
        if same and _name_of(kind, write) == clause.write:
            return {**write, "ConditionExpression": clause.removed()}
        return write

    return _watched(change, lambda table, writes: None)
