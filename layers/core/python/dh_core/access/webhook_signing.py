"""How a webhook proves where it comes from: HMAC-SHA256 over its time and its body. Pure.

    X-Dh-Signature: t=1700000000,v1=<hex>[,v1=<hex>]

While a secret is being rotated, both sign. docs/api.md holds the receiver's half.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable


def signature_header(secrets: Iterable[str], timestamp: int, body: bytes) -> str:
    """The header's value; `timestamp` in seconds since the epoch."""
    signed = f"{timestamp}.".encode() + body
    signatures = [
        f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets
    ]
    return ",".join([f"t={timestamp}", *signatures])
