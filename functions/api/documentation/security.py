"""What the OpenAPI document says about credentials, true for the mode that the server is in."""

from __future__ import annotations

from typing import Any

from functions.api.auth.caller import needed_scope


def declare(document: dict[str, Any], *, is_open: bool) -> None:
    """Name each operation's scope (OpenAPI 3.1 lists them for any scheme), or drop credentials."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "security" not in operation:
                continue
            if is_open:
                del operation["security"]
            else:
                scope = needed_scope(method.upper(), path)
                operation["security"] = [{"bearer": [scope]}, {"api_key": [scope]}]
    if is_open:
        document["components"].pop("securitySchemes", None)
