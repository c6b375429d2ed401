"""`dh mcp`."""

from __future__ import annotations

import asyncio

from dh_client.cli import settings
from dh_client.errors import InvalidInput


def mcp(server: settings.Server = settings.SERVER, key: settings.Key = None) -> None:
    """Serve an assistant (Model Context Protocol over standard input and output).

    Its tools make videos and voices, wait for them and save them. In an assistant's settings, the
    command is `dh`, its arguments are `mcp`, and DH_SERVER and DH_KEY its environment.
    """
    try:
        from dh_client import assistant  # noqa: PLC0415 — an extra, and half a second
    except ImportError as error:
        raise InvalidInput(
            "The protocol's library is missing; pip install 'digital-human-client[mcp]'."
        ) from error
    asyncio.run(assistant.run(settings.async_client(server, key)))
