"""Messages as WeChat pushes them: encrypted and signed, as its documents say."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.support.wechat_server import APP_ID

TOKEN, KEY = "message-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True)
class Push:
    """One message: the query and the body of its POST."""

    query: dict[str, str]
    body: dict[str, str] = field(default_factory=dict)


def push(
    message: dict[str, Any], now: float, *, app_id: str = APP_ID, token: str = TOKEN, key: str = KEY
) -> Push:
    encrypted = _encrypted(json.dumps(message).encode(), app_id, key)
    timestamp, nonce = str(int(now)), "1320562132"
    query = {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": signature(token, timestamp, nonce),
        "msg_signature": signature(token, timestamp, nonce, encrypted),
        "encrypt_type": "aes",
        "openid": "o6zAJs",
    }
    return Push(query, {"ToUserName": "gh_97417a04a28d", "Encrypt": encrypted})


def judgement(trace_id: str, suggest: str, *, errcode: int = 0) -> dict[str, Any]:
    """The event `wxa_media_check`."""
    return {
        "ToUserName": "gh_97417a04a28d",
        "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "CreateTime": 1626959646,
        "MsgType": "event",
        "Event": "wxa_media_check",
        "appid": APP_ID,
        "trace_id": trace_id,
        "version": 2,
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": 20002}],
        "errcode": errcode,
        "errmsg": "ok" if errcode == 0 else "system error",
        "result": {"suggest": suggest, "label": 20002},
    }


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def _encrypted(message: bytes, app_id: str, key: str) -> str:
    plain = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message + app_id.encode()
    padding = 32 - len(plain) % 32
    raw = base64.b64decode(f"{key}=")
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(sealed).decode()
