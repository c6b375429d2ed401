"""Messages that WeChat pushes to the operator's server, in its safe mode (安全模式) and as JSON.

`msg_signature` is the SHA-1 of token, time stamp, nonce and ciphertext, sorted. The ciphertext is
AES-256-CBC under the EncodingAESKey, whose first half is the vector too; inside are 16 random
bytes, the message's length, the message and the app's id, padded to 32 bytes as PKCS #7 pads.
https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

_WINDOW_SECONDS: Final = 300
"""A message that was signed longer ago, or later than now, is no message of this moment."""
_BLOCK: Final = 32
_RANDOM: Final = 16
_LENGTH: Final = 4


class Forged(Exception):
    """It is not WeChat's message to this app at this time; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the address of a message says of it."""

    timestamp: str
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True)
class WechatMessages:
    """One mini-program's pushes. `key` is the EncodingAESKey as WeChat's page shows it."""

    app_id: str
    token: str
    key: str

    def check_address(self, signed: Signed, now: float) -> None:
        """Of the request by which WeChat looks whether the address is ours. Raises Forged."""
        self._check(signed, now)

    def opened(self, signed: Signed, body: bytes, now: float) -> dict[str, Any]:
        """The message. Raises Forged."""
        encrypted = _object(body).get("Encrypt")
        if not isinstance(encrypted, str):
            raise Forged("there is no ciphertext")
        self._check(signed, now, encrypted)
        return _object(self._decrypted(encrypted))

    def _check(self, signed: Signed, now: float, *more: str) -> None:
        parts = sorted((self.token, signed.timestamp, signed.nonce, *more))
        # WeChat's choice of hash.
        wanted = hashlib.sha1("".join(parts).encode("utf-8", "replace")).hexdigest()  # noqa: S324
        if not hmac.compare_digest(wanted.encode(), signed.signature.encode("utf-8", "replace")):
            raise Forged("the signature is another")
        if not signed.timestamp.isascii() or not signed.timestamp.isdigit():
            raise Forged("the time stamp is no number")
        if abs(now - int(signed.timestamp[:12])) > _WINDOW_SECONDS:
            raise Forged("it is old")

    def _decrypted(self, encrypted: str) -> bytes:
        # Only messages need it, and it loads slowly.
        from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - see above
            Cipher,
            algorithms,
            modes,
        )

        key = base64.b64decode(f"{self.key}=")
        try:
            ciphertext = base64.b64decode(encrypted, validate=True)
            decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
            padded = decryptor.update(ciphertext) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            raise Forged("the ciphertext is broken") from error
        padding = padded[-1] if padded else 0
        if not 1 <= padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
            raise Forged("the padding is broken")
        plain = padded[_RANDOM:-padding]
        length = int.from_bytes(plain[:_LENGTH], "big")
        message, app_id = plain[_LENGTH : _LENGTH + length], plain[_LENGTH + length :]
        if not hmac.compare_digest(app_id, self.app_id.encode()):
            raise Forged("it is for another app")
        return message


def _object(document: bytes) -> dict[str, Any]:
    try:
        found = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise Forged("it is not JSON") from error
    if not isinstance(found, dict):
        raise Forged("it is not a JSON object")
    return found
