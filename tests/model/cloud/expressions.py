"""DynamoDB's expressions, compiled: conditions, updates. As far as `dh_core.store` uses them.

moto evaluates the same in five milliseconds each; the model needs millions. `test_dynamo.py` holds
this to moto's answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Item = dict[str, Any]
Values = Mapping[str, Any]
Operand = Callable[[Item, Values, Values], Any]
Test = Callable[[Item, Values, Values], bool]
Change = Callable[[Item, Values, Values], Item]

MISSING: Any = object()
_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),]|[#:]?\w+)")
_SECTIONS = ("SET", "ADD", "REMOVE", "DELETE")


@cache
def placeholders(expression: str) -> frozenset[str]:
    """The `#names` and `:values` that an expression refers to."""
    return frozenset(re.findall(r"[#:]\w+", expression))


@cache
def condition(expression: str) -> Test:
    """Whether an item (empty where there is none) meets a condition."""
    parser = _Parser(expression)
    test = parser.either()
    parser.end()
    return test


@cache
def update(expression: str) -> Change:
    """What an item becomes."""
    return _Parser(expression).update()


class _Parser:
    """Recursive descent; every method answers a function of (item, names, values)."""

    def __init__(self, expression: str) -> None:
        self.tokens = _TOKEN.findall(expression)
        if "".join(self.tokens) != re.sub(r"\s", "", expression):
            raise ValueError(f"cannot read {expression!r}")
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        found = self.next()
        if found != token:
            raise ValueError(f"{found!r} where {token!r} should stand")

    def end(self) -> None:
        self.expect("")

    def either(self) -> Test:
        tests = [self.both()]
        while self.peek() == "OR":
            self.next()
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda i, n, v: any(t(i, n, v) for t in tests)

    def both(self) -> Test:
        tests = [self.single()]
        while self.peek() == "AND":
            self.next()
            tests.append(self.single())
        return tests[0] if len(tests) == 1 else lambda i, n, v: all(t(i, n, v) for t in tests)

    def single(self) -> Test:
        if self.peek() == "(":
            self.next()
            test = self.either()
            self.expect(")")
            return test
        if self.peek() in ("attribute_exists", "attribute_not_exists", "begins_with"):
            return self.function(self.next())
        left = self.operand()
        operator = self.next()
        if operator == "BETWEEN":
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda i, n, v: low(i, n, v) <= left(i, n, v) <= high(i, n, v)
        if operator == "IN":
            options = self.arguments()
            return lambda i, n, v: left(i, n, v) in [option(i, n, v) for option in options]
        right = self.operand()
        compare = _COMPARISONS[operator]
        return lambda i, n, v: compare(left(i, n, v), right(i, n, v))

    def function(self, name: str) -> Test:
        first, *others = self.arguments()
        if name == "attribute_exists":
            return lambda i, n, v: first(i, n, v) is not MISSING
        if name == "attribute_not_exists":
            return lambda i, n, v: first(i, n, v) is MISSING
        (prefix,) = others
        return lambda i, n, v: str(first(i, n, v)).startswith(prefix(i, n, v))

    def arguments(self) -> list[Operand]:
        self.expect("(")
        found = [self.operand()]
        while self.peek() == ",":
            self.next()
            found.append(self.operand())
        self.expect(")")
        return found

    def operand(self) -> Operand:
        token = self.next()
        if token == "list_append":
            one, other = self.arguments()
            return lambda i, n, v: [*one(i, n, v), *other(i, n, v)]
        if token == "if_not_exists":
            path, default = self.arguments()
            return lambda i, n, v: _or(path(i, n, v), lambda: default(i, n, v))
        if token.startswith(":"):
            return lambda i, n, v: v[token]
        if token.startswith("#"):
            return lambda i, n, v: i.get(n[token], MISSING)
        if not token.isidentifier():
            raise ValueError(f"{token!r} is no attribute")
        return lambda i, n, v: i.get(token, MISSING)

    def path(self) -> Callable[[Values], str]:
        token = self.next()
        return (lambda n: n[token]) if token.startswith("#") else (lambda n: token)

    def update(self) -> Change:
        steps: list[Callable[[Item, Item, Values, Values], None]] = []
        while self.peek():
            section = self.next()
            if section not in _SECTIONS:
                raise ValueError(f"{section!r} begins no section of an update")
            steps.append(self.action(section))
            while self.peek() == ",":
                self.next()
                steps.append(self.action(section))

        def change(old: Item, names: Values, values: Values) -> Item:
            new = dict(old)
            for step in steps:
                step(new, old, names, values)
            return new

        return change

    def action(self, section: str) -> Callable[[Item, Item, Values, Values], None]:
        path = self.path()
        if section == "REMOVE":
            return lambda new, old, n, v: new.pop(path(n), None) and None
        if section == "SET":
            self.expect("=")
        value = self.operand()

        def act(new: Item, old: Item, names: Values, values: Values) -> None:
            name, operand = path(names), value(old, names, values)
            if section == "SET":
                new[name] = operand
            elif section == "ADD":
                new[name] = _plus(old.get(name), operand)
            elif rest := old.get(name, set()) - operand:
                new[name] = rest
            else:
                # DynamoDB knows no empty set.
                new.pop(name, None)

        return act


def _or(value: Any, default: Callable[[], Any]) -> Any:
    return default() if value is MISSING else value


def _plus(old: Any, operand: Any) -> Any:
    if isinstance(operand, set):
        return (old or set()) | operand
    return (old or 0) + operand


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(left: Any, right: Any) -> bool:
        return MISSING not in (left, right) and compare(left, right)

    return test


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": _ordered(lambda left, right: left == right),
    "<>": lambda left, right: left is MISSING or left != right,
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}
