from __future__ import annotations

import pytest

from dh_core.settings import ApiSettings, AuthSettings, SettingsError

COMPLETE = {"TABLE_NAME": "t", "BUCKET_NAME": "b", "TASK_QUEUE_URL": "https://q"}


def test_settings_come_from_variables_and_empty_means_unset() -> None:
    settings = ApiSettings.from_env({**COMPLETE, "RETENTION_DAYS": "7", "MEDIA_PUBLIC_URL": ""})
    assert (settings.table_name, settings.retention_days) == ("t", 7)
    assert settings.media_public_url is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TABLE_NAME": ""}, "TABLE_NAME"),
        ({"RETENTION_DAYS": "soon"}, "RETENTION_DAYS"),
        ({"MEDIA_PUBLIC_URL": "media.example.com"}, "MEDIA_PUBLIC_URL"),
    ],
)
def test_a_wrong_variable_is_named(changes: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        ApiSettings.from_env({**COMPLETE, **changes})


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"AUTH_MODE": "magic"}, "AUTH_MODE"),
        ({"AUTH_MODE": "token"}, "AUTH_SECRETS_ID"),
        ({"AUTH_EXTERNAL_ISSUER": "https://id.example.com"}, "AUTH_EXTERNAL_KEYS"),
        ({"ACCESS_TOKEN_SECONDS": "86400"}, "ACCESS_TOKEN_SECONDS"),
    ],
)
def test_a_half_configured_sign_in_is_refused(variables: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        AuthSettings.from_env(variables)


def test_settings_do_not_show_their_secrets() -> None:
    settings = AuthSettings.from_env({"AUTH_SECRETS": "hush", "WECHAT_APP_SECRET": "hush"})
    assert "hush" not in repr(settings)
