"""Puts the commands together: `dh --help` lists them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

import typer

from dh_client.cli import access, assistant, batch, create, exits, library, tasks
from dh_client.errors import DhError

Local = Mapping[str, tuple[str, Callable[[list[str]], int]]]
"""Commands of another package that read their arguments themselves: name → (what, how)."""

_COMMANDS: Final[tuple[tuple[str, tuple[Callable[..., None], ...]], ...]] = (
    ("Make", (batch.batch,)),
    (
        "Follow",
        (tasks.status, tasks.watch, tasks.download, tasks.cancel, tasks.redeliver, tasks.tasks),
    ),
    (
        "Look",
        (
            library.voices,
            library.templates,
            library.files,
            library.read,
            library.estimate,
            library.usage,
        ),
    ),
    ("Access", (access.token, access.rotate_key, access.webhook_test)),
    ("Serve", (assistant.mcp,)),
)


def app(local: Local | None = None) -> typer.Typer:
    """The whole command."""
    made = typer.Typer(
        name="dh",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Make videos of people who speak.",
        epilog=exits.MEANINGS,
    )
    made.add_typer(create.app(), name="create", rich_help_panel=_COMMANDS[0][0])
    for panel, commands in _COMMANDS:
        for command in commands:
            made.command(epilog=exits.MEANINGS, rich_help_panel=panel)(command)
    for name, (said, run) in (local or {}).items():
        _add_local(made, name, said, run)
    return made


def _add_local(made: typer.Typer, name: str, said: str, run: Callable[[list[str]], int]) -> None:
    untouched = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

    @made.command(name, help=said, context_settings=untouched, rich_help_panel="This machine")
    def passed_on(context: typer.Context) -> None:
        raise typer.Exit(run(context.args))


def run(argv: list[str], local: Local | None = None) -> int:
    """Returns the exit status; what goes wrong is said in a sentence on standard error."""
    as_json = "--json" in argv
    try:
        app(local)(argv, prog_name="dh")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else exits.REFUSED
    except DhError as error:
        exits.tell(error, as_json=as_json)
        return exits.status_of(error)
    except KeyboardInterrupt:
        exits.tell(Exception("stopped; what was started goes on (dh tasks)"), as_json=as_json)
        return exits.INTERRUPTED
    except OSError as error:
        said = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        exits.tell(Exception(said), as_json=as_json)
        return exits.REFUSED
    return 0


def main() -> int:
    """Entry point of the client installed by itself."""
    return run(sys.argv[1:])
