"""Credentials that are let in, and forgeries that are not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient

from dh_core.access.identity import Scope, external_owner
from dh_core.settings import AuthSettings
from dh_core.store import ApiKeyStore
from functions.api.auth.access_tokens import AUDIENCE, ISSUER, MAX_CHARACTERS
from tests.unit.functions.api.access.conftest import SECRETS

NEW, OLD = (key["secret"] for key in SECRETS["signing_keys"])
EXTERNAL = {"iss": "https://id.example.com", "aud": "our-api"}
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = (
    PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    base = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "shop-a",
        "scope": "read write upload",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in (base | changes).items() if value is not None}


def signed(
    payload: Mapping[str, Any],
    secret: Any = NEW,
    algorithm: str = "HS256",
    **header: Any,
) -> str:
    headers = {"kid": "new", "typ": "at+jwt", **header}
    headers = {name: value for name, value in headers.items() if value is not None}
    return jwt.encode(dict(payload), secret, algorithm=algorithm, headers=headers)


def by_hand(header: Mapping[str, Any] | bytes, payload: Mapping[str, Any], secret: bytes) -> str:
    """A token that no library would make."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = f"{b64(raw)}.{b64(json.dumps(payload).encode())}"
    return f"{body}.{b64(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def ask(client: TestClient, token: str, path: str = "/api/files/list") -> tuple[int, str | None]:
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code")


def test_a_token_of_ours_opens_the_door(client: TestClient, guarded: None) -> None:
    assert ask(client, signed(claims())) == (200, None)


def test_a_token_of_the_key_before_is_good_while_the_keys_rotate(
    client: TestClient, guarded: None
) -> None:
    assert ask(client, signed(claims(), OLD, kid="old")) == (200, None)


def test_clocks_may_differ_by_seconds_but_no_more(client: TestClient, guarded: None) -> None:
    now = int(time.time())
    assert ask(client, signed(claims(exp=now - 3)))[0] == 200
    assert ask(client, signed(claims(iat=now + 5, nbf=now + 5)))[0] == 200
    assert ask(client, signed(claims(exp=now - 60))) == (401, "token_expired")


def test_an_expired_token_of_another_key_is_only_called_invalid(
    client: TestClient, guarded: None
) -> None:
    assert ask(client, signed(claims(exp=1), "x" * 40)) == (401, "token_invalid")


