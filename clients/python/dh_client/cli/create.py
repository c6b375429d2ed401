"""`dh create …`: a command for every creation of the API, made of its table of fields."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dh_client.cli import exits, output, results, settings
from dh_client.cli.progress import Stages
from dh_client.creation import Creation, Field
from dh_client.errors import InvalidInput
from dh_client.generated.creations import CREATIONS

_TYPES: Final[dict[str, Any]] = {
    "text": str | None,
    "integer": int | None,
    "number": float | None,
    "flag": bool | None,
    "list": str | None,
    "object": list[str] | None,
}
_HOW: Final = {
    "list": "; as 60,120",
    "object": "; as NAME=VALUE, repeated, or as JSON",
}

Wait = Annotated[bool, typer.Option("--wait", help="Follow the task to its end")]
Download = Annotated[
    Path | None,
    typer.Option("--download", metavar="PATH", help="Wait, then save the result; a folder: all"),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", help="Wait no longer than this")
]
TaskKey = Annotated[
    str | None,
    typer.Option("--idempotency-key", help="The same key and fields answer the same task"),
]


def app() -> typer.Typer:
    made = typer.Typer(no_args_is_help=True, help="Start a task; local files are uploaded first.")
    for name, creation in CREATIONS.items():
        made.command(name.replace("_", "-"), help=creation.said, epilog=exits.MEANINGS)(
            _command(creation)
        )
    return made


def _command(creation: Creation) -> Callable[..., None]:
    """The function that typer reads the options of: one for each field."""

    def run(
        *,
        wait: bool,
        download: Path | None,
        timeout: float | None,
        idempotency_key: str | None,
        server: str,
        key: str | None,
        as_json: bool,
        template_id_argument: str = "",
        **given: Any,
    ) -> None:
        fields = read(creation, given)
        with settings.client(server, key) as client:
            with Stages() as stages:
                task_id = client.create(
                    creation.task_type,
                    fields,
                    key=idempotency_key,
                    on_transfer=stages.transfer,
                    template_id=template_id_argument,
                )
            if not wait and download is None:
                output.document({"task_id": task_id}) if as_json else output.line(task_id)
                return
            typer.echo(f"dh: task {task_id}", err=True)
            ended = results.follow(client, task_id, timeout=timeout)
            saved = results.save(client, ended, download) if download is not None else []
            if as_json:
                output.document({**ended.document, "saved": [str(path) for path in saved]})
            else:
                output.line("\n".join(map(str, saved)) or task_id)

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(field.name, kind, annotation=_option(field), default=_default(field))
        for field in creation.fields
    ]
    common: dict[str, tuple[Any, Any]] = {
        "wait": (Wait, False),
        "download": (Download, None),
        "timeout": (Timeout, None),
        "idempotency_key": (TaskKey, None),
        "server": (settings.Server, settings.SERVER),
        "key": (settings.Key, None),
        "as_json": (settings.Json, False),
    }
    parameters += [
        inspect.Parameter(name, kind, annotation=annotation, default=default)
        for name, (annotation, default) in common.items()
    ]
    if _is_edit(creation):
        which = Annotated[str, typer.Argument(metavar="TEMPLATE_ID", help="The template")]
        parameters.append(inspect.Parameter("template_id_argument", kind, annotation=which))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # inspect reads it
    return run


def _is_edit(creation: Creation) -> bool:
    return "{template_id}" in creation.route


def _option(field: Field) -> Any:
    flag = f"--{field.name.replace('_', '-')}"
    said = field.said + _HOW.get(field.form, "")
    if field.upload:
        said += f" (a local {field.upload} file is uploaded)"
    if field.choices:
        said += f" ({', '.join(field.choices)})"
    names = f"{flag}/--no-{flag[2:]}" if field.form == "flag" else flag
    complete = (lambda: list(field.choices)) if field.choices else None
    kind = str if field.required else _TYPES[field.form]
    return Annotated[kind, typer.Option(names, help=said, autocompletion=complete)]


def _default(field: Field) -> Any:
    return inspect.Parameter.empty if field.required else None


def read(
    creation: Creation, given: Mapping[str, Any], folder: Path | None = None
) -> dict[str, Any]:
    """The fields of a request, from options or from cells; what is empty is left out.

    A local file becomes a Path; `folder` is where relative names lead (default: where we are).
    """
    fields: dict[str, Any] = {}
    for name, value in given.items():
        field = creation.field(name)
        if field is not None and value not in (None, "", []):
            fields[name] = _read(field, value, folder or Path())
    return fields


def _read(field: Field, value: Any, folder: Path) -> Any:
    if field.upload:
        if value.startswith(("https://", "http://")):
            return value
        path = folder / Path(value).expanduser()
        if path.is_file():
            return path
        if "/" in value:
            raise InvalidInput(f"{field.name}: there is no file {value}.")
        return value
    if field.form == "object":
        return _object(field, [value] if isinstance(value, str) else value)
    if not isinstance(value, str):
        return value
    try:
        return _READERS[field.form](value)
    except ValueError as error:
        raise InvalidInput(
            f"{field.name} takes {_EXPECTED[field.form]}; {value!r} is none."
        ) from error


def _object(field: Field, values: list[str]) -> dict[str, Any]:
    if len(values) == 1 and values[0].lstrip().startswith("{"):
        try:
            found: dict[str, Any] = json.loads(values[0])
        except ValueError as error:
            raise InvalidInput(f"{field.name} is not valid JSON: {error}.") from error
        return found
    pairs = [value.partition("=") for value in values]
    if not all(sign for _, sign, _ in pairs):
        raise InvalidInput(f"{field.name} takes NAME=VALUE, or a JSON object.")
    return {name: value for name, _, value in pairs}


def _flag(text: str) -> bool:
    if text.lower() in {"true", "yes", "1"}:
        return True
    if text.lower() in {"false", "no", "0"}:
        return False
    raise ValueError(text)


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "text": str,
    "integer": int,
    "number": float,
    "flag": _flag,
    "list": lambda text: [int(part) for part in text.strip("[]").split(",")],
}
_EXPECTED: Final = {
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "list": "numbers such as 60,120",
}
