"""AWS's command line as bash sees it, answered here from the services' own descriptions.

A command is parsed as the real one parses it: options by the operation's parameters, their types
and enumerations, shorthand (`Name=a,Value=b`) included. The answer is a sample of the operation's
output, to which `--query` is applied: a path that the output does not have finds nothing: a fault.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import jmespath.exceptions
from botocore import xform_name
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, Shape
from botocore.validate import validate_parameters

CUSTOM = {("logs", "tail"): {"since": str, "filter-pattern": str, "format": str}}
"""Of the command line alone, not of the API behind it."""
SHELL = """
set -euo pipefail
aws() {
  printf '%s\\0' "$@" > ask
  { read -r status; cat; } < tell
  return "$status"
}
python3() { cat > code.py; }
sleep() { :; }
"""
_SESSION = botocore.session.get_session()
_DEPTH = 6

Answer = Callable[[str, dict[str, Any], Any], Any]
"""What an operation (`sqs purge-queue`) with these parameters answers, given a sample of that."""


class CannotRun(Exception):
    """What the real command would refuse."""


def run(script: str, folder: Path, answer: Answer) -> str:
    """What bash prints. Raises CannotRun with the first command that AWS would refuse."""
    for name in ("ask", "tell"):
        os.mkfifo(folder / name)
    wrong: list[str] = []

    def serve() -> None:
        while words := (folder / "ask").read_bytes().decode().split("\0")[:-1]:
            try:
                status, printed = 0, command(words, answer)
            except CannotRun as error:
                wrong.append(f"aws {' '.join(words)}: {error}")
                status, printed = 252, ""
            (folder / "tell").write_text(f"{status}\n{printed}")

    server = threading.Thread(target=serve)
    server.start()
    shell = subprocess.run(
        ["bash", "-c", SHELL + script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    (folder / "ask").write_bytes(b"")
    server.join(10)
    if wrong or shell.returncode:
        raise CannotRun("; ".join(wrong) or shell.stderr)
    return shell.stdout


def command(words: list[str], answer: Answer) -> str:
    """What one command prints."""
    service, name, *rest = words
    given, loose = _options(rest)
    query, printed = given.pop("query", None), given.pop("output", ["json"])[0]
    for option in ("region", "max-items"):
        given.pop(option, None)
    if name == "wait":
        _wait(service, loose)
        return ""
    if (service, name) in CUSTOM:
        unknown = given.keys() - CUSTOM[service, name].keys()
        if unknown or not all(loose):
            raise CannotRun(f"it does not take {unknown or loose}")
        return ""
    operation = _operation(service, name)
    parameters = _parameters(operation, given)
    if loose:
        raise CannotRun(f"it takes no {loose}")
    output = answer(f"{service} {name}", parameters, _sample(operation.output_shape))
    if query:
        try:
            output = jmespath.search(query[0], output)
        except jmespath.exceptions.JMESPathError as error:
            raise CannotRun(f"--query {query[0]}: {error}") from error
        if output in (None, [], [None]):
            raise CannotRun(f"--query {query[0]} finds nothing in its answer")
    return _shown(output) if printed == "text" else json.dumps(output)


def _options(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Values by option, and what stands before the first."""
    found: dict[str, list[str]] = {}
    loose: list[str] = []
    values = loose
    for word in words:
        if word.startswith("--"):
            values = found.setdefault(word[2:], [])
        else:
            values.append(word)
    return found, loose


@cache
def _operation(service: str, name: str) -> OperationModel:
    model = _SESSION.get_service_model(service)
    for operation in model.operation_names:
        if xform_name(operation, "-") == name:
            return model.operation_model(operation)
    raise CannotRun("there is no such command")


def _wait(service: str, loose: list[str]) -> None:
    names = _SESSION.get_waiter_model(service).waiter_names
    if loose[0] not in {xform_name(name, "-") for name in names}:
        raise CannotRun("there is nothing to wait for by that name")


def _parameters(operation: OperationModel, given: dict[str, list[str]]) -> dict[str, Any]:
    members = operation.input_shape.members if operation.input_shape else {}
    by_option = {xform_name(member, "-"): member for member in members}
    found = {}
    for option, values in given.items():
        negative = option.startswith("no-") and option[3:] in by_option
        member = by_option.get(option[3:] if negative else option)
        if member is None:
            raise CannotRun(f"it has no --{option}")
        found[member] = False if negative else _read(members[member], values)
    try:
        validate_parameters(found, operation.input_shape)
    except ParamValidationError as error:
        raise CannotRun(str(error)) from error
    return found


def _read(shape: Shape, values: list[str]) -> Any:
    """An option's value by its type."""
    if shape.type_name == "list":
        return [_read(shape.member, [value]) for value in values]
    if shape.type_name == "boolean":
        return _one(values or ["true"]) == "true"
    text = _one(values)
    if shape.type_name == "structure":
        return {name: _read(shape.members[name], [value]) for name, value in _shorthand(text)}
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name == "string" and getattr(shape, "enum", None) and text not in shape.enum:
        raise CannotRun(f"{text!r} is none of {', '.join(shape.enum)}")
    return text


def _one(values: list[str]) -> str:
    if len(values) != 1 or values[0] in ("", "None"):
        raise CannotRun(f"one value is wanted, and given is {values}")
    return values[0]


def _shorthand(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split(","))]


def _sample(shape: Shape | None, depth: int = 0) -> Any:
    """One of everything that the shape may hold."""
    if shape is None or depth > _DEPTH:
        return {}
    if shape.type_name == "structure":
        return {name: _sample(member, depth + 1) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [_sample(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"QueueArn": "arn"}
    if shape.type_name in ("integer", "long", "float", "double"):
        return 1
    # No shorter than any name that is handed on.
    return True if shape.type_name == "boolean" else xform_name(shape.name, "-").ljust(40, "x")


def _shown(output: Any) -> str:
    """As `--output text` prints it."""
    if isinstance(output, list):
        lines = any(isinstance(one, list) for one in output)
        return ("\n" if lines else "\t").join(_shown(one) for one in output)
    return str(output)