HOUR = 3600
FORGERIES: dict[str, Callable[[], str]] = {
    "no signature": lambda: jwt.encode(claims(), None, algorithm="none", headers={"kid": "new"}),
    "alg NONE in capitals": lambda: by_hand(
        {"alg": "NONE", "kid": "new", "typ": "at+jwt"}, claims(), b""
    ),
    "signature cut off": lambda: signed(claims()).rpartition(".")[0] + ".",
    "signature changed": lambda: signed(claims())[:-6] + "AAAAAA",
    "another secret": lambda: signed(claims(), "x" * 40),
    "the secret of another kid": lambda: signed(claims(), OLD, kid="new"),
    "an unknown kid": lambda: signed(claims(), kid="2020"),
    "a kid that is a path": lambda: by_hand(
        {"alg": "HS256", "kid": "../../dev/null", "typ": "at+jwt"}, claims(), b""
    ),
    "no kid": lambda: signed(claims(), kid=None),
    "another type": lambda: signed(claims(), typ="JWT"),
    "HS512": lambda: signed(claims(), algorithm="HS512"),
    "HS256 with the public key as secret": lambda: by_hand(
        {"alg": "HS256", "kid": "new", "typ": "at+jwt"}, claims(), PUBLIC_PEM.encode()
    ),
    "a key in the header": lambda: signed(
        claims(), "x" * 40, jwk={"kty": "oct", "k": b64(b"x" * 40)}
    ),
    "a critical extension": lambda: by_hand(
        {"alg": "HS256", "kid": "new", "typ": "at+jwt", "crit": ["b64"], "b64": True},
        claims(),
        NEW.encode(),
    ),
    "a nested header": lambda: by_hand(b"[" * 2500 + b"]" * 2500, claims(), NEW.encode())[:4000],
    "deep JSON as header": lambda: f"{b64(b'[' * 1400 + b']' * 1400)}.e30.AAAA",
    "a header that is no object": lambda: by_hand(b"[]", claims(), NEW.encode()),
    "a header that is no JSON": lambda: by_hand(b"\xff\xfe", claims(), NEW.encode()),
    "another issuer": lambda: signed(claims(iss="https://evil.example.com")),
    "another audience": lambda: signed(claims(aud="another-api")),
    "no audience": lambda: signed(claims(aud=None)),
    "no end": lambda: signed(claims(exp=None)),
    "an end that is no number": lambda: signed(claims(exp="tomorrow")),
    "not yet": lambda: signed(claims(nbf=int(time.time()) + HOUR)),
    "from the future": lambda: signed(claims(iat=int(time.time()) + HOUR)),
    "nobody": lambda: signed(claims(sub=None)),
    "a number as owner": lambda: signed(claims(sub=7)),
    "an owner with a separator": lambda: signed(claims(sub="shop-a#TASK")),
    "an owner with a slash": lambda: signed(claims(sub="../shop-b")),
    "too long": lambda: signed(claims(padding="x" * MAX_CHARACTERS)),
    "text": lambda: "open sesame",
    "an RS256 token where none is expected": lambda: signed(claims(), PRIVATE, "RS256"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused_like_any_other(
    client: TestClient, guarded: None, forgery: str
) -> None:
    assert ask(client, FORGERIES[forgery]()) == (401, "token_invalid")


def test_a_users_token_cannot_claim_the_rights_of_an_administrator(
    client: TestClient, guarded: None, key_of: Callable[..., dict[str, str]]
) -> None:
    client.post(
        "/api/tasks/voice/generate", json={"text": "好"}, headers=key_of("shop-b")
    ).raise_for_status()
    token = signed(claims(scope="read admin"))
    answer = client.get("/api/system/status", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["total_tasks"] == 0


class TestAnotherServicesTokens:
    """`AUTH_EXTERNAL_*`: RS256 under its public key."""

    @pytest.fixture(params=["PEM", "JWKS"])
    def client(
        self,
        client: TestClient,
        guard: Callable[[AuthSettings], None],
        auth_settings: AuthSettings,
        request: pytest.FixtureRequest,
    ) -> TestClient:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True)
        jwks = json.dumps({"keys": [{**jwk, "kid": "k", "use": "sig", "alg": "RS256"}]})
        changes = {
            "auth_external_issuer": EXTERNAL["iss"],
            "auth_external_audience": EXTERNAL["aud"],
            "auth_external_keys": PUBLIC_PEM if request.param == "PEM" else jwks,
        }
        guard(auth_settings.model_copy(update=changes))
        return client

    def token(self, key: Any = PRIVATE, algorithm: str = "RS256", **changes: Any) -> str:
        payload = claims(**{**EXTERNAL, "sub": "auth0|77", "scope": None, **changes})
        return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": "k"})

    def test_a_genuine_one_stands_for_an_owner_of_its_own(self, client: TestClient) -> None:
        headers = {"Authorization": f"Bearer {self.token()}"}
        upload = {"filename": "x.wav", "file_size": 10}
        answer = client.post("/api/upload/audio", json=upload, headers=headers)
        owner = external_owner(SECRETS["owner_secret"].encode(), EXTERNAL["iss"], "auth0|77")
        assert answer.json()["upload"]["fields"]["key"].startswith(f"uploads/{owner}/audio/")

    @pytest.mark.parametrize(
        "changes",
        [{"iss": "https://evil.example.com"}, {"aud": "another"}, {"exp": None}, {"sub": None}],
    )
    def test_what_is_not_for_us_is_refused(
        self, client: TestClient, changes: dict[str, Any]
    ) -> None:
        assert ask(client, self.token(**changes)) == (401, "token_invalid")

    def test_another_key_of_the_same_kind_is_refused(self, client: TestClient) -> None:
        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        assert ask(client, self.token(stranger)) == (401, "token_invalid")

    def test_an_expired_one_says_so(self, client: TestClient) -> None:
        assert ask(client, self.token(exp=1)) == (401, "token_expired")

    def test_its_public_key_signs_nothing_of_ours(self, client: TestClient) -> None:
        header = {"alg": "HS256", "kid": "k", "typ": "at+jwt"}
        forged = by_hand(header, claims(**EXTERNAL), PUBLIC_PEM.encode())
        assert ask(client, forged) == (401, "token_invalid")


def test_a_revoked_key_is_refused_from_the_next_request_on(
    client: TestClient, guarded: None, keys: ApiKeyStore
) -> None:
    record, key = keys.create("shop-a", frozenset({Scope.READ}), valid_seconds=None)
    assert ask(client, key) == (200, None)
    assert keys.revoke(record.key_id)
    assert ask(client, key) == (401, "key_revoked")


def test_a_key_ends_at_its_time(
    client: TestClient, guarded: None, keys: ApiKeyStore, moto_cloud: Any
) -> None:
    _, key = keys.create("shop-a", frozenset({Scope.READ}), valid_seconds=3600)
    assert ask(client, key) == (200, None)
    moto_cloud.clock.advance(3600)
    assert ask(client, key) == (401, "key_expired")


def test_the_id_of_a_key_is_worth_nothing_without_its_secret(
    client: TestClient, guarded: None, keys: ApiKeyStore
) -> None:
    record, _ = keys.create("shop-a", frozenset({Scope.READ}), valid_seconds=None)
    keys.revoke(record.key_id)
    guess = f"dhk_{record.key_id}_{'A' * 43}"
    unknown = f"dhk_{'0' * 16}_{'A' * 43}"
    assert ask(client, guess) == ask(client, unknown) == (401, "token_invalid")


def test_a_key_may_come_in_a_header_of_its_own(
    client: TestClient, guarded: None, keys: ApiKeyStore
) -> None:
    _, key = keys.create("shop-a", frozenset({Scope.READ}), valid_seconds=None)
    assert client.get("/api/files/list", headers={"X-Api-Key": key}).status_code == 200


def test_the_table_holds_no_key_that_could_be_used(keys: ApiKeyStore, moto_cloud: Any) -> None:
    _, key = keys.create("shop-a", frozenset({Scope.READ}), label="till", valid_seconds=None)
    rows = moto_cloud.table.client.scan(TableName=moto_cloud.table.name)["Items"]
    assert key.split("_", 2)[2] not in repr(rows)
    assert [(k.owner, k.label) for k in keys.list()] == [("shop-a", "till")]
    assert list(keys.list("shop-b")) == []


def test_an_open_server_asks_for_nothing(client: TestClient) -> None:
    assert ask(client, "whatever") == (200, None)
    assert client.post("/api/auth/wechat", json={"code": "x"}).json()["code"] == (
        "sign_in_unavailable"
    )
