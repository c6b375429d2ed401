"""`dh token`, `rotate-key`, `webhook-test`."""

from __future__ import annotations

from typing import Annotated

import typer

from dh_client.cli import output, settings


def token(
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="read, upload or write; may be repeated")
    ] = None,
    seconds: Annotated[
        int, typer.Option("--seconds", min=60, max=3600, help="How long it is good for")
    ] = 900,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Make a short-lived token of your key, for a client that must not hold it."""
    with settings.client(server, key) as client:
        made = client.mint_token(scopes, seconds)
    output.document(made) if as_json else output.line(made["access_token"])


def rotate_key(
    grace: Annotated[
        int,
        typer.Option("--grace", min=0, max=604_800, help="Seconds that the old one lives"),
    ] = 86_400,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Replace your key by a new one, which is printed once."""
    with settings.client(server, key) as client:
        made = client.rotate_key(grace)
    output.document(made) if as_json else output.line(made["key"])


def webhook_test(
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Else the default callback")
    ] = None,
    server: settings.Server = settings.SERVER,
    key: settings.Key = None,
    as_json: settings.Json = False,
) -> None:
    """Call your webhook's server now."""
    with settings.client(server, key) as client:
        told = client.test_webhook(url)
    if as_json:
        output.document(told)
        return
    said = told["error"] or f"it answered {told['http_status']}"
    output.line(f"{told['url']}: {said} ({told['duration_ms']} ms)")
