"""Every setting is checked when a process starts, and the complaint says what to write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from dh_core.settings import (
    ApiSettings,
    AuthSettings,
    DispatchSettings,
    Environment,
    JobSettings,
    SettingsError,
)
from dh_core.settings.types import allowed_form
from gpu_jobs.engines.registry import KINDS
from infra.local.cloud import template as templates
from infra.local.environment import settings as local

ROOT = Path(__file__).resolve().parents[4]
COMPLETE = {"TABLE_NAME": "t", "BUCKET_NAME": "b", "TASK_QUEUE_URL": "https://q"}
CLASSES = (ApiSettings, AuthSettings, DispatchSettings, JobSettings, local.LocalSettings)


def settings_of(kind: type[Any]) -> Iterator[tuple[type[Environment], str, Any]]:
    """Every setting whose type is `kind`, with the class that declares it."""
    for settings in CLASSES:
        for name, field in settings.model_fields.items():
            if field.annotation is kind or get_origin(field.annotation) is kind:
                yield settings, name.upper(), field


def limits(field: Any) -> tuple[float, float]:
    found = {
        side: getattr(mark, side)
        for mark in field.metadata
        for side in ("ge", "le")
        if hasattr(mark, side)
    }
    return found["ge"], found["le"]


def refusal(settings: type[Environment], name: str, value: str) -> str:
    with pytest.raises(SettingsError) as refused:
        settings.from_env({**COMPLETE, name: value})
    return str(refused.value)


NUMBERS = [*settings_of(int), *settings_of(float)]


@pytest.mark.parametrize(("settings", "name", "field"), NUMBERS)
def test_a_number_is_taken_up_to_its_limits_and_not_beyond(
    settings: type[Environment], name: str, field: Any
) -> None:
    least, most = limits(field)
    for value in (least, most):
        built = settings.from_env({**COMPLETE, name: str(value)})
        assert getattr(built, name.lower()) == value
    for wrong in (str(least - 1), str(most + 1), "soon", "1.5x", "nan", "inf", "-"):
        said = refusal(settings, name, wrong)
        assert said.startswith(f"{name}={wrong}: it must be a")
        assert f"from {least} to {most}" in said
        assert f"such as {field.default}" in said
    unset = settings.from_env({**COMPLETE, name: ""})
    assert getattr(unset, name.lower()) == field.default


@pytest.mark.parametrize(("settings", "name", "field"), [*settings_of(Literal)])  # type: ignore[arg-type]  # mypy has no type for a special form
def test_a_word_is_one_of_those_that_there_are(
    settings: type[Environment], name: str, field: Any
) -> None:
    for wrong in ("tokn", "KOKORO ", "1"):
        said = refusal(settings, name, wrong)
        assert said == f"{name}={wrong}: it must be {' or '.join(get_args(field.annotation))}."


@pytest.mark.parametrize(("settings", "name", "field"), [*settings_of(bool)])
def test_a_switch_is_true_or_false(settings: type[Environment], name: str, field: Any) -> None:
    assert refusal(settings, name, "maybe") == f"{name}=maybe: it must be true or false."
    assert getattr(settings.from_env({**COMPLETE, name: "true"}), name.lower()) is True


def test_every_setting_can_say_what_it_may_be() -> None:
    for settings in CLASSES:
        for name, field in settings.model_fields.items():
            assert allowed_form(field).startswith("must "), name


@pytest.mark.parametrize(
    ("settings", "name", "value", "form"),
    [
        (ApiSettings, "MEDIA_PUBLIC_URL", "media.example.com", "such as https://media"),
        (ApiSettings, "MEDIA_PUBLIC_URL", "https://a.example/path", "such as https://media"),
        (ApiSettings, "MODERATION_WORDS_FILE", "/no/such/file", "a file that exists"),
        (AuthSettings, "WECHAT_API_URL", "api.weixin.qq.com", "must be an address"),
        (JobSettings, "WEIGHTS_URI", "bucket/weights", "s3://bucket/prefix"),
        (JobSettings, "FFMPEG", "/no/such/ffmpeg", "must be the name or the path of a program"),
        (JobSettings, "WORK_DIR", f"{__file__}/work", "a folder that can be written to"),
    ],
)
def test_what_is_not_there_or_no_address_is_refused(
    settings: type[Environment], name: str, value: str, form: str
) -> None:
    said = refusal(settings, name, value)
    assert said.startswith(f"{name}={value[:40]}")
    assert form in said


def test_what_is_fetched_needs_a_folder_to_be_kept_in() -> None:
    asked = {**COMPLETE, "WEIGHTS_URI": "s3://b/weights", "WEIGHTS_DIR": f"{__file__}/weights"}
    with pytest.raises(SettingsError, match=r"WEIGHTS_DIR=.*with WEIGHTS_URI it must be a folder"):
        JobSettings.from_env(asked)
    JobSettings.from_env({**asked, "WEIGHTS_URI": ""})


def test_a_file_of_words_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_bytes(b"\xff\xfe")
    assert "a text in UTF-8" in refusal(ApiSettings, "MODERATION_WORDS_FILE", str(file))


def test_what_is_missing_is_named() -> None:
    assert refusal(ApiSettings, "TABLE_NAME", "") == "TABLE_NAME is not set; it must be given."


def test_a_secret_is_never_shown() -> None:
    assert "hush" not in refusal(ApiSettings, "CURSOR_SECRET", "hush")
    assert "hush" not in refusal(AuthSettings, "AUTH_EXTERNAL_KEYS", "hush")
    settings = AuthSettings.from_env({"AUTH_SECRETS": "hush", "WECHAT_APP_SECRET": "hush"})
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"AUTH_MODE": "token"}, "AUTH_SECRETS_ID"),
        ({"AUTH_EXTERNAL_ISSUER": "https://id.example.com"}, "AUTH_EXTERNAL_KEYS"),
    ],
)
def test_a_half_configured_sign_in_is_refused(variables: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        AuthSettings.from_env(variables)


def test_the_default_engines_are_those_of_the_registry() -> None:
    for name in ("speech", "lipsync", "portrait"):
        assert JobSettings.model_fields[f"{name}_engine"].default == KINDS[name].default


def template_parameters() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """A variable, the template's parameter that gives its value, and the setting."""
    root = templates.load(ROOT / "template.yaml")
    batch = templates.load(ROOT / "infra" / "batch.yaml")
    given = list(root["Globals"]["Function"]["Environment"]["Variables"].items())
    for resource in batch["Resources"].values():
        if resource["Type"] == "AWS::Batch::JobDefinition":
            container = resource["Properties"]["ContainerProperties"]
            given += [(one["Name"], one["Value"]) for one in container["Environment"]]
    fields = {name: field for kind in CLASSES[:4] for name, field in kind.model_fields.items()}
    for variable, value in given:
        reference = value.get("Ref") if isinstance(value, dict) else None
        parameter = root["Parameters"].get(reference)
        if parameter is not None and variable.lower() in fields:
            yield variable, parameter, fields[variable.lower()]


