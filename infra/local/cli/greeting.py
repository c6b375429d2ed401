"""What `dh serve` says of its door: who may come in, and the way there for a phone."""

from __future__ import annotations

import io
from typing import Final

import segno

OPEN_WARNING: Final = (
    "AUTH_MODE=none: the API is open to everybody who can reach it; dh serve --auth token closes it"
)


def greeting(url_for_others: str | None, auth_mode: str) -> list[str]:
    """Sentences for whoever started it; `url_for_others` where it listens for other machines."""
    if url_for_others is None:
        return [OPEN_WARNING] if auth_mode == "none" else []
    return [
        f"Studio and API are open at {url_for_others} to every machine and phone that reaches this "
        "one: usually all in the same network.",
        "They need a key; `dh keys create` makes one."
        if auth_mode == "token"
        else "AUTH_MODE=none: whoever comes there may watch, use and delete everything; "
        "dh serve --auth token asks for a key.",
        "Nothing is encrypted on the way (http): do this in a network that you trust.",
    ]


def qr_code(url: str) -> str:
    """For the camera of a phone: white and black half blocks, whatever the terminal's colours."""
    drawn = io.StringIO()
    segno.make_qr(url, error="m").terminal(drawn, border=2, compact=True)
    return "".join(f"\033[97;40m{line}\033[0m\n" for line in drawn.getvalue().splitlines())
