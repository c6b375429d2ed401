"""Read a Dockerfile: its stages, and what each of them says.

Of the format (the Dockerfile reference) it takes what the images here use: comments, continued
lines, build arguments before the first stage, `FROM … AS`, and lists in JSON.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FROM = re.compile(r"(?P<base>\S+)\s+AS\s+(?P<name>\S+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class NotUnderstood(Exception):
    """A line is not of the forms that are read here; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its keyword in capitals and the rest, continued lines joined."""

    word: str
    rest: str

    def words(self) -> list[str]:
        """The rest as arguments: a JSON list, or split as a shell does."""
        if self.rest.startswith("["):
            listed: list[str] = json.loads(self.rest)
            return listed
        return shlex.split(self.rest)

    def pairs(self) -> dict[str, str]:
        """`NAME=value …` of ENV, ARG and LABEL."""
        return dict(word.split("=", 1) for word in self.words())


@dataclass(frozen=True, slots=True)
class Stage:
    """`base` is another stage's name or an image, with build arguments filled in."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> list[Instruction]:
        """Its instructions of one kind."""
        return [one for one in self.instructions if one.word == word]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The stages by name, in the file's order."""

    stages: dict[str, Stage]

    @classmethod
    def read(cls, path: Path) -> Dockerfile:
        """Raises NotUnderstood."""
        arguments: dict[str, str] = {}
        heads: list[tuple[str, str]] = []
        bodies: list[list[Instruction]] = []
        for instruction in _instructions(path.read_text(encoding="utf-8")):
            if instruction.word == "FROM":
                found = _FROM.fullmatch(instruction.rest)
                if found is None:
                    raise NotUnderstood(f"FROM {instruction.rest}: name the stage with AS.")
                heads.append((found["name"], fill(found["base"], arguments)))
                bodies.append([])
            elif bodies:
                bodies[-1].append(instruction)
            else:
                arguments |= instruction.pairs()
        return cls(
            {
                name: Stage(name, base, tuple(body))
                for (name, base), body in zip(heads, bodies, strict=True)
            }
        )

    def lineage(self, target: str) -> list[Stage]:
        """The stages that make up `target`, the first one first."""
        stage = self.stages[target]
        return [*(self.lineage(stage.base) if stage.base in self.stages else []), stage]

    def environment(self, target: str) -> dict[str, str]:
        """What ENV says in `target`; a variable of the image it starts from stays as written."""
        environment: dict[str, str] = {}
        for stage in self.lineage(target):
            for instruction in stage.all("ENV"):
                # Variables have one value throughout an instruction: that from before it.
                before = dict(environment)
                for name, value in instruction.pairs().items():
                    environment[name] = fill(value, before)
        return environment

    def last(self, target: str, word: str) -> Instruction | None:
        """The instruction that counts, of those where the last one does (USER, CMD, WORKDIR)."""
        found = [one for stage in self.lineage(target) for one in stage.all(word)]
        return found[-1] if found else None


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with the variables among `values` put in."""
    return _VARIABLE.sub(lambda hit: values.get(hit[1] or hit[2], hit[0]), text)


def _instructions(text: str) -> Iterator[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        if not word.isupper():
            raise NotUnderstood(line)
        yield Instruction(word, rest.strip())
