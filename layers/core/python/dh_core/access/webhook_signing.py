"""How a webhook proves where it comes from. Pure.

By the Standard Webhooks specification (standardwebhooks.com), whose libraries verify it:

    webhook-signature: v1,<base64>[ v1,<base64>]       HMAC-SHA256 over `id.timestamp.body`

and for one version more as before it:

    X-Dh-Signature: t=1700000000,v1=<hex>[,v1=<hex>]   HMAC-SHA256 over `timestamp.body`

While a secret is being rotated, both sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as random
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
_KEY_BYTES: Final = 32


def new_secret() -> str:
    """A secret as the specification writes it: its key is what base64 holds."""
    return PREFIX + base64.b64encode(random.token_bytes(_KEY_BYTES)).decode()


def headers(
    message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]
) -> Mapping[str, str]:
    """The three headers; `timestamp` in seconds since the epoch."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def older_header(timestamp: int, body: bytes, secrets: Iterable[str]) -> str:
    """The value of X-Dh-Signature."""
    signed = f"{timestamp}.".encode() + body
    signatures = [
        f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets
    ]
    return ",".join([f"t={timestamp}", *signatures])


def _key(secret: str) -> bytes:
    """Secrets of before the specification were base64 for addresses, without its padding."""
    text = secret.removeprefix(PREFIX).rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(text + "=" * (-len(text) % 4))