def test_the_templates_parameters_have_the_ranges_of_their_settings() -> None:
    compared = set()
    for variable, parameter, field in template_parameters():
        if field.annotation in (int, float):
            allowed = parameter.get("AllowedValues")
            ends = (parameter.get("MinValue"), parameter.get("MaxValue"))
            least, most = limits(field)
            if allowed:
                assert all(least <= value <= most for value in allowed), variable
            else:
                assert ends == (least, most), variable
        elif get_origin(field.annotation) is Literal:
            assert set(parameter["AllowedValues"]) == set(get_args(field.annotation)), variable
        elif variable.endswith("_ENGINE"):
            kind = KINDS[variable.removesuffix("_ENGINE").lower()]
            assert set(parameter["AllowedValues"]) == set(kind.entries), variable
        elif field.annotation is bool:
            assert parameter["AllowedValues"] == ["true", "false"], variable
        else:
            continue
        compared.add(variable)
    assert compared >= {"RETENTION_DAYS", "FANOUT_SECONDS", "THREADS", "AUTH_MODE", "AUDIO_LABEL"}


def test_the_local_server_checks_what_functions_and_jobs_will_read() -> None:
    for name, value in {
        "UPLOAD_EXPIRES_SECONDS": "3",
        "WECHAT_TIMEOUT_SECONDS": "99",
        "START_LEASE_SECONDS": "1",
        "THREADS": "0",
        "KEEP_ALIVE_SECONDS": "-5",
        "WORKER_MAX_AGE_SECONDS": "x",
        "FANOUT_WORKERS": "1000",
        "CONCURRENT_TASKS": "-1",
        "SPEECH_ENGINE": "espeak",
    }.items():
        with pytest.raises(SettingsError, match=f"^{name}={value}: it must be "):
            local.checked({name: value})
    assert local.checked({"AUTH_MODE": "token"}).auth_mode == "token"
    kept = local.checked({"KEEP_ALIVE_SECONDS": "7"}).variables()
    assert (kept["KEEP_ALIVE_SECONDS_SPEAKING"], kept["KEEP_ALIVE_SECONDS_EDITING"]) == (
        "7",
        "7",
    )
