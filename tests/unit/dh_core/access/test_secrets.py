from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from dh_core.access.identity import OWNER, wechat_owner
from dh_core.access.secrets import AuthSecrets, AuthSecretsSource, new_document
from dh_core.settings import AuthSettings, SettingsError

STRONG = "s" * 40


def document(*kids: str) -> str:
    keys = [{"kid": kid, "secret": STRONG} for kid in kids]
    return json.dumps({"signing_keys": keys, "owner_secret": STRONG})


def test_a_new_document_is_complete_and_unlike_any_other() -> None:
    one, other = (AuthSecrets.parse(new_document("2026-11", "app")) for _ in range(2))
    assert one.verifying.keys() == {"2026-11"}
    assert one.verifying != other.verifying
    assert one.owner_key != other.owner_key
    assert one.wechat_message_token not in (None, other.wechat_message_token)
    assert one.wechat_message_key not in (None, other.wechat_message_key)


def test_without_wechat_a_new_document_holds_nothing_of_it() -> None:
    assert "wechat" not in new_document("2026-11")


@pytest.mark.parametrize(
    "broken",
    [
        "hush-hush",
        '{"signing_keys": [], "owner_secret": "hush-hush"}',
        document("a").replace(STRONG, "hush-hush"),
        document("a", "a"),
    ],
)
def test_a_wrong_document_is_refused_without_being_shown(broken: str) -> None:
    with pytest.raises(SettingsError, match="AUTH_SECRETS") as refused:
        AuthSecrets.parse(broken)
    assert "hush-hush" not in str(refused.value) + repr(refused.value.__context__)


def test_a_new_key_is_known_to_every_process_within_minutes(aws: Any, clock: Any) -> None:
    manager = boto3.client("secretsmanager")
    manager.create_secret(Name="dh-auth", SecretString=document("old"))
    settings = AuthSettings(auth_mode="token", auth_secrets_id="dh-auth")
    source = AuthSecretsSource(settings, clock)
    assert source.current().verifying.keys() == {"old"}
    manager.put_secret_value(SecretId="dh-auth", SecretString=document("new", "old"))
    assert source.current().verifying.keys() == {"old"}
    clock.advance(301)
    assert source.current().signing_keys[0].kid == "new"


def test_an_owner_is_stable_safe_in_keys_and_tells_nothing_of_the_openid() -> None:
    owner = wechat_owner(b"secret", "wx1", "oABCDEFG")
    assert owner == wechat_owner(b"secret", "wx1", "oABCDEFG")
    assert OWNER.fullmatch(owner)
    assert "oABCDEFG" not in owner
    others = {
        wechat_owner(b"another", "wx1", "oABCDEFG"),
        wechat_owner(b"secret", "wx2", "oABCDEFG"),
        wechat_owner(b"secret", "wx1o", "ABCDEFG"),
    }
    assert owner not in others
    assert len(others) == 3
