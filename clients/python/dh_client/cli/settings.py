"""What the command line is told by its environment and by the options that every command has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from dh_client.async_client import AsyncClient
from dh_client.client import Client

SERVER: Final = "http://127.0.0.1:8000"
LONGEST_PAUSE: Final = 1.0
"""The server's figure suits thousands of phones; here one person watches."""

Server = Annotated[
    str, typer.Option("--server", envvar="DH_SERVER", help="Address of the backend", metavar="URL")
]
Key = Annotated[
    str | None,
    typer.Option("--key", envvar="DH_KEY", help="API key or access token", show_envvar=True),
]
Json = Annotated[bool, typer.Option("--json", help="Print the server's answers as JSON")]


def client(server: str, key: str | None) -> Client:
    return Client(
        server, key, longest_pause=LONGEST_PAUSE, unfinished_uploads=_unfinished_uploads()
    )


def async_client(server: str, key: str | None) -> AsyncClient:
    return AsyncClient(
        server, key, longest_pause=LONGEST_PAUSE, unfinished_uploads=_unfinished_uploads()
    )


def _unfinished_uploads() -> Path:
    """Where big uploads are noted that another command may go on with."""
    state = os.environ.get("XDG_STATE_HOME")
    return Path(state or Path.home() / ".local" / "state") / "dh" / "uploads"
